"""The native API's operations: parse, map, ask, map."""

from guerdon.surfaces.native.routes import (
    events,
    holds,
    members,
    merges,
    orders,
    pending,
    points,
    rules,
    webhooks,
)

OPERATIONS = (
    *members.OPERATIONS,
    *merges.OPERATIONS,
    *points.OPERATIONS,
    *pending.OPERATIONS,
    *holds.OPERATIONS,
    *webhooks.OPERATIONS,
    *orders.OPERATIONS,
    *events.OPERATIONS,
    *rules.OPERATIONS,
)
