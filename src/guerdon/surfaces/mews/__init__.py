"""Mews Connector API: loyalty of a property's guests: programs, tiers, memberships, and the guests themselves."""

from guerdon.surfaces.mews.auth import authenticate
from guerdon.surfaces.mews.errors import named, spell
from guerdon.surfaces.mews.routes import OPERATIONS
from guerdon.surfaces.mews.wire import ASSUMED_ITEMS, DELETED_TOO, LENIENT, ErrorBody
from guerdon.web.limiting import Rate
from guerdon.web.surface import STRICT, Surface

SURFACE = Surface(
    name="mews",
    prefix="/mews",
    title="Mews Connector API: loyalty",
    version="v1",
    operations=OPERATIONS,
    authenticate=authenticate,
    spell=spell,
    error=ErrorBody,
    schemes={},
    security=(),
    token_in_body=True,
    body_limit_bytes=4 << 20,
    headers=named,
    vendor_rate=Rate(requests=200, seconds=30),
    switches={
        STRICT: "members that an operation does not define are refused, as the vendor's schema says",
        LENIENT: f"without a `Limitation`, the {ASSUMED_ITEMS} newest items are given",
        DELETED_TOO: "without `ActivityStates`, deleted records are given too",
    },
)
