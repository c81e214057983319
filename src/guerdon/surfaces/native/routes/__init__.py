"""The native API's operations: parse, map, ask, map."""

from guerdon.surfaces.native.routes import (
    audit,
    holds,
    identifiers,
    keys,
    members,
    memberships,
    merges,
    pending,
    points,
    pools,
    programs,
    redemptions,
    rewards,
    tiers,
    webhooks,
)

OPERATIONS = (
    *members.OPERATIONS,
    *identifiers.OPERATIONS,
    *memberships.OPERATIONS,
    *merges.OPERATIONS,
    *points.OPERATIONS,
    *pending.OPERATIONS,
    *holds.OPERATIONS,
    *programs.OPERATIONS,
    *tiers.OPERATIONS,
    *rewards.OPERATIONS,
    *redemptions.OPERATIONS,
    *pools.OPERATIONS,
    *keys.OPERATIONS,
    *audit.OPERATIONS,
    *webhooks.OPERATIONS,
)
