"""Mews Connector API: loyalty memberships of a property's guests, with points as an absolute value."""

from guerdon.surfaces.mews.auth import authenticate
from guerdon.surfaces.mews.errors import named, spell
from guerdon.surfaces.mews.routes import OPERATIONS
from guerdon.surfaces.mews.wire import ErrorBody
from guerdon.web.surface import Surface

SURFACE = Surface(
    name="mews",
    prefix="/mews",
    title="Mews Connector API: loyalty",
    version="v1",
    operations=OPERATIONS,
    authenticate=authenticate,
    spell=spell,
    error=ErrorBody,
    token_in_body=True,
    body_limit_bytes=4 << 20,
    headers=named,
)
