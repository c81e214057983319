"""CP Extender's words to commands, and statements to its words; pure."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import cast
from uuid import UUID

from msgspec import UNSET, Raw
from msgspec.json import Encoder

from guerdon.core.commands import Capture, Earn, Hold, Void
from guerdon.core.dates import iso_instant
from guerdon.core.members import EMAIL, NUMBER, Identifier, Member, Profile
from guerdon.core.points import ZERO, exact, minus, plus, times, whole, whole_step, whole_up
from guerdon.core.programs import Program
from guerdon.core.refusals import HoldNotFound, MemberNotFound, NoRedemptionRate
from guerdon.core.statements import Fold, Line, Promised, Reserved, Statement
from guerdon.engine import contacts
from guerdon.surfaces.counterpoint import wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

CUSTOMER = "counterpoint.customer"
"""Namespace of the numbers that Counterpoint itself gave; other members go by their public number."""

CARD = "card"
WEB_ORDER = "Web Order"
_AUTH_CODE = re.compile(r"L([0-9A-F]{32})", re.IGNORECASE)
_ENCODER = Encoder()
_FOREVER = datetime.max.replace(tzinfo=UTC)


def names(customer_number: str) -> tuple[Identifier, ...]:
    """What a customer number may be, in order: Counterpoint's own, our public number, a loyalty card."""
    return Identifier(CUSTOMER, customer_number), Identifier(NUMBER, customer_number), Identifier(CARD, customer_number)


def addresses(text: str) -> tuple[Identifier, ...]:
    """What an email address in a path names.

    Raises:
        MemberNotFound: it is none.
    """
    if found := contacts.recognised(Profile(email=text)):
        return found
    raise MemberNotFound(text[:80])


def to_earn(call: Call[wire.EarnRequest], account_id: UUID) -> Earn:
    """An earn of whole points; the reason and reference come back in the history."""
    reference = call.body.reference
    is_unique = reference and wire.UNIQUE_REFERENCES in call.request.switches
    return Earn(
        caller=call.caller,
        account_id=account_id,
        at=call.at,
        key=call.key or (f"counterpoint.reference:{account_id}:{reference}" if is_unique else None),
        points=Decimal(call.body.points),
        reason=call.body.reason,
        reference=reference,
    )


def to_window(call: Call[wire.BalanceCheckRequest]) -> tuple[datetime, datetime]:
    """The window asked for, both ends in it; by default the year up to now. The body wins over the query.

    Without an end, nothing that the figures count is left out: not what is posted while they are read, and not what
    is dated ahead.

    Raises:
        InvalidField: what is no date, or a start after the end.
    """
    query = {name.casefold(): value for name, value in call.request.query.items()}
    start_text = call.body.start_date or query.get("startdate")
    end_text = call.body.end_date or query.get("enddate")
    end = _moment("endDate", end_text) if end_text else call.at
    start = _moment("startDate", start_text) if start_text else min(_year_before(call.at), end)
    if start > end:
        raise InvalidField("startDate", "startDate is after endDate")
    return start, end if end_text else _FOREVER


def _moment(name: str, text: str) -> datetime:
    moment = wire.moment_of(text) or iso_instant(text)
    if moment is None:
        raise InvalidField(name, f"{name} is not a date")
    return moment


def _year_before(at: datetime) -> datetime:
    try:
        return at.replace(year=at.year - 1)
    except ValueError:  # 29 February
        return at.replace(year=at.year - 1, day=28)


def checked(body: wire.AuthorizeRequest) -> wire.AuthorizeRequest:
    """The request, in the order that the server looks at it: what is required first, then the type.

    A figure of 0 counts as left out: clients with a member for each of the two send it so.

    Raises:
        InvalidField: something required is missing or below zero, or the type is not one we know.
        PointsOutOfRange: a figure is no amount.
    """
    figures = [exact(figure) for figure in (body.requested_points, body.requested_amount) if figure is not None]
    texts = (body.type, body.ref, body.sale_id)
    if not all(text and text.strip() for text in texts) or not any(figures) or min(figures) < 0:
        raise InvalidField("Type", "a required member is missing", missing=True)
    if (body.type or "").casefold() != "loyalty":
        raise InvalidField("Type", "Type is not valid")
    return body


def to_points(body: wire.AuthorizeRequest, program: Program) -> Decimal:
    """Money turned into points at the program's rate, rounded up.

    Raises:
        NoRedemptionRate: the program does not say what points are worth.
    """
    if program.points_per_unit is None:
        raise NoRedemptionRate(program.id)
    return Decimal(whole_up(times(exact(body.requested_amount or 0), program.points_per_unit)))


def to_hold(call: Call[wire.AuthorizeRequest], hold_id: UUID, points: Decimal, account_id: UUID) -> Hold:
    """A hold for a sale, from a request that is `checked`; one authorization for a sale at a time."""
    minutes = call.request.minutes[wire.HOLDS]
    return Hold(
        caller=call.caller,
        account_id=account_id,
        at=call.at,
        key=call.key,
        hold_id=hold_id,
        expires_at=call.at + timedelta(minutes=minutes) if minutes else None,
        is_usual=True,
        points=points,
        reference=call.body.sale_id,
        location=WEB_ORDER,
        once_per_reference=True,
    )


def from_hold(call: Call[wire.AuthorizeRequest], points: Decimal, hold_id: UUID) -> wire.AuthorizeResponse:
    """The request again, with the code that finishes the authorization."""
    body, is_echo = call.body, wire.STRICT_ECHO in call.request.switches
    return wire.AuthorizeResponse(
        type=body.type or "",
        ref=body.ref or "",
        sale_id=body.sale_id or "",
        requested_points=int(points),
        requested_amount=UNSET if body.requested_amount is None else body.requested_amount,
        auth_code="" if is_echo else f"L{hold_id.hex.upper()}",
    )


