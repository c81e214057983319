"""The native API's operations: parse, map, ask, map."""

from guerdon.surfaces.native.routes import (
    audit,
    campaigns,
    events,
    exports,
    holds,
    identifiers,
    imports,
    keys,
    members,
    memberships,
    merges,
    orders,
    pending,
    points,
    pools,
    programs,
    redemptions,
    rewards,
    rules,
    tenants,
    tiers,
    webhooks,
)
from guerdon.surfaces.native.routes.told import closed

_ALL = (
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
    *orders.OPERATIONS,
    *events.OPERATIONS,
    *rules.OPERATIONS,
    *campaigns.OPERATIONS,
    *imports.OPERATIONS,
    *exports.OPERATIONS,
    *tenants.OPERATIONS,
)

OPERATIONS = tuple(map(closed, _ALL))
