"""Takes orders: what was reserved or is due for one is spent, what it earns is earned, once; and undoes both."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

import structlog

from guerdon.core.callers import Caller
from guerdon.core.commands import Capture, Command, Hold, Posting, Reverse, Void
from guerdon.core.memberships import Membership
from guerdon.core.orders import Order, OrderState
from guerdon.core.points import ZERO, minus, plain, times
from guerdon.core.programs import Program
from guerdon.core.refusals import AccountClosed, KeyReused, OrderNotFound, ProgramNotFound, Refusal
from guerdon.core.rewards import Basket, Redemption, RedemptionState, subtotal_of, worth
from guerdon.core.rules import occasions
from guerdon.core.rules.occasions import Occasion
from guerdon.core.webhooks import EVENT_CANCELLED, ORDER_CANCELLED, ORDER_PLACED
from guerdon.engine import campaigning, earning, redeeming
from guerdon.engine.engine import Engine
from guerdon.storage import earnings, happenings, ledger, merges, orders, pools, programs, redemptions, rewards
from guerdon.storage.database import RacedError
from guerdon.storage.happenings import Happening
from guerdon.storage.queries import Connection
from guerdon.storage.rewards import Asked

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """An order that a shop has taken.

    Attributes:
        reference: the shop's id of it.
        membership: whose points.
        amount: what it earns for, in units of the currency.
        uses: the codes of the rewards that were used on it, and the money that each took off, where that is known.
        paid: the part of the price that was paid with points, in units of the currency.
        session: the journey through the shop that led to it, where that is known.
        basket: what was bought, to reckon what a use is worth that the shop does not say.
        digits: of the currency.
        location: where it was bought, in the shop's words.
        channel: how it was bought, in the shop's words.
        occasion: what was bought, line by line, or what happened; None leaves it to the amount and the basket.
        id: what it is to be known by here; None makes one.
        fingerprint: where it is given, another report under the same reference must have the same.
        referrer: the account of who referred the member.
    """

    caller: Caller
    at: datetime
    reference: str
    membership: Membership
    amount: Decimal
    uses: dict[str, Decimal | None] = field(default_factory=dict)
    paid: Decimal | None = None
    session: str | None = None
    basket: Basket = field(default_factory=Basket)
    digits: int = 2
    location: str | None = None
    channel: str | None = None
    occasion: Occasion | None = None
    id: UUID | None = None
    fingerprint: bytes | None = None
    referrer: UUID | None = None


async def place(engine: Engine, ask: Placing) -> Order:
    """Spends what an order uses and earns what it earns; one that was told of before, or cancelled, changes nothing.

    Reservations of the member pay first, those of the session before others. What was not reserved is spent as far as
    points are available; what they are not enough for, or is no reward, is left out and logged: the shop has given it.
    A member that may not take part neither spends nor earns.

    Raises:
        ProgramNotFound: the membership is in none of the tenant's.
        AccountClosed: the membership's account takes no more postings.
        PointsOutOfRange: it would earn more than there can be.
    """

    async def work(connection: Connection) -> Order:
        order = _order(engine, ask)
        is_order = order.event is None
        if not await orders.insert(connection, ask.caller, order):
            known = await orders.lock(connection, ask.caller, ask.reference, is_order=is_order)
            if ask.fingerprint is not None and known.fingerprint != ask.fingerprint:
                raise KeyReused(ask.reference, "reference")
            return known
        account_id = ask.membership.account_id
        if ask.referrer is not None:
            await earnings.refer(connection, account_id, ask.referrer, order.placed_at or ask.at)
        referrer = await earnings.referrer_of(connection, account_id)
        lifetimes = await earnings.lock_accounts(connection, [each for each in (account_id, referrer) if each])
        if referrer and await earnings.referrer_of(connection, account_id) != referrer:
            raise RacedError("merges")
        if ask.membership.is_barred:
            return order
        program = await _program(connection, ask)
        if ask.uses or ask.paid:
            await _spend(engine, connection, ask, order, program)
        member = earning.Member(
            membership=ask.membership,
            lifetime=lifetimes[account_id],
            order_id=order.id,
            told_at=ask.at,
            referrer=referrer,
        )
        order = await earning.earn(connection, ask.caller, order, member, program)
        await orders.update(connection, order)
        await happenings.write(connection, ask.caller.tenant_id, _told(order, ORDER_PLACED, ask.at))
        return order

    return await engine.database.retrying(work)


def _order(engine: Engine, ask: Placing) -> Order:
    occasion = ask.occasion or _bought(ask)
    return Order(
        id=ask.id or engine.new_id(),
        reference=ask.reference,
        state=OrderState.PLACED,
        account_id=ask.membership.account_id,
        amount=ask.amount,
        event=occasion.event,
        membership_id=ask.membership.id,
        program_id=ask.membership.program_id,
        occasion=occasion,
        fingerprint=ask.fingerprint,
        placed_at=occasion.at,
        recorded_at=ask.at,
    )


def _bought(ask: Placing) -> Occasion:
    """The basket as lines that come to the amount: less as a discount on the order, more as a line without an item."""
    lines = [line for line in ask.basket.lines if line.quantity > 0 and line.price > ZERO]
    listed, amount = subtotal_of(lines), max(ZERO, ask.amount)
    bought = [
        occasions.Line(id=str(n), sku=line.sku or None, quantity=Decimal(line.quantity), unit_price=line.price)
        for n, line in enumerate(lines, 1)
    ]
    if amount > listed or not bought:
        bought.append(occasions.Line(id=str(len(bought) + 1), unit_price=minus(amount, listed)))
    return Occasion(
        at=ask.at,
        lines=tuple(bought),
        discount=max(ZERO, minus(listed, amount)),
        location=ask.location,
        channel=ask.channel,
    )


async def cancel(engine: Engine, caller: Caller, reference: str, at: datetime) -> Order:
    """Takes an order back: points spent return to their lots, points earned go; a second time changes nothing.

    Where its member has gone up in another since, that one gets the points back, and the earned ones are taken from it.
    One that is not there yet is remembered as cancelled: when it comes, it counts for nothing.
    """

    async def work(connection: Connection) -> Order:
        gone = Order(id=engine.new_id(), reference=reference, state=OrderState.CANCELLED, cancelled_at=at)
        if await orders.insert(connection, caller, gone):
            return gone
        return await _cancelled(connection, caller, await orders.lock(connection, caller, reference), at)

    return await engine.database.retrying(work)


async def cancel_event(engine: Engine, caller: Caller, event_id: UUID, at: datetime) -> Order:
    """Takes an event back as an order is; a second time changes nothing.

    Raises:
        OrderNotFound: the caller's tenant has no such event.
    """

    async def work(connection: Connection) -> Order:
        event = await orders.lock_by_id(connection, caller.tenant_id, event_id)
        if event is None or event.event is None or not caller.may(event.program_id):
            raise OrderNotFound(event_id)
        return await _cancelled(connection, caller, event, at)

    return await engine.database.retrying(work)


async def _cancelled(connection: Connection, caller: Caller, order: Order, at: datetime) -> Order:
    if order.state is OrderState.CANCELLED:
        return order
    await _undo(connection, caller, order, at)
    order = replace(order, state=OrderState.CANCELLED, cancelled_at=at)
    await orders.update(connection, order)
    await happenings.write(connection, caller.tenant_id, _told(order, ORDER_CANCELLED, at))
    return order


def _told(order: Order, kind: str, at: datetime) -> list[Happening]:
    """What an event says of an order; of a named event, only that it was cancelled, and nothing of nobody's."""
    if order.account_id is None or (order.event is not None and kind != ORDER_CANCELLED):
        return []
    names = ("reference", "amount", "version", "rule_version", "tier", "placed_at")
    data = {"order_id": order.id, **{name: getattr(order, name) for name in names}}
    if order.event is not None:
        del data["order_id"], data["amount"]
        kind, data = EVENT_CANCELLED, {"event_id": order.id, "name": order.event, **data}
    points = order.reckoning.points if order.reckoning else ZERO
    return [Happening(order.account_id, kind, at, {**data, "points": points})]