def hold_id_of(auth_code: str) -> UUID:
    """The hold that a code was given for: a letter and 32 hexadecimal digits.

    Raises:
        HoldNotFound: it is not one of our codes.
    """
    if not (code := _AUTH_CODE.fullmatch(auth_code)):
        raise HoldNotFound(auth_code)
    return UUID(hex=code[1])


def to_capture(call: Call[wire.AuthorizationRef], account_id: UUID) -> Capture:
    """Confirm takes all of the hold: no amount travels."""
    hold_id = hold_id_of(call.body.auth_code)
    return Capture(caller=call.caller, account_id=account_id, at=call.at, key=call.key, hold_id=hold_id)


def to_void(call: Call[wire.AuthorizationRef], account_id: UUID) -> Void:
    """Cancel frees all of the hold."""
    hold_id = hold_id_of(call.body.auth_code)
    return Void(caller=call.caller, account_id=account_id, at=call.at, key=call.key, hold_id=hold_id)


def from_member(member: Member) -> wire.CustomerResponse:
    """A customer's master data; what is not known is left out. The one address that we have is both of the vendor's.

    Raises:
        MemberNotFound: it is nobody in particular.
    """
    if member.is_anonymous:
        raise MemberNotFound(member.number)
    profile = member.profile
    named = {
        "full_name": profile.display_name or UNSET,
        "first_name": profile.first_name or UNSET,
        "last_name": profile.last_name or UNSET,
    }
    address = wire.Address(
        **named,
        address1=profile.address_line_1 or UNSET,
        address2=profile.address_line_2 or UNSET,
        city=profile.city or UNSET,
        state=profile.region or UNSET,
        zip_code=profile.postal_code or UNSET,
    )
    number = member.identifiers.get(CUSTOMER) or member.number
    email = profile.email or member.identifiers.get(EMAIL) or UNSET
    customer = wire.CustomerInfo(**named, customer_id=number, email=email, bill_address=address, ship_address=address)
    return wire.CustomerResponse(customer)


def to_history(statement: Statement) -> bytes:
    """The rows of what was posted, as they stand in the list."""
    return _ENCODER.encode([*_summary(statement.fold), *_rows(statement.lines)])[1:-1]


def from_statement(statement: Statement, history: bytes) -> wire.BalanceCheckResponse:
    """A statement in whole points: rows add up to `PointBalance`, open holds to `OpenAuthorizations`.

    Args:
        statement: what is known of the account now.
        history: the rows of what was posted, from `to_history`.
    """
    number = statement.identifiers.get(CUSTOMER) or statement.identifiers[NUMBER]
    posted, promised = (statement.balance.posted, statement.balance.pending) if statement.balance else (ZERO, ZERO)
    done = [cast(wire.HistoryRow, Raw(history))] if history else []
    held_rows = _pending(posted, statement.reserved)
    pending = sorted([*held_rows, *_promised(statement.promised)], key=itemgetter(0))
    balance, held = whole(posted), sum(row.point_amount for _, row in held_rows)
    return wire.BalanceCheckResponse(
        wire.Loyalty(
            customer_number=number,
            program_name=UNSET if statement.program is None else statement.program,
            earning_description="; ".join(statement.earning_descriptions),
            redemption_description="; ".join(statement.redemption_descriptions),
            status="inactive" if statement.program is None else "active",
            point_balance=balance,
            open_authorizations=held,
            pending_points_earned=whole(promised),
            available_point_balance=balance - held,
            history=[*done, *(row for _, row in pending)],
        )
    )


def _summary(fold: Fold) -> list[wire.HistoryRow]:
    if fold.latest_at is None:
        return []
    return [_row("Historical Summary", fold.latest_at.astimezone(UTC).date(), fold.whole_points)]


def _pending(posted: Decimal, holds: Sequence[Reserved]) -> list[tuple[date, wire.HistoryRow]]:
    """The rows of open holds: each takes as many whole points as it leaves fewer, so that they add up.

    What is left after all of them is what is available, rounded down: exactly what can still be authorized.
    """
    rows: list[tuple[date, wire.HistoryRow]] = []
    left = posted
    for hold in holds:
        left = minus(left, hold.remaining)
        points = -whole_step(hold.remaining.copy_negate(), left)
        row = _row("Pending Charge", hold.day, points, hold.location or WEB_ORDER, hold.reference)
        rows.append((hold.day, row))
    return rows


def _promised(earns: Sequence[Promised]) -> list[tuple[date, wire.HistoryRow]]:
    """The rows of what is not posted yet, which add up to `PendingPointsEarned`."""
    rows: list[tuple[date, wire.HistoryRow]] = []
    total = ZERO
    for earn in earns:
        total = plus(total, earn.remaining)
        points = whole_step(earn.remaining, total)
        rows.append((earn.day, _row("Pending Earned", earn.day, points, earn.location, earn.reference)))
    return rows


def _row(
    activity: str, day: date, points: int, location: str | None = None, document: str | None = None
) -> wire.HistoryRow:
    known = {"location": location or UNSET, "document": document or UNSET}
    return wire.HistoryRow(activity=activity, date=wire.day_text(day), point_amount=points, **known)


def _rows(lines: Sequence[Line]) -> list[wire.HistoryRow]:
    return [
        wire.HistoryRow(
            activity="Charge" if kind == "capture" else UNSET,
            date=wire.day_text(day),
            point_amount=whole_points,
            location=location or UNSET,
            document=reference or UNSET,
            reason=reason or UNSET,
        )
        for kind, whole_points, day, reason, reference, location in lines
    ]
