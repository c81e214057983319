"""The native API's operations: parse, map, ask, map."""

from guerdon.surfaces.native.routes import holds, members, merges, pending, points, webhooks

OPERATIONS = (
    *members.OPERATIONS,
    *merges.OPERATIONS,
    *points.OPERATIONS,
    *pending.OPERATIONS,
    *holds.OPERATIONS,
    *webhooks.OPERATIONS,
)
