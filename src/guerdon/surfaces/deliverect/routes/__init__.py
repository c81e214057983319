"""Deliverect's operations, for channels and for itself: parse, map, ask, map."""

from dataclasses import replace

from guerdon.surfaces.deliverect.auth import SIGNED
from guerdon.surfaces.deliverect.routes import channels, customers, orders, partners, programs

OPERATIONS = (
    *channels.OPERATIONS,
    *customers.OPERATIONS,
    *programs.OPERATIONS,
    *(replace(operation, security=SIGNED) for operation in (*partners.OPERATIONS, *orders.OPERATIONS)),
)
