"""Deliverect's operations, for channels and for itself: parse, map, ask, map."""

from guerdon.surfaces.deliverect.routes import channels, customers, orders, partners, programs

OPERATIONS = (
    *channels.OPERATIONS,
    *customers.OPERATIONS,
    *programs.OPERATIONS,
    *partners.OPERATIONS,
    *orders.OPERATIONS,
)
