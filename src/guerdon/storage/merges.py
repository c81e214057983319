"""Merges of members as rows: who went up in whom, with what, and back again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.callers import Caller
from guerdon.core.members import Merge
from guerdon.core.refusals import MergeNotFound, MergeRefused
from guerdon.storage import queries
from guerdon.storage.database import RacedError
from guerdon.storage.queries import Connection, Row

sql = queries.load("merges")


async def merge(connection: Connection, caller: Caller, made: Merge, now: datetime) -> None:
    """Moves all that the absorbed member has to the other; both are locked.

    Accounts in one program go up in each other, in the order of their ids, and are closed.

    Raises:
        MergeRefused: somebody would go up in one who is nobody in particular.
    """
    ids = {"member_id": made.member_id, "absorbed_id": made.absorbed_id}
    if await sql.is_upside_down.value(connection, **ids):
        raise MergeRefused("nobody goes up in one who is nobody in particular: merge the other way round")
    said = {"surface": caller.surface, "actor": caller.credential_id, "now": now}
    await sql.insert_merge.run(connection, id=made.id, tenant_id=caller.tenant_id, **ids, **said)
    rows = await sql.memberships_of.rows(connection, **ids)
    versions: dict[UUID, int] = {}
    for row in sorted(rows, key=lambda row: row["account_id"]):
        if row["into_account_id"] is not None:
            versions[row["id"]] = await sql.merge_account.value(
                connection,
                account_id=row["account_id"],
                into_account_id=row["into_account_id"],
                reference=str(made.id),
                **said,
            )
            await sql.move_reservations.run(
                connection, account_id=row["account_id"], into_account_id=row["into_account_id"]
            )
    await sql.take_memberships.run(
        connection,
        merge_id=made.id,
        member_id=made.member_id,
        membership_ids=[row["id"] for row in rows],
        into_account_ids=[row["into_account_id"] for row in rows],
        into_versions=[versions.get(row["id"]) for row in rows],
        now=now,
    )
    await sql.move_identifiers.run(connection, merge_id=made.id, **ids)
    await sql.point_to_survivor.run(connection, **ids, now=now)


async def standing(connection: Connection, tenant_id: UUID, member_id: UUID, absorbed_id: UUID) -> Merge | None:
    """The merge by which a member went up in another, where it stands."""
    row = await sql.standing.row(connection, tenant_id=tenant_id, member_id=member_id, absorbed_id=absorbed_id)
    return Merge(row["id"], member_id, absorbed_id) if row else None


async def undoable(connection: Connection, tenant_id: UUID, merge_id: UUID) -> Merge:
    """A merge of the tenant; locked, and both members of it too.

    Raises:
        MergeNotFound: there is none.
        MergeRefused: it was undone, or the survivor has gone up in another member.
    """
    row = await sql.lock.row(connection, tenant_id=tenant_id, id=merge_id)
    if row is None:
        raise MergeNotFound(merge_id)
    if row["undone_at"] is not None:
        raise MergeRefused("the merge was undone already")
    made = Merge(row["id"], row["member_id"], row["absorbed_id"])
    ids = [made.member_id, made.absorbed_id]
    both = await sql.lock_both.rows(connection, tenant_id=tenant_id, ids=ids)
    if any(each["id"] == made.member_id and each["merged_into"] is not None for each in both):
        raise MergeRefused("the member has gone up in another since: undo that first")
    return made


async def unmerge(connection: Connection, caller: Caller, made: Merge, now: datetime) -> None:
    """Moves back what came along and is still there; the merge is one that can be undone, and locked."""
    for row in await sql.merged_memberships.rows(connection, merge_id=made.id):
        if row["into_account_id"] is not None:
            await sql.unmerge_account.run(
                connection,
                account_id=row["account_id"],
                into_account_id=row["into_account_id"],
                into_version=row["into_version"],
                debts=True,
                reference=str(made.id),
                surface=caller.surface,
                actor=caller.credential_id,
                now=now,
            )
            await sql.return_reservations.run(
                connection, account_id=row["account_id"], into_account_id=row["into_account_id"]
            )
    named = {"merge_id": made.id, "absorbed_id": made.absorbed_id}
    await sql.return_memberships.run(connection, **named, now=now)
    await sql.return_identifiers.run(connection, **named, tenant_id=caller.tenant_id, member_id=made.member_id)
    await sql.point_back.run(connection, absorbed_id=made.absorbed_id, now=now)
    await sql.forget_answers.run(connection, merge_id=made.id)
    await sql.mark_undone.run(connection, merge_id=made.id, now=now)


@asynccontextmanager
async def apart(
    connection: Connection, caller: Caller, account_id: UUID, version: int | None, now: datetime
) -> AsyncIterator[None]:
    """Takes an account out of those that it has gone up in, for the block, in which it may be posted to as before.

    It has what is left of what it brought along (what paid a debt is not) and, so that an entry of it can be taken
    back, as many points as that added, as far as there are so many. All of it goes the same way again afterwards; what
    was lent and is not spent is handed back before.

    Args:
        connection: in a transaction.
        caller: who asks.
        account_id: whatever has become of it.
        version: of the entry; None for none.
        now: the moment to write.

    Raises:
        RacedError: it has gone further, or come back, meanwhile.
    """
    path = await _locked_path(connection, caller, account_id)
    if not path:
        yield
        return
    at = bucket_of(account_id)
    points: Decimal | None = await sql.points_of.value(connection, account_id=account_id, bucket=at, version=version)
    said = {"surface": caller.surface, "actor": caller.credential_id, "now": now}
    steps = [
        {"account_id": row["account_id"], "into_account_id": row["into_account_id"], "reference": str(row["merge_id"])}
        for row in path
    ]
    loans: list[Row | None] = []
    for row, step in zip(reversed(path), reversed(steps), strict=True):
        await sql.unmerge_account.run(connection, **step, into_version=row["into_version"], debts=False, **said)
        loans.append(await sql.lend.row(connection, **step, points=points or Decimal(0), **said))
        await _keep_still(connection, row)
    yield
    for row, step, loan in zip(path, steps, reversed(loans), strict=True):
        if loan is not None:
            lent = {name: loan[name] for name in ("lent", "own", "posted", "version", "into_version")}
            await sql.hand_back.run(connection, **step, **lent, **said)
            await _keep_still(connection, row)
        renewed = await sql.merge_account.value(connection, **step, **said)
        await sql.renew_version.run(
            connection, merge_id=row["merge_id"], membership_id=row["membership_id"], into_version=renewed
        )
        await _keep_still(connection, row)
    await sql.look_anew.run(connection, account_id=path[-1]["into_account_id"], now=now)


async def _locked_path(connection: Connection, caller: Caller, account_id: UUID) -> Sequence[Row]:
    path = await sql.path_of.rows(connection, account_id=account_id)
    if path:
        people = [row[name] for row in path for name in ("member_id", "absorbed_id")]
        await sql.lock_both.rows(connection, tenant_id=caller.tenant_id, ids=people)
        if [*map(tuple, await sql.path_of.rows(connection, account_id=account_id))] != [*map(tuple, path)]:
            raise RacedError("merges")
    return path


async def _keep_still(connection: Connection, row: Row) -> None:
    await sql.keep_still.run(connection, ids=[row["account_id"], row["into_account_id"]])
