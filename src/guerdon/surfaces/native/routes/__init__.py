"""The native API's operations: parse, map, ask, map."""

from guerdon.surfaces.native.routes import holds, members, pending, points

OPERATIONS = (*members.OPERATIONS, *points.OPERATIONS, *pending.OPERATIONS, *holds.OPERATIONS)
