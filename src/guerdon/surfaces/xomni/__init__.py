"""XOMNI's PII API: loyalty users with available points and metadata, for back offices and for tablets in shops."""

from guerdon.surfaces.xomni.auth import SCHEMES, authenticate
from guerdon.surfaces.xomni.errors import spell
from guerdon.surfaces.xomni.routes import OPERATIONS
from guerdon.surfaces.xomni.wire import PLAIN_HTTP, SWITCHES, ErrorBody, TokenErrorBody
from guerdon.web.paths import PathStyle
from guerdon.web.surface import Surface

SURFACE = Surface(
    name="xomni",
    prefix="/xomni",
    title="XOMNI PII API: loyalty",
    version="4.1",
    operations=OPERATIONS,
    authenticate=authenticate,
    spell=spell,
    error=(ErrorBody, TokenErrorBody),
    schemes=SCHEMES,
    security=(("token",), ("basic",)),
    paths=PathStyle(any_case=True, trailing_slash=True),
    fold_names=True,
    trailing_commas=True,
    switches=SWITCHES,
    on=frozenset({PLAIN_HTTP}),
    headers=lambda _: {"Cache-Control": "no-store"},
)