async def _program(connection: Connection, ask: Placing) -> Program:
    program_id = ask.membership.program_id
    program = (await programs.by_ids(connection, ask.caller.tenant_id, [program_id])).get(program_id)
    if program is None:
        raise ProgramNotFound(program_id)
    return program


@dataclass(frozen=True, slots=True)
class _Use:
    """A redemption as it is once the order is placed, and as it was reserved, where it was.

    Attributes:
        pool_id: whose codes it has.
        is_left: whether one is free that nobody else has reserved.
    """

    redemption: Redemption
    reserved: Redemption | None
    reason: str
    pool_id: UUID | None = None
    is_left: bool = True


async def _spend(engine: Engine, connection: Connection, ask: Placing, order: Order, program: Program) -> None:
    await redemptions.lock_account(connection, ask.membership.account_id)
    locked = await rewards.lock_stock(connection, program.id, list(ask.uses), [])
    await redemptions.lapse(connection, locked, ask.at)
    uses = await _uses(engine, connection, ask, order, program)
    asked = [_taking(ask, use) for use in uses]
    commands = [command for each in asked for command in each]
    answers = iter(await ledger.post(connection, commands, ask.at) if commands else [])
    done: list[_Use] = []
    freed: list[Redemption] = []
    for use, taking in zip(uses, asked, strict=True):
        taken = [next(answers) for _ in taking]
        if refused := next((answer for answer in taken if isinstance(answer, Refusal)), None):
            if isinstance(refused, AccountClosed):
                raise refused
            log.warning("not spent on an order", order=ask.reference, what=use.reason, refusal=refused.code)
            if use.reserved is not None and use.reserved.hold_id != use.redemption.hold_id:
                # What was held for less was freed for this.
                freed.append(replace(use.reserved, state=RedemptionState.CANCELLED, closed_at=ask.at))
            continue
        version = taken[-1].version if taken and isinstance(taken[-1], Posting) else None
        done.append(replace(use, redemption=replace(use.redemption, version=version)))
    await redemptions.write(connection, ask.caller, [*freed, *(use.redemption for use in done)])
    for use in done:
        if not use.pool_id:
            continue
        if not use.is_left or not await pools.take(connection, use.pool_id, use.redemption.id, ask.at):
            log.warning("no code is left for an order", order=ask.reference, what=use.reason)
    fresh = Counter(use.redemption.reward_id for use in done if use.reserved is None and use.redemption.reward_id)
    await rewards.add_stock(connection, {id_: -number for id_, number in fresh.items() if id_})


