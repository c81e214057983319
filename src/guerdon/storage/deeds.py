"""What leads members up a ladder, from the rows that are there anyway: earns and orders."""

from collections.abc import Sequence
from uuid import UUID

from guerdon.core.programs import Basis, Qualifying
from guerdon.core.tiers import Deed
from guerdon.storage import queries
from guerdon.storage.queries import Connection

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
    for row in await query.rows(connection, **named):
        found[row["account_id"]].append(Deed(row["at"], row["amount"]))
    return found
