"""The list of surfaces: a new vendor joins it, and everything else finds it here."""

from guerdon.surfaces import counterpoint, deliverect, mews, native, xomni
from guerdon.web.surface import Surface

SURFACES: tuple[Surface, ...] = (
    native.SURFACE,
    counterpoint.SURFACE,
    deliverect.SURFACE,
    mews.SURFACE,
    xomni.SURFACE,
)
"""In the order they are shown."""
