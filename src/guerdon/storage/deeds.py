"""What leads members up a ladder, from the rows that are there anyway: earns and orders."""

from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.programs import Basis, Qualifying
from guerdon.core.tiers import Deed
from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("deeds")


async def of_account(connection: Connection, account_id: UUID, rules: Qualifying) -> list[Deed]:
    """What an account's member has done that counts by a program's rules."""
    query = {Basis.POINTS: sql.points, Basis.SPEND: sql.spend, Basis.VISITS: sql.visits}[rules.basis]
    named = {"id": account_id, "bucket": bucket_of(account_id), "time_zone": rules.time_zone}
    return [Deed(row["at"], row["amount"]) for row in await query.rows(connection, **named)]
