"""The native API's operations: parse, map, ask, map."""

from guerdon.surfaces.native.routes import (
    holds,
    identifiers,
    members,
    memberships,
    merges,
    pending,
    points,
    programs,
    tiers,
)

OPERATIONS = (
    *members.OPERATIONS,
    *identifiers.OPERATIONS,
    *memberships.OPERATIONS,
    *merges.OPERATIONS,
    *programs.OPERATIONS,
    *tiers.OPERATIONS,
    *points.OPERATIONS,
    *pending.OPERATIONS,
    *holds.OPERATIONS,
)
