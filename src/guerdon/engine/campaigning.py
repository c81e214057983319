"""Counts what campaigns give, and what is taken back of it; and shows campaigns with what is left of their budgets."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.orders import Order
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.refusals import CampaignNotFound
from guerdon.core.rules.campaigns import CampaignState, left_of, state_of
from guerdon.core.rules.reckonings import Reckoning, budgets_asked
from guerdon.core.rules.sets import Campaign, RuleSet
from guerdon.core.rules.versions import state_of as version_state_of
from guerdon.engine import reading
from guerdon.engine.engine import Engine
from guerdon.storage import campaigns, earnings, rule_sets
from guerdon.storage.campaigns import Total
from guerdon.storage.queries import Connection


class Shown(NamedTuple):
    """A campaign, and how it stands.

    Attributes:
        version: of the rules that say it: live, or else scheduled, or else past.
        rules: the ids of its rules.
    """

    program_id: UUID
    campaign: Campaign
    version: int
    rules: tuple[str, ...]
    total: Total
    state: CampaignState


async def draw(
    connection: Connection, caller: Caller, program_id: UUID, rules: RuleSet, reckoning: Reckoning
) -> tuple[dict[str, Decimal], list[str]]:
    """What the campaigns have given on whose budgets an order may draw, and those of which something is left: locked.

    To be called behind the locks of the members. Of one that is spent nothing can be drawn, and nobody waits for it.
    """
    codes = budgets_asked(rules, reckoning)
    totals = await campaigns.totals(connection, program_id, codes)
    spent = {code: totals[code].given if code in totals else ZERO for code in codes}
    budgets = {each.code: each for each in rules.campaigns}
    locked = [code for code in codes if left_of(budgets[code], spent[code])]
    if locked:
        new = [code for code in locked if code not in totals or not totals[code].has_lock]
        spent |= await campaigns.lock(connection, caller.tenant_id, program_id, locked, new)
    return spent, locked


def by_code(order: Order, points: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """What campaigns gave on an order, from what its rules did, by their ids."""
    of = _campaigns(order)
    found: dict[str, Decimal] = {}
    for rule, each in points:
        if code := of.get(rule):
            found[code] = plus(found.get(code, ZERO), each)
    return found


async def given(connection: Connection, order: Order) -> dict[str, Decimal]:
    """What each campaign gave on an order, to both sides, and was not taken back."""
    if not _campaigns(order):
        return {}
    return by_code(order, (await earnings.left_of_order(connection, order.id)).items())


def _campaigns(order: Order) -> dict[str, str]:
    return {each.rule: each.campaign for each in order.reckoning.given if each.campaign} if order.reckoning else {}


async def note(
    connection: Connection,
    caller: Caller,
    order: Order,
    before: Mapping[str, Decimal],
    after: Mapping[str, Decimal],
    *,
    locked: Sequence[str] = (),
) -> None:
    """Counts what campaigns have come to give on an order, or give less.

    After all other locks of a transaction: what waits for these counters holds nothing that anybody with them needs.

    Args:
        connection: a connection.
        caller: whose tenant's.
        order: with what came of it.
        before: what they gave before.
        after: what they give now.
        locked: those whose budgets this transaction has locked.
    """
    changes = {
        code: Total(
            minus(after.get(code, ZERO), before.get(code, ZERO)), bool(after.get(code)) - bool(before.get(code))
        )
        for code in sorted({*before, *after})
        if after.get(code, ZERO) != before.get(code, ZERO)
    }
    await campaigns.add(connection, caller.tenant_id, order, changes, locked)


async def get(engine: Engine, caller: Caller, program_id: UUID, code: str, at: datetime) -> Shown:
    """A campaign.

    Raises:
        ProgramNotFound: the caller's tenant has no such program.
        CampaignNotFound: no version of its rules but a draft has such a campaign.
    """
    found = await _page(engine, caller, program_id, at, code=code)
    if not found:
        raise CampaignNotFound(code)
    return found[0]


async def page(
    engine: Engine,
    caller: Caller,
    program_id: UUID,
    at: datetime,
    *,
    state: str | None = None,
    after: str | None,
    limit: int,
) -> list[Shown]:
    """Campaigns of a program by code; those in a state where one is named.

    Raises:
        ProgramNotFound: the caller's tenant has no such program.
    """
    found: list[Shown] = []
    while True:
        several = await _page(engine, caller, program_id, at, after=after, limit=limit)
        found += [each for each in several if state in (None, each.state)]
        if len(several) < limit or len(found) >= limit:
            return found[:limit]
        after = several[-1].campaign.code


async def _page(
    engine: Engine,
    caller: Caller,
    program_id: UUID,
    at: datetime,
    *,
    code: str | None = None,
    after: str | None = None,
    limit: int = 1,
) -> list[Shown]:
    await reading.program(engine, caller, program_id)
    async with engine.database.snapshot() as connection:
        live = await rule_sets.live(connection, program_id, at)
        number = live.version if live else None
        said = await campaigns.page(connection, program_id, number, at, code=code, after=after, limit=limit)
        totals = await campaigns.totals(connection, program_id, list(said))
        versions = {}
        for each in {*said.values()}:
            versions[each] = await rule_sets.by_version(connection, caller.tenant_id, program_id, each)
    found: list[Shown] = []
    for name, each in said.items():
        version, total = versions[each], totals.get(name, Total())
        if version is None:
            continue
        campaign = next(one for one in version.rules.campaigns if one.code == name)
        rules = tuple(rule.id for rule in version.rules.rules if rule.campaign == name)
        state = state_of(campaign, version_state_of(version, number, at), total.given, at)
        found.append(Shown(program_id, campaign, each, rules, total, state))
    return found
