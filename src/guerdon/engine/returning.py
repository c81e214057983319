"""Takes points back for what comes back of an order: by items, by an amount, or all that is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import structlog

from guerdon.core.callers import Caller
from guerdon.core.commands import Posting, Reverse
from guerdon.core.orders import Order, OrderReturn, OrderState
from guerdon.core.points import ZERO, minus
from guerdon.core.refusals import KeyReused, OrderNotFound, Refusal, ReturnExceedsOrder, TimeNotAhead
from guerdon.core.rules.occasions import Occasion, spending
from guerdon.core.rules.returns import Back, Left, ReturnExceeds, Taken, left_of, taken
from guerdon.core.rules.sets import RuleSet, cause_of
from guerdon.core.webhooks import ORDER_RETURNED
from guerdon.engine import campaigning
from guerdon.engine.engine import Engine
from guerdon.storage import earnings, happenings, ledger, merges, orders, standings
from guerdon.storage.happenings import Happening
from guerdon.storage.queries import Connection

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """What comes back.

    Attributes:
        reference: the shop's own id of it, unique in the order.
        units: of lines, by the shop's names of them.
        amount: money, with tax, as it was paid; without both, all that is left comes back.
        returned_at: when it came back.
        fingerprint: another report under the same reference must have the same.
    """

    caller: Caller
    at: datetime
    order_id: UUID
    reference: str
    fingerprint: bytes
    returned_at: datetime
    units: Mapping[str, Decimal] | None = None
    amount: Decimal | None = None


class Returned(NamedTuple):
    """An order after a return; `replayed` where it had been told of before."""

    order: Order
    given: OrderReturn
    replayed: bool


async def give_back(engine: Engine, ask: Returning) -> Returned:
    """Takes back what the returned part of an order earned; a return that was told of before changes nothing.

    Raises:
        OrderNotFound: the caller's tenant has no such order; an event is none.
        ReturnExceedsOrder: more comes back than is left.
        TimeNotAhead: it would have come back before it was bought.
        KeyReused: another return of the order has this reference.
        AccountClosed: the member's account takes no more postings.
    """

    async def work(connection: Connection) -> Returned:
        order = await orders.lock_by_id(connection, ask.caller.tenant_id, ask.order_id)
        if order is None or order.occasion is None or order.event is not None or order.account_id is None:
            raise OrderNotFound(ask.order_id)
        if not ask.caller.may(order.program_id):
            raise OrderNotFound(ask.order_id)
        done = await orders.returns_of(connection, order.id)
        for each in done:
            if each.reference == ask.reference:
                if each.fingerprint != ask.fingerprint:
                    raise KeyReused(ask.reference, "reference")
                return Returned(order, each, replayed=True)
        if ask.returned_at < order.occasion.at:
            raise TimeNotAhead(order.account_id)
        return await _take_back(connection, ask, order, order.occasion, done)

    return await engine.database.retrying(work)


async def _take_back(
    connection: Connection, ask: Returning, order: Order, occasion: Occasion, done: Sequence[OrderReturn]
) -> Returned:
    both = [each for each in (order.account_id, order.referrer_account_id) if each is not None]
    await earnings.lock_accounts(connection, both)
    back = _back(ask, order, occasion)
    earlier = [each.back for each in done]
    left = _left(order, occasion, [*earlier, back])
    now = _taken(order, occasion, left)
    was = _taken(order, occasion, left_of(occasion.lines, _paid(occasion), earlier, occasion.places))
    points = minus(sum((each.points for each in now), ZERO), sum((each.points for each in was), ZERO))
    theirs = minus(sum((each.referrer_points for each in now), ZERO), sum((each.referrer_points for each in was), ZERO))
    own = await _reverse(connection, ask, order, (order.account_id, order.version), points)
    if isinstance(own, Refusal):
        raise own
    other = await _reverse(connection, ask, order, (order.referrer_account_id, order.referrer_version), theirs)
    if isinstance(other, Refusal):
        log.warning("not taken back of a referral", order=order.reference, refusal=other.code)
        other = None
    before = await campaigning.given(connection, order)
    await earnings.take_back(connection, order.id, _earnings(order, now))
    await campaigning.note(connection, ask.caller, order, before, await campaigning.given(connection, order))
    if left.is_nothing:
        order = replace(order, state=OrderState.RETURNED)
        await orders.update(connection, order)
    if own is None and order.account_id is not None:
        # It counts less for a tier, too, and there is no entry that would tell.
        await standings.look_again(connection, order.account_id, ask.at)
    given = OrderReturn(
        order_id=order.id,
        number=len(done) + 1,
        reference=ask.reference,
        back=back,
        fingerprint=ask.fingerprint,
        points=points,
        shortfall=own.shortfall if own else ZERO,
        version=own.version if own else None,
        referrer_version=other.version if other else None,
        returned_at=ask.returned_at,
    )
    await orders.insert_return(connection, ask.caller, given)
    await happenings.write(connection, ask.caller.tenant_id, _told(ask, order, given))
    return Returned(order, given, replayed=False)


def _told(ask: Returning, order: Order, given: OrderReturn) -> list[Happening]:
    """What an event says of a return."""
    if order.account_id is None:
        return []
    names = ("reference", "points", "shortfall", "version", "returned_at")
    data = {name: getattr(given, name) for name in names}
    told = {
        "order_id": order.id,
        "order_reference": order.reference,
        **data,
        "is_whole": order.state is OrderState.RETURNED,
    }
    return [Happening(order.account_id, ORDER_RETURNED, ask.at, told)]


def _paid(occasion: Occasion) -> tuple[Decimal, ...]:
    """What was paid for each line, with tax: what is given back to a buyer."""
    return spending(RuleSet(), occasion)


def _back(ask: Returning, order: Order, occasion: Occasion) -> Back:
    if ask.units is None:
        return Back(amount=ask.amount)
    places = {line.id: n for n, line in enumerate(occasion.lines)}
    for name in ask.units:
        if name not in places:
            raise ReturnExceedsOrder(order.id, name, ZERO)
    return Back(units={places[name]: count for name, count in ask.units.items()})


def _left(order: Order, occasion: Occasion, backs: Sequence[Back]) -> Left:
    if order.state is OrderState.CANCELLED:
        raise ReturnExceedsOrder(order.id, None, ZERO)
    try:
        return left_of(occasion.lines, _paid(occasion), backs, occasion.places)
    except ReturnExceeds as error:
        line = None if error.line is None else occasion.lines[error.line].id
        raise ReturnExceedsOrder(order.id, line, error.left) from None


def _taken(order: Order, occasion: Occasion, left: Left) -> tuple[Taken, ...]:
    return () if order.reckoning is None else taken(order.reckoning, occasion.lines, left)


async def _reverse(
    connection: Connection, ask: Returning, order: Order, entry: tuple[UUID | None, int | None], points: Decimal
) -> Posting | Refusal | None:
    account_id, version = entry
    if account_id is None or version is None or not points:
        return None
    command = Reverse(
        caller=ask.caller,
        account_id=account_id,
        at=ask.returned_at,
        key=f"return:{order.id}:{account_id}:{ask.reference}",
        version=version,
        points=points,
        reason="return",
        reference=order.reference,
        location=order.occasion.location if order.occasion else None,
        cause=None if order.rule_version is None else cause_of(order.rule_version),
    )
    # Where the member has gone up in another since, that one has the points.
    async with merges.apart(connection, ask.caller, account_id, version, ask.at):
        (answer,) = await ledger.post(connection, [command], ask.at)
    return answer


def _earnings(order: Order, now: Sequence[Taken]) -> list[earnings.Earning]:
    """What has been taken back in all, of both sides."""
    found: list[earnings.Earning] = []
    for each in now:
        if order.account_id is not None:
            found.append((order.account_id, each.rule, each.points, each.measure))
        if order.referrer_account_id is not None:
            found.append((order.referrer_account_id, each.rule, each.referrer_points, ZERO))
    return found
