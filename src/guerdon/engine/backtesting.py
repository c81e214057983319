"""Replays the orders of a time past under a version of a program's rules, and tells the difference; writes nothing."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from guerdon.core.orders import Order, OrderReturn
from guerdon.core.points import ZERO, plus
from guerdon.core.refusals import ProgramNotFound, RuleSetNotFound
from guerdon.core.rules.backtests import Past, Played, Replay, Report
from guerdon.core.rules.returns import Back
from guerdon.core.rules.sets import RuleSet
from guerdon.core.rules.strides import looks_back_to
from guerdon.core.rules.versions import Version
from guerdon.engine.engine import Engine
from guerdon.storage import earnings, orders, programs, rule_sets
from guerdon.storage.earnings import Holder
from guerdon.storage.queries import Connection
from guerdon.storage.rule_sets import Found

CHUNK = 200
"""Orders to read and play together."""

_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What is to be replayed: the orders from a moment (in) until another (out).

    Attributes:
        version: of the program's rules.
        rules: in the place of a version: rules that are nowhere written.
    """

    tenant_id: UUID
    program_id: UUID
    version: int
    since: datetime
    until: datetime
    rules: RuleSet | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it, and whose the accounts are that the report names first."""

    version: Version
    report: Report
    holders: dict[UUID, Holder]


async def backtest(
    engine: Engine,
    ask: Backtest,
    *,
    most_members: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Told:
    """Replays orders and events in the order in which they happened, and what came back of them when it did.

    What rules had given, and which orders there were, before the first of them is taken as it was: caps, challenges
    and streaks go on from there by the replay's own figures. Tiers are those that members stood on then. Both sides
    are what orders gave and was not taken back, whenever that was; one that came back whole counts for nothing.

    Args:
        engine: the engine.
        ask: what is to be replayed.
        most_members: how many members to name.
        progress: told how many are done, of how many.

    Raises:
        ProgramNotFound: the tenant has no such program.
        RuleSetNotFound: the program has no such version.
    """
    async with engine.database.snapshot() as connection:
        version = await _version(connection, ask)
        replay = Replay(version.rules)
        after, done, window = (ask.since, _FIRST), 0, (ask.since, ask.until)
        total = await orders.count_of_program(connection, ask.program_id, window)
        while chunk := await orders.of_program(connection, ask.program_id, window, after, CHUNK):
            played = await _played(connection, chunk)
            await _remember(connection, ask, replay, [each.account_id for each in played])
            # Pure arithmetic, off the loop: what others ask meanwhile is answered.
            await asyncio.to_thread(lambda orders_: [replay.play(each) for each in orders_], played)
            last = chunk[-1]
            after, done = (last.placed_at or ask.since, last.id), done + len(chunk)
            progress(done, total)
        replay.give_back()
        named = [account_id for account_id, _ in replay.report.changed[:most_members]]
        return Told(version, replay.report, await earnings.holders(connection, named))


async def find(engine: Engine, name: str, slug: str | None) -> Found:
    """The program that a person means, by its id or code.

    Raises:
        ProgramNotFound: there is none.
        ValueError: there are several.
    """
    async with engine.database.connection() as connection:
        found = await rule_sets.find_programs(connection, name, slug)
    if not found:
        raise ProgramNotFound(name)
    if len(found) > 1:
        raise ValueError(f"several programs are called {name}: give --tenant, or the id of one")
    return found[0]


async def _version(connection: Connection, ask: Backtest) -> Version:
    await programs.present(connection, ask.tenant_id, ask.program_id)
    if ask.rules is not None:
        return Version(program_id=ask.program_id, version=ask.version, rules=ask.rules, text="")
    found = await rule_sets.by_version(connection, ask.tenant_id, ask.program_id, ask.version)
    if found is None:
        raise RuleSetNotFound(ask.version)
    return found


async def _played(connection: Connection, chunk: Sequence[Order]) -> list[Played]:
    ids = [order.id for order in chunk]
    given = await earnings.of_orders(connection, ids)
    heads = await earnings.heads(connection, {account_id for each in given.values() for account_id in each})
    back = await orders.returns_of_orders(connection, ids)
    return [
        Played(
            account_id=order.account_id,
            occasion=order.occasion,
            tier=order.tier,
            actual=_actual(order.account_id, given[order.id], heads),
            returns=_returns(order, back.get(order.id, ())),
        )
        for order in chunk
        if order.account_id is not None and order.occasion is not None
    ]


def _actual(own: UUID, given: Mapping[UUID, Decimal], heads: Mapping[UUID, UUID]) -> dict[UUID, Decimal]:
    """What an order gave by account: of who referred the member, whoever that has become."""
    found: dict[UUID, Decimal] = {}
    for each, points in given.items():
        account_id = own if each == own else heads[each]
        found[account_id] = plus(found.get(account_id, ZERO), points)
    return found


def _returns(order: Order, done: Sequence[OrderReturn]) -> tuple[tuple[datetime, Back], ...]:
    """What came back, in the order in which it came; an order that is cancelled comes back whole."""
    found: list[tuple[datetime, Back]] = []
    for each in done:
        at = max(each.returned_at, found[-1][0]) if found else each.returned_at
        found.append((at, each.back))
    if order.cancelled_at is not None:
        found.append((order.cancelled_at, Back()))
    return tuple(found)


async def _remember(connection: Connection, ask: Backtest, replay: Replay, account_ids: Sequence[UUID]) -> None:
    """What was before the replay, for accounts that are met for the first time and for those who referred them."""
    since = looks_back_to(replay.rules, ask.since.astimezone(ZoneInfo(replay.rules.time_zone)).date())
    new = replay.missing(account_ids)
    while new:
        pasts = await earnings.pasts(connection, new, ask.since)
        holders = await earnings.holders(connection, new)
        tallies = {}
        if since is not None:
            tallies = await earnings.tallies(connection, new, replay.rules.time_zone, since, ask.since)
        referrers = {referrer for _, referrer, _ in pasts.values() if referrer is not None}
        heads = await earnings.heads(connection, referrers)
        for account_id, (count, referred_by, referred_at) in pasts.items():
            referrer = heads.get(referred_by) if referred_by else None
            replay.pasts[account_id] = Past(
                orders=count,
                born=holders[account_id].born if account_id in holders else None,
                left_at=holders[account_id].left_at if account_id in holders else None,
                referrer=None if referrer == account_id else referrer,
                referred_at=referred_at,
                tallies=list(tallies.get(account_id, ())),
            )
        new = replay.missing(heads.values())
