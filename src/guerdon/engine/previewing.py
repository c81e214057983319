"""Tells what an order or event would give now, and why, and writes nothing; and shows orders that were taken."""

from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.memberships import Membership
from guerdon.core.orders import Order, OrderFilter, OrderReturn
from guerdon.core.refusals import OrderNotFound, RuleSetNotFound
from guerdon.core.rules.matching import Because
from guerdon.core.rules.occasions import Facts, Occasion
from guerdon.core.rules.reckonings import Given, Reckoning
from guerdon.core.rules.versions import Version
from guerdon.engine import earning
from guerdon.engine.engine import Engine
from guerdon.storage import campaigns, earnings, orders, programs, rule_sets
from guerdon.storage.queries import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is to be reckoned.

    Attributes:
        program_id: whose rules.
        membership: whose facts; None is somebody of whom nothing is known.
        version: of the rules, a draft too; 0 is the program's rate, None what is live when it happens.
        referrer: the account of who would have referred the member.
    """

    caller: Caller
    program_id: UUID
    occasion: Occasion
    membership: Membership | None = None
    version: int | None = None
    referrer: UUID | None = None


class Previewed(NamedTuple):
    """What would come of it, and by which version of the rules."""

    version: int
    reckoning: Reckoning


class Shown(NamedTuple):
    """An order or event, what came back of it, and, where one is asked for, whose it is."""

    order: Order
    returns: list[OrderReturn]
    member_id: UUID | None = None


async def preview(engine: Engine, ask: Preview) -> Previewed:
    """Reckons what would be earned.

    Raises:
        ProgramNotFound: the caller's tenant has no such program.
        RuleSetNotFound: the program has no such version.
        EventInvalid: the rules do not know the event, or not so.
        PointsOutOfRange: it would be more than there can be.
    """
    async with engine.database.snapshot() as connection:
        version = await _version(connection, ask)
        earning.check(version.rules, ask.occasion)
        facts = Facts()
        if ask.membership is not None:
            account_id = ask.membership.account_id
            member = earning.Member(
                membership=ask.membership,
                lifetime=ask.membership.balance.lifetime,
                order_id=engine.new_id(),
                told_at=engine.clock(),
                referrer=await earnings.referrer_of(connection, account_id, ask.referrer),
            )
            facts = await earning.facts_of(connection, version.rules, ask.occasion, member)
        totals = await campaigns.totals(connection, ask.program_id, [each.code for each in version.rules.campaigns])
        facts = replace(facts, spent={code: total.given for code, total in totals.items()})
    reckoning = earning.reckoned(version.rules, ask.occasion, facts)
    if ask.membership is not None and ask.membership.is_barred:
        nothing = tuple(Given(rule=each.rule, because=Because.BARRED) for each in reckoning.given)
        reckoning = replace(reckoning, given=nothing)
    return Previewed(version.version, reckoning)


async def _version(connection: Connection, ask: Preview) -> Version:
    program = await programs.present(connection, ask.caller.tenant_id, ask.program_id)
    if ask.version is None:
        return await earning.rules_at(connection, program, ask.occasion.at)
    if ask.version == 0:
        return earning.rate_of(program)
    found = await rule_sets.by_version(connection, ask.caller.tenant_id, ask.program_id, ask.version)
    if found is None:
        raise RuleSetNotFound(ask.version)
    return found


async def order(engine: Engine, caller: Caller, order_id: UUID, *, is_order: bool = True) -> Shown:
    """An order, or an event, with what came back of it.

    Raises:
        OrderNotFound: the caller's tenant has none with this id.
    """
    async with engine.database.snapshot() as connection:
        found = await orders.by_id(connection, caller.tenant_id, order_id)
        if found is None or (found.event is None) != is_order or not caller.may(found.program_id):
            raise OrderNotFound(order_id)
        member_id = found.membership_id and await orders.member_of(connection, caller.tenant_id, found.membership_id)
        return Shown(found, await orders.returns_of(connection, found.id), member_id)


async def page(engine: Engine, caller: Caller, wanted: OrderFilter, *, before: UUID | None, limit: int) -> list[Shown]:
    """Orders or events that the caller may see, the last that were told of first, from below the id `before`."""
    wanted = replace(wanted, program_ids=caller.seen(wanted.program_ids))
    async with engine.database.searching() as connection:
        found = await orders.search(connection, caller.tenant_id, wanted, before=before, limit=limit)
        returns = await orders.returns_of_orders(connection, [each.id for each in found])
    return [Shown(each, returns.get(each.id, [])) for each in found]
