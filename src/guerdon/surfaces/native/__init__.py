"""Guerdon's own API: members, memberships and points down to the lot to read, and every verb of the ledger to call."""

from pathlib import Path

from guerdon.surfaces.native.auth import authenticate
from guerdon.surfaces.native.errors import spell
from guerdon.surfaces.native.routes import OPERATIONS
from guerdon.surfaces.native.wire import PATH_TYPES
from guerdon.surfaces.native.wire.problems import Problem
from guerdon.web.surface import Surface

SURFACE = Surface(
    name="native",
    prefix="/v1",
    title="Guerdon",
    version="1.0",
    summary="Members, points, programs, tiers, rewards and keys of one merchant group. Points are JSON numbers and "
    "exact to the last digit: read them as decimals, never as floating point. Times are UTC.",
    operations=OPERATIONS,
    authenticate=authenticate,
    spell=spell,
    error=Problem,
    error_media_type="application/problem+json",
    path_types=PATH_TYPES,
    examples=Path(__file__).with_name("examples.json"),
    reads_all=True,
    tells_rate=True,
    headers=lambda request_id: {"X-Request-Id": request_id, "Cache-Control": "no-store"},
)
