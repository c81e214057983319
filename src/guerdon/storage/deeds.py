"""What leads members up a ladder, from the rows that are there anyway: earns and orders."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from guerdon.core.programs import Basis, Qualifying
from guerdon.core.rules.returns import still_paid
from guerdon.core.tiers import Deed
from guerdon.storage import orders, queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("deeds")


async def of_accounts(
    connection: Connection, account_ids: Sequence[UUID], rules: Qualifying, but: UUID | None = None
) -> dict[UUID, list[Deed]]:
    """What members have done that counts by a program's rules, by account; with those that have gone up in one.

    Args:
        connection: a connection.
        account_ids: whose.
        rules: of the program.
        but: an order that does not count.
    """
    query = {Basis.POINTS: sql.points, Basis.SPEND: sql.spend, Basis.VISITS: sql.visits}[rules.basis]
    named = {"ids": list(account_ids), "but": but, "time_zone": rules.time_zone}
    found: dict[UUID, list[Deed]] = {account_id: [] for account_id in account_ids}
    rows = await query.rows(connection, **named)
    left = await _left(connection, rows) if rules.basis is Basis.SPEND else {}
    for n, row in enumerate(rows):
        found[row["account_id"]].append(Deed(row["at"], left.get(n, row["amount"])))
    return found


async def _left(connection: Connection, rows: Sequence[Row]) -> dict[int, Decimal]:
    """What is left of what was paid for those orders of which something has come back, by their place in the list."""
    less = {n: row for n, row in enumerate(rows) if row["occasion"] is not None}
    back = await orders.returns_of_orders(connection, [row["id"] for row in less.values()]) if less else {}
    return {
        n: still_paid(row["amount"], orders.occasion_of(row["occasion"]), [each.back for each in back[row["id"]]])
        for n, row in less.items()
    }
