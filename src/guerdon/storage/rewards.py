"""Rewards as rows, and how an account stands to each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from guerdon.core.rewards import Reward, RewardKind, Standing
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("rewards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose standing is asked for: an account in a program, seen from one session, at a moment."""

    program_id: UUID
    account_id: UUID
    session: str | None
    at: datetime
    is_barred: bool = False


async def insert(connection: Connection, tenant_id: UUID, reward: Reward, now: datetime) -> None:
    """A reward of a program, under a code that no other of the program has."""
    named = {name: getattr(reward, name) for name in Reward.__dataclass_fields__ if name != "kind"}
    await sql.insert_reward.run(connection, tenant_id=tenant_id, kind=reward.kind.value, now=now, **named)


async def standings(
    connection: Connection, asked: Asked, codes: Sequence[str] | None = None
) -> list[tuple[Reward, Standing]]:
    """The program's rewards with these codes, or all that are listed, the cheapest first; those in use only."""
    rows = await sql.standings.rows(
        connection,
        program_id=asked.program_id,
        account_id=asked.account_id,
        session=asked.session,
        now=asked.at,
        codes=None if codes is None else list(codes),
    )
    return [(_reward(row), _standing(row, is_barred=asked.is_barred)) for row in rows]


async def lock_stock(
    connection: Connection, program_id: UUID | None, codes: Sequence[str], ids: Sequence[UUID]
) -> list[UUID]:
    """Locks those of the rewards, by codes in a program and by ids, of which there is not an endless number: which."""
    rows = await sql.lock_stock.rows(connection, program_id=program_id, codes=list(codes), ids=list(ids))
    return [row["id"] for row in rows]


async def overdue(connection: Connection, now: datetime, limit: int) -> list[UUID | None]:
    """Rewards that have reservations whose time is over; None stands for points in the place of money."""
    return [row["reward_id"] for row in await sql.overdue.rows(connection, now=now, limit=limit)]


async def lapse(connection: Connection, ids: Sequence[UUID | None], now: datetime) -> int:
    """Ends the reservations of locked rewards whose time is over, so that others can have them; how many.

    Of a reward without end nothing need be locked. None stands for points in the place of money.
    """
    if not ids:
        return 0
    named = [id_ for id_ in ids if id_ is not None]
    ended: int = await sql.lapse.value(connection, ids=named, with_payments=len(named) < len(ids), now=now)
    return ended


async def add_stock(connection: Connection, changes: Mapping[UUID, int]) -> None:
    """Gives back and takes of the stock of locked rewards, by how many; one without end stays so."""
    changed = {id_: change for id_, change in changes.items() if change}
    if changed:
        await sql.add_stock.run(connection, ids=list(changed), changes=list(changed.values()))


def _reward(row: Row) -> Reward:
    named = {name: row[name] for name in Reward.__dataclass_fields__ if name != "kind"}
    return Reward(kind=RewardKind(row["kind"]), **named)


def _standing(row: Row, *, is_barred: bool) -> Standing:
    return Standing(
        used=row["used"],
        elsewhere=row["elsewhere"],
        left=row["free"],
        own_points=row["own_points"],
        is_barred=is_barred,
    )
