"""Mews' operations: parse, map, ask, map."""

from guerdon.surfaces.mews.routes import accounts, configuration, customers, memberships, programs

OPERATIONS = (
    *memberships.OPERATIONS,
    *programs.OPERATIONS,
    *configuration.OPERATIONS,
    *customers.OPERATIONS,
    *accounts.OPERATIONS,
)