async def _uses(engine: Engine, connection: Connection, ask: Placing, order: Order, program: Program) -> list[_Use]:
    """What the order uses: of what is reserved the session's own first, and what was never reserved."""
    account_id = ask.membership.account_id
    kept = await redemptions.reserved_of(connection, account_id, ask.at)
    kept.sort(key=lambda each: each.redemption.session != ask.session)
    reserved = {each.code: each.redemption for each in reversed(kept)}
    asked = Asked(program_id=program.id, account_id=account_id, session=ask.session, at=ask.at)
    found = await redeeming.standings(connection, asked, ask.membership, list(ask.uses), but=order.id)
    known = {reward.code: (reward, standing.left) for reward, standing in found}
    uses: list[_Use] = []
    for code, said in ask.uses.items():
        value = said
        held, (reward, left) = reserved.get(code), known.get(code, (None, None))
        if held is not None and held.reward_id is not None and reward is None:
            # One that nobody else can have any more is good for who has reserved it.
            reward = await rewards.by_id(connection, ask.caller.tenant_id, held.reward_id)
        if held is None and reward is None:
            log.warning("unknown reward on an order", order=ask.reference)
            continue
        points = held.points if held else reward.cost if reward else ZERO
        reward_id = held.reward_id if held else reward.id if reward else None
        if value is None and reward is not None:
            value = worth(reward, ask.basket, ask.digits)
        used = _used(engine, ask, order, held, points, value)
        title, pool_id = (reward.title, reward.pool_id) if reward else (code, None)
        is_left = held is not None or left is None or left > 0
        uses.append(_Use(replace(used, reward_id=reward_id), held, title, pool_id, is_left))
    if ask.paid and program.points_per_unit is not None:
        held = reserved.get(None)
        points = plain(times(ask.paid, program.points_per_unit))
        uses.append(_Use(_used(engine, ask, order, held, points, ask.paid), held, "paid with points"))
    return uses


