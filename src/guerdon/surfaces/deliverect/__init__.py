"""Deliverect's loyalty API, both halves: what ordering channels ask of Deliverect, and what it asks of a partner."""

from guerdon.surfaces.deliverect.auth import SCHEMES, authenticate
from guerdon.surfaces.deliverect.errors import spell
from guerdon.surfaces.deliverect.routes import OPERATIONS
from guerdon.surfaces.deliverect.wire import SWITCHES
from guerdon.surfaces.deliverect.wire.problems import ERRORS
from guerdon.web.paths import PathStyle
from guerdon.web.surface import Surface

SURFACE = Surface(
    name="deliverect",
    prefix="/deliverect",
    title="Deliverect: loyalty API for channels and for partners",
    version="3.0",
    operations=OPERATIONS,
    authenticate=authenticate,
    spell=spell,
    error=ERRORS,
    schemes=SCHEMES,
    paths=PathStyle(double_slashes=True),
    switches=SWITCHES,
    headers=lambda _: {"Cache-Control": "no-store"},  # answers hold tokens (RFC 6749 5.1) or personal data
)
