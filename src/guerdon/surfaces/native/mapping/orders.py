"""Orders to what is placed, previewed and returned, and what they earned as the native API shows it; pure."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UnsetType

from guerdon.core.memberships import Membership
from guerdon.core.orders import OrderFilter, OrderReturn
from guerdon.core.points import ZERO, minus, plain
from guerdon.core.refusals import ProgramNotFound
from guerdon.core.rules.occasions import MONEY_DIGITS, Line, Occasion
from guerdon.core.rules.sets import cause_of
from guerdon.engine.ordering import Placing
from guerdon.engine.previewing import Preview, Previewed, Shown
from guerdon.engine.returning import Returned, Returning
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, moments, reckonings, shown
from guerdon.surfaces.native.wire import orders as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

_PLACES = 14


def number(name: str, given: Any, path: tuple[str, ...] = (), *, above_zero: bool = False) -> Decimal:
    """Money or a quantity: a JSON number within bounds, not below zero.

    Raises:
        InvalidField: it is none.
    """
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        raise InvalidField(name, "Expected a number", path=path)
    value = Decimal(given)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or value.adjusted() >= MONEY_DIGITS or exponent < -_PLACES:
        raise InvalidField(name, "must be below 10^12, with at most 14 decimal places", path=path)
    if value < ZERO or (above_zero and not value):
        raise InvalidField(name, "must be above zero" if above_zero else "must not be below zero", path=path)
    return Decimal(format(value, "f")) or ZERO


def to_occasion(at: datetime, body: wire.Bought) -> Occasion:
    """What was bought at a moment: lines, or one line that comes to the amount.

    Raises:
        InvalidField: both, neither, or a number that cannot be.
    """
    if body.lines is None and body.amount is None:
        raise InvalidField("lines", "either lines or amount is required", missing=True)
    if body.lines is not None and body.amount is not None:
        raise InvalidField("amount", "goes without lines only")
    if body.lines is None:
        lines: tuple[Line, ...] = (Line(id="1", unit_price=number("amount", body.amount)),)
    else:
        lines = tuple(_line(n, line, taxed=body.prices_include_tax) for n, line in enumerate(body.lines))
    names = [line.id for line in lines]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise InvalidField("id", "is the id of another line", path=("lines", str(n)))
    discount = number("discount", body.discount)
    if discount > sum((minus(line.price, line.discount) for line in lines), ZERO):
        raise InvalidField("discount", "is more than the order comes to")
    return Occasion(
        at=at,
        lines=lines,
        currency=body.currency,
        location=body.location,
        channel=body.channel,
        prices_include_tax=body.prices_include_tax or body.lines is None,
        discount=discount,
    )


def _line(n: int, line: wire.LineRequest, *, taxed: bool) -> Line:
    path = ("lines", str(n))
    read = Line(
        id=line.id or str(n + 1),
        sku=line.sku,
        category=line.category,
        quantity=number("quantity", line.quantity, path, above_zero=True),
        unit_price=number("unit_price", line.unit_price, path),
        tax=number("tax", line.tax, path),
        discount=number("discount", line.discount, path),
    )
    if read.is_too_dear:
        raise InvalidField("quantity", "times unit_price must be below 10^12", path=path)
    if read.discount > read.price:
        raise InvalidField("discount", "is more than the line comes to", path=path)
    if taxed and read.tax > read.price:
        raise InvalidField("tax", "is more than the line, whose price has it in it, comes to", path=path)
    return read


def fingerprint(body: msgspec.Struct) -> bytes:
    """Equal for bodies that say the same: 10 and 10.0 are the same amount, a moment is the same in any offset."""
    tree = msgspec.to_builtins(body, builtin_types=(Decimal, datetime))
    return hashlib.blake2b(repr(_same(tree)).encode(), digest_size=16).digest()


def _same(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((name, _same(member)) for name, member in value.items())
    if isinstance(value, list):
        return [_same(item) for item in value]
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return format(plain(Decimal(value)), "f")
    return value


def referrer(membership: Membership, other: Membership) -> UUID:
    """The account of who referred a member.

    Raises:
        InvalidField: that is the member, or somebody of another program.
    """
    if other.program_id != membership.program_id or other.member_id == membership.member_id:
        raise InvalidField("referred_by", "must be another member of the program")
    return other.account_id


def to_placing(
    call: Call[wire.OrderRequest], membership: Membership, referred_by: UUID | None, order_id: UUID
) -> Placing:
    """An order to be placed.

    Raises:
        InvalidField: as for `to_occasion`.
    """
    occasion = to_occasion(moments.past("at", call.body.at, call.at), call.body)
    return Placing(
        caller=call.caller,
        at=call.at,
        reference=call.body.reference,
        membership=membership,
        amount=occasion.paid,
        occasion=occasion,
        id=order_id,
        fingerprint=fingerprint(call.body),
        referrer=referred_by,
    )


def previewed_at(call: Call[Any]) -> datetime:
    """When what is looked at is to happen: now, unless another time is given.

    Raises:
        InvalidField: it is out of all bounds.
    """
    return moments.planned("at", call.body.at) or call.at


def to_preview(call: Call[Any], occasion: Occasion, membership: Membership | None, referred_by: UUID | None) -> Preview:
    """An order or event to be looked at.

    Raises:
        InvalidField: neither a membership nor a program, or both.
        ProgramNotFound: the key is not for the program.
    """
    body = call.body
    program_id = membership.program_id if membership else body.program_id
    if program_id is None or (membership is not None and body.program_id is not None):
        raise InvalidField("membership_id", "either membership_id or program_id is required", missing=True)
    if not call.caller.may(program_id):
        raise ProgramNotFound(program_id)
    return Preview(
        caller=call.caller,
        program_id=program_id,
        occasion=occasion,
        membership=membership,
        version=body.rule_version,
        referrer=referred_by,
    )


def to_returning(call: Call[wire.ReturnRequest], order_id: UUID) -> Returning:
    """What comes back.

    Raises:
        InvalidField: lines and an amount, a line twice, or a number that cannot be.
    """
    body = call.body
    if body.lines is not None and body.amount is not None:
        raise InvalidField("amount", "goes without lines only")
    units: dict[str, Decimal] = {}
    for n, line in enumerate(body.lines or ()):
        if line.id in units:
            raise InvalidField("id", "is there twice", path=("lines", str(n)))
        units[line.id] = number("quantity", line.quantity, ("lines", str(n)), above_zero=True)
    amount = None if body.amount is None else number("amount", body.amount, above_zero=True)
    return Returning(
        caller=call.caller,
        at=call.at,
        order_id=order_id,
        reference=body.reference,
        fingerprint=fingerprint(body),
        returned_at=moments.past("at", body.at, call.at),
        units=units or None,
        amount=amount,
    )


# --- what is shown


def from_preview(found: Previewed, occasion: Occasion) -> wire.Preview:
    """What an order or event would earn."""
    reckoning = found.reckoning
    return wire.Preview(
        rule_version=found.version,
        cause=cause_of(found.version),
        points=shown(reckoning.points),
        referrer_points=shown(reckoning.referrer_points),
        lines=reckonings.lines_of(occasion, reckoning),
        rules=reckonings.rules_of(occasion, reckoning),
    )


def from_order(found: Shown) -> wire.Order:
    """An order or event, and what came back of it."""
    order, occasion, reckoning = found.order, found.order.occasion, found.order.reckoning
    return wire.Order(
        id=order.id,
        reference=order.reference,
        state=order.state,
        membership_id=order.membership_id,
        program_id=order.program_id,
        event=order.event,
        fields=dict(occasion.fields) if occasion and order.event else None,
        at=order.placed_at,
        recorded_at=order.recorded_at,
        currency=occasion.currency if occasion else None,
        location=occasion.location if occasion else None,
        channel=occasion.channel if occasion else None,
        amount=None if order.event else order.amount,
        tier=order.tier,
        rule_version=order.rule_version,
        cause=None if order.rule_version is None else cause_of(order.rule_version),
        points=shown(reckoning.points) if reckoning else ZERO,
        referrer_points=shown(reckoning.referrer_points) if reckoning else ZERO,
        entry_version=order.version,
        lines=reckonings.lines_of(occasion, reckoning) if occasion and reckoning else [],
        rules=reckonings.rules_of(occasion, reckoning) if occasion and reckoning else [],
        returns=[_return(each, occasion) for each in found.returns],
    )


def placed(found: Shown, body: wire.Order, order_id: UUID) -> Done:
    """What came of a report of an order or event, which had been told of before where it is known by another id."""
    return Done("", found.order.id, body, about=found.member_id, replayed=found.order.id != order_id)


def returned(found: Returned, order: Shown, shown_: wire.Order) -> Done:
    """What came of a return, with the order as it is shown after it."""
    body = wire.ReturnResult(_return(found.given, found.order.occasion), shown_)
    return Done("", found.order.id, body, about=order.member_id, replayed=found.replayed)


def to_filter(query: wire.OrdersQuery, *, event: str | UnsetType | None = None, is_order: bool = True) -> OrderFilter:
    """Which orders or events are wanted."""
    return OrderFilter(
        is_order=is_order,
        event=mapping.or_kept(event, None),
        reference=mapping.or_kept(query.reference, None),
        state=mapping.or_kept(query.state, None),
        membership_id=mapping.or_kept(query.membership_id, None),
        member_id=mapping.or_kept(query.member_id, None),
        program_ids=None if isinstance(query.program_id, UnsetType) else [query.program_id],
        since=mapping.or_kept(query.since, None),
        until=mapping.or_kept(query.until, None),
    )


def _return(given: OrderReturn, occasion: Occasion | None) -> wire.Return:
    units = given.back.units
    names = [line.id for line in occasion.lines] if occasion else []
    lines = None if units is None else [wire.ReturnedLine(id=names[n], quantity=count) for n, count in units.items()]
    return wire.Return(
        reference=given.reference,
        returned_at=given.returned_at,
        lines=lines,
        amount=given.back.amount,
        points=shown(given.points),
        shortfall=shown(given.shortfall),
        entry_version=given.version,
    )