def _used(
    engine: Engine, ask: Placing, order: Order, held: Redemption | None, points: Decimal, value: Decimal | None
) -> Redemption:
    before = held or Redemption(
        id=engine.new_id(),
        reward_id=None,
        account_id=ask.membership.account_id,
        state=RedemptionState.RESERVED,
        points=points,
        session=ask.session,
        reserved_at=ask.at,
    )
    is_enough = held is not None and held.points >= points
    return replace(
        before,
        state=RedemptionState.FULFILLED,
        points=points,
        value=value if value is not None else before.value,
        hold_id=(before.hold_id if is_enough else engine.new_id()) if points else None,
        order_id=order.id,
        issued_at=ask.at,
        fulfilled_at=ask.at,
        closed_at=ask.at,
    )


class _Told(TypedDict):
    """What all commands for an order say."""

    caller: Caller
    account_id: UUID
    at: datetime
    reference: str


def _taking(ask: Placing, use: _Use) -> list[Command]:
    """The commands that take a redemption's points; the last one writes the entry."""
    redemption, reserved = use.redemption, use.reserved
    if redemption.hold_id is None:
        return []
    told = _Told(caller=ask.caller, account_id=redemption.account_id, at=ask.at, reference=ask.reference)
    hold_id, points = redemption.hold_id, redemption.points
    commands: list[Command] = []
    if reserved is None or reserved.hold_id != hold_id:
        if reserved is not None and reserved.hold_id is not None:
            commands.append(Void(**told, hold_id=reserved.hold_id))
        commands.append(Hold(**told, reason=use.reason, hold_id=hold_id, points=points))
    return [*commands, Capture(**told, reason=use.reason, hold_id=hold_id, points=points, release_rest=True)]


async def _undo(connection: Connection, caller: Caller, order: Order, at: datetime) -> None:
    if order.account_id is None:
        return
    await earnings.lock_accounts(connection, [each for each in (order.account_id, order.referrer_account_id) if each])
    before = await campaigning.given(connection, order)
    await earnings.take_all_back(connection, order.id)
    kept = [each.redemption for each in await redemptions.of_order(connection, order.id)]
    handed_out = await pools.taken(connection, [each.id for each in kept])
    ids = [each.reward_id for each in kept if each.reward_id and each.id not in handed_out]
    locked = await rewards.lock_stock(connection, None, [], ids)
    spent = [each.version for each in kept]
    is_returned = order.state is OrderState.RETURNED
    await _reverse(connection, caller, order, at, order.account_id, spent if is_returned else [*spent, order.version])
    if order.referrer_account_id is not None and not is_returned:
        await _reverse(connection, caller, order, at, order.referrer_account_id, [order.referrer_version])
    cancelled = [replace(each, state=RedemptionState.CANCELLED, closed_at=at) for each in kept]
    await redemptions.write(connection, caller, cancelled)
    await rewards.give_back(connection, {id_: number for id_, number in Counter(ids).items() if id_ in locked})
    await campaigning.note(connection, caller, order, before, {})


async def _reverse(
    connection: Connection,
    caller: Caller,
    order: Order,
    at: datetime,
    account_id: UUID,
    versions: Sequence[int | None],
) -> None:
    """Takes entries of an account back, the last of them what it earned: from whoever has its points now."""
    commands = [
        Reverse(
            caller=caller,
            account_id=account_id,
            at=at,
            reason="event cancelled" if order.event else "order cancelled",
            reference=order.reference,
            version=version,
        )
        for version in versions
        if version is not None
    ]
    async with merges.apart(connection, caller, account_id, versions[-1] if versions else None, at):
        answers = await ledger.post(connection, commands, at) if commands else []
    for answer in answers:
        if isinstance(answer, Refusal):
            log.warning("not undone with an order", order=order.reference, refusal=answer.code)
