"""Rewards as rows, and how an account stands to each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from guerdon.core.rewards import Reward, RewardFilter, RewardKind, Standing
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
    await sql.insert_reward.run(connection, tenant_id=tenant_id, now=now, **_columns(reward))


async def update(connection: Connection, reward: Reward) -> None:
    """Writes a locked reward anew, all but its program."""
    await sql.update_reward.run(connection, **_columns(reward))


async def by_id(connection: Connection, tenant_id: UUID, reward_id: UUID, *, locked: bool = False) -> Reward | None:
    """A reward of the tenant, locked for changing or not."""
    query = sql.lock_reward if locked else sql.by_id
    row = await query.row(connection, tenant_id=tenant_id, id=reward_id)
    return _reward(row) if row else None


async def by_code(connection: Connection, program_id: UUID, code: str) -> Reward | None:
    """A reward of a program."""
    row = await sql.by_code.row(connection, program_id=program_id, code=code)
    return _reward(row) if row else None


async def of_pool(connection: Connection, pool_id: UUID) -> Reward | None:
    """The reward that hands out the codes of a pool."""
    row = await sql.of_pool.row(connection, pool_id=pool_id)
    return _reward(row) if row else None


async def page(
    connection: Connection, tenant_id: UUID, wanted: RewardFilter, *, before: UUID | None, limit: int
) -> list[Reward]:
    """A page of the tenant's rewards, the highest id first, from below `before`."""
    rows = await sql.page.rows(
        connection,
        tenant_id=tenant_id,
        program_ids=wanted.program_ids,
        code=wanted.code,
        kinds=wanted.kinds,
        is_active=wanted.is_active,
        before=before,
        limit=limit,
    )
    return [_reward(row) for row in rows]


def _columns(reward: Reward) -> dict[str, Any]:
    named = {name: getattr(reward, name) for name in Reward.__dataclass_fields__}
    costs = {str(tier_id): str(cost) for tier_id, cost in reward.tier_costs.items()}
    return {**named, "kind": reward.kind.value, "tier_costs": costs}


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


async def reserved(connection: Connection, reward_id: UUID) -> int:
    """How many of a locked reward are reserved: their stock comes back, or they are given."""
    found: int = await sql.reserved.value(connection, id=reward_id)
    return found


async def add_stock(connection: Connection, changes: Mapping[UUID, int]) -> None:
    """Adds to and takes of the stock of locked rewards, by how many; one without end stays so."""
    changed = {id_: change for id_, change in changes.items() if change}
    if changed:
        await sql.add_stock.run(connection, ids=list(changed), changes=list(changed.values()))


async def give_back(connection: Connection, given: Mapping[UUID, int]) -> None:
    """Adds what was given without a code, and taken back, to the stock of locked rewards; not of those with codes."""
    if given:
        await sql.give_back.run(connection, ids=list(given), changes=list(given.values()))


def _reward(row: Row) -> Reward:
    named = {name: row[name] for name in Reward.__dataclass_fields__}
    named["kind"] = RewardKind(row["kind"])
    named["tier_ids"] = None if row["tier_ids"] is None else tuple(row["tier_ids"])
    named["tier_costs"] = {UUID(tier_id): Decimal(cost) for tier_id, cost in row["tier_costs"].items()}
    return Reward(**named)


def _standing(row: Row, *, is_barred: bool) -> Standing:
    return Standing(
        used=row["used"],
        elsewhere=row["elsewhere"],
        left=row["free"],
        own_points=row["own_points"],
        is_barred=is_barred,
    )
