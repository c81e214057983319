"""CP Extender over NCR Counterpoint: earn, balance check and authorizations for loyalty points."""

from guerdon.surfaces.counterpoint.auth import authenticate
from guerdon.surfaces.counterpoint.errors import spell
from guerdon.surfaces.counterpoint.routes import OPERATIONS
from guerdon.surfaces.counterpoint.wire import HOLDS, SWITCHES, TOKENS, ErrorBody
from guerdon.web.paths import PathStyle
from guerdon.web.surface import Surface, Time

SURFACE = Surface(
    name="counterpoint",
    prefix="/counterpoint",
    title="CP Extender for NCR Counterpoint: loyalty",
    version="1.0",
    operations=OPERATIONS,
    authenticate=authenticate,
    spell=spell,
    error=ErrorBody,
    paths=PathStyle(any_case=True, trailing_slash=True),
    fold_names=True,
    switches=SWITCHES,
    times={
        TOKENS: Time(60, "a token from SSO/Login is good; the default is that of the library that the vendor uses"),
        HOLDS: Time(0, "an authorization holds points that nobody confirms or cancels"),
    },
)
