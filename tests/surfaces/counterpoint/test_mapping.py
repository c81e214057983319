"""CP Extender's words and ours: dates in and out, figures and rows that add up, codes, and what a hold becomes."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec import UNSET

from guerdon.core.callers import Caller
from guerdon.core.members import Identifier
from guerdon.core.memberships import Balance
from guerdon.core.points import minus, plus, whole, whole_step
from guerdon.core.programs import Program
from guerdon.core.refusals import HoldNotFound, NoRedemptionRate, PointsOutOfRange
from guerdon.core.statements import Fold, Line, Promised, Reserved, Statement
from guerdon.surfaces.counterpoint import mapping, wire
from guerdon.surfaces.counterpoint.routes import OPERATIONS
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call, Request

NOW = datetime(2021, 5, 10, 9, 30, 15, 123456, tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)
CALLER = Caller(uuid.uuid4(), "counterpoint", uuid.uuid4())
ACCOUNT, HOLD = uuid.uuid4(), uuid.uuid4()
PROGRAM = Program(
    id=uuid.uuid4(),
    chain_id=uuid.uuid4(),
    code="P",
    name="Garden Club",
    earning_descriptions=("1 point per dollar", "Double points on seeds"),
    redemption_descriptions=("100 points = 5.00 off",),
    points_per_unit=Decimal(100),
    allow_negative=False,
)


def called(body: Any, at: datetime = NOW, key: str | None = None, **query: str) -> Call[Any]:
    """A call that was let in."""
    headers = {} if key is None else {"idempotency-key": key}
    request = Request(
        operation=OPERATIONS[0], id="r", at=at, headers=headers, path={}, query=query, minutes={"holds": 0}
    )
    return Call(request=request, caller=CALLER, body=body)


def window(start: str | None = None, end: str | None = None, at: datetime = NOW, **query: str) -> tuple[datetime, ...]:
    """The window of a balance check."""
    return mapping.to_window(called(wire.BalanceCheckRequest(start, end), at, **query))


# --- dates

MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=NOW.replace(tzinfo=None))  # noqa: DTZ001
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def written(at: datetime) -> str:
    """A moment in the vendor's notation."""
    return f"{at:%m/%d}/{at.year:04} {at:%H:%M:%S}.{at.microsecond // 1000:03}"


@given(MOMENTS, OFFSETS)
@example(datetime(2020, 2, 29, 23, 59, 59, 999000), UTC)  # noqa: DTZ001
def test_a_moment_in_every_notation(naive: datetime, offset: timezone) -> None:
    """Month first in UTC, to the millisecond; in ISO 8601 from any zone; and as the date that an answer shows."""
    at = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=UTC)
    for text in (written(at), at.isoformat(), at.astimezone(offset).isoformat(), f" {written(at)} "):
        assert window(text) == (at, FOREVER)
        assert window(startDate=text) == (at, FOREVER)
        assert window(text, text) == (at, at)
    assert written(at).startswith(wire.day_text(at.date()))


@given(MOMENTS, MOMENTS)
def test_a_window_begins_before_it_ends(one: datetime, other: datetime) -> None:
    """Or it is refused."""
    first, last = sorted((one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)))
    assert window(first.isoformat(), last.isoformat()) == (first, last)
    assume(first != last)
    with pytest.raises(InvalidField):
        window(last.isoformat(), first.isoformat())


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)), MOMENTS)  # noqa: DTZ001
@example(datetime(2024, 2, 29, 12), datetime(2021, 1, 1))  # noqa: DTZ001
def test_each_end_has_a_default(naive: datetime, given_end: datetime) -> None:
    """A year before now, and no end; a start by default is never after the end that was given."""
    now, end = naive.replace(tzinfo=UTC), given_end.replace(tzinfo=UTC)
    start, default_end = window(at=now)
    assert (start.year, default_end) == (now.year - 1, FOREVER)
    assert (start.month, start.day) in {(now.month, now.day), (2, 28)}
    assert start.timetz() == now.timetz()
    assert window(end=end.isoformat(), at=now) == (min(start, end), end)


@given(st.text(min_size=1, max_size=40))
@example("1/1/202")
@example("\0")
@example("now")
def test_any_other_text_is_refused(text: str) -> None:
    """By its name, and never with a crash. The shortest date has six digits."""
    assume(sum(map(str.isdecimal, text)) < 6)
    with pytest.raises(InvalidField) as caught:
        window(text)
    assert caught.value.name == "startDate"


# --- statements

FINE = st.decimals(min_value=-500, max_value=500, places=14).filter(bool)
SMALL = st.decimals(min_value=Decimal("0.01"), max_value=300, places=14)


def line(whole_points: int, days: int, kind: str = "earn", **said: str | None) -> Line:
    """The line of one posting, so many days before now."""
    day = (NOW - timedelta(days=days)).date()
    return kind, whole_points, day, said.get("reason"), said.get("reference"), said.get("location")


def hold(remaining: Decimal, reference: str | None = "S-1", location: str | None = "Web Order") -> Reserved:
    """Reserved points."""
    return Reserved(remaining, NOW.date(), reference, location)


def statement(
    posted: Decimal, lines: list[Line], holds: list[Reserved], fold: Fold, identifiers: dict[str, str] | None = None
) -> Statement:
    """A statement of an enrolled member."""
    return Statement(
        identifiers={"number": "1234567890", **(identifiers or {})},
        program=PROGRAM.name,
        earning_descriptions=PROGRAM.earning_descriptions,
        redemption_descriptions=PROGRAM.redemption_descriptions,
        account_id=None,
        balance=Balance(posted, sum((h.remaining for h in holds), Decimal(0)), posted, len(lines)),
        fold=fold,
        lines=tuple(lines),
        reserved=tuple(holds),
    )


def answered(made: Statement) -> wire.BalanceCheckResponse:
    """What is answered, as a client reads it."""
    response = mapping.from_statement(made, mapping.to_history(made))
    rows = msgspec.json.decode(msgspec.json.encode(response))["Loyalty"]["History"]
    response.loyalty.history = [
        wire.HistoryRow(activity=row.get("Activity", UNSET), date=row["Date"], point_amount=row["PointAmount"])
        for row in rows
    ]
    return response


@given(st.lists(st.tuples(FINE, st.integers(0, 1000)), max_size=12), st.lists(SMALL, max_size=6), st.integers(0, 1000))
@example([(Decimal("20.37"), 0), (Decimal("0.63"), 0)], [Decimal("0.5")] * 3, 365)
def test_figures_and_rows_always_add_up(moves: list[tuple[Decimal, int]], held: list[Decimal], days: int) -> None:
    """Whatever the shares of a point, whenever the entries are dated, and wherever the window begins."""
    posted = Decimal(0)
    old: list[tuple[int, int]] = []
    shown: list[tuple[int, int]] = []
    for points, ago in moves:
        posted = plus(posted, points)
        (old if ago > days else shown).append((whole_step(points, posted), ago))
    latest = NOW - timedelta(days=min(ago for _, ago in old)) if old else None
    fold = Fold(len(old), sum(step for step, _ in old), latest)
    lines = [line(step, ago) for step, ago in shown]
    loyalty = answered(statement(posted, lines, [hold(points) for points in held], fold)).loyalty
    pending = [row.point_amount for row in loyalty.history if row.activity == "Pending Charge"]
    rest = [row.point_amount for row in loyalty.history if row.activity != "Pending Charge"]
    assert sum(rest) == loyalty.point_balance
    assert sum(pending) == loyalty.open_authorizations
    assert loyalty.available_point_balance == loyalty.point_balance - loyalty.open_authorizations
    assert all(amount >= 0 for amount in pending)
    available = posted
    for points in held:
        available = minus(available, points)
    assert loyalty.point_balance <= posted < loyalty.point_balance + 1
    assert loyalty.available_point_balance <= available < loyalty.available_point_balance + 1
    assert all(abs(amount - points) < 1 for amount, points in zip(pending, held, strict=True))


def test_each_kind_of_row_has_its_members() -> None:
    """In the vendor's order; a member without a value is left out, never null and never empty."""
    lines = [
        line(250, 9, reason="Newsletter signup", reference="PROMO-77"),
        line(-300, 8, "capture", location="Web Order", reference="W-5-2231"),
        line(-60, 7, "adjust", reason="", reference="", location=""),
        line(0, 6, "set", location="Main Street"),
    ]
    holds = [hold(Decimal(40)), hold(Decimal(7), reference=None, location=None)]
    fold = Fold(2, 610, datetime(2018, 3, 14, tzinfo=UTC))
    made = statement(Decimal(500), lines, holds, fold)
    answer = mapping.from_statement(made, mapping.to_history(made))
    body = msgspec.json.decode(msgspec.json.encode(answer))["Loyalty"]
    assert list(body) == [
        "CustomerNumber",
        "ProgramName",
        "EarningDescription",
        "RedemptionDescription",
        "Status",
        "PointBalance",
        "OpenAuthorizations",
        "PendingPointsEarned",
        "AvailablePointBalance",
        "History",
    ]
    assert body["EarningDescription"] == "1 point per dollar; Double points on seeds"
    assert body["RedemptionDescription"] == "100 points = 5.00 off"
    assert [list(row.values()) for row in body["History"]] == [
        ["Historical Summary", "03/14/2018", 610],
        ["05/01/2021", 250, "PROMO-77", "Newsletter signup"],
        ["Charge", "05/02/2021", -300, "Web Order", "W-5-2231"],
        ["05/03/2021", -60],
        ["05/04/2021", 0, "Main Street"],
        ["Pending Charge", "05/10/2021", 40, "Web Order", "S-1"],
        ["Pending Charge", "05/10/2021", 7, "Web Order"],
    ]
    assert [list(row) for row in body["History"]][1:4] == [
        ["Date", "PointAmount", "Document", "Reason"],
        ["Activity", "Date", "PointAmount", "Location", "Document"],
        ["Date", "PointAmount"],
    ]


@given(st.lists(SMALL, max_size=6), st.lists(SMALL, max_size=3))
def test_what_is_promised_has_rows_of_its_own(promised: list[Decimal], held: list[Decimal]) -> None:
    """They come to the figure, whatever the shares of a point, and are no part of the other figures."""
    made = statement(Decimal(1000), [line(1000, 1)], [hold(points) for points in held], Fold(0, 0, None))
    assert made.balance is not None
    pending = sum(promised, Decimal(0))
    earns = tuple(Promised(points, (NOW - timedelta(days=n)).date(), None, None) for n, points in enumerate(promised))
    plain, both = (
        answered(made).loyalty,
        answered(replace(made, balance=replace(made.balance, pending=pending), promised=earns[::-1])).loyalty,
    )
    rows = [row for row in both.history if row.activity == "Pending Earned"]
    assert sum(row.point_amount for row in rows) == both.pending_points_earned == whole(pending)
    assert [row for row in both.history if row.activity != "Pending Earned"] == plain.history
    assert (both.point_balance, both.open_authorizations) == (plain.point_balance, plain.open_authorizations)
    unposted = [row.date for row in both.history if row.activity in {"Pending Earned", "Pending Charge"}]
    assert unposted == sorted(unposted)


def test_who_has_no_membership_has_nothing() -> None:
    """And is not unknown."""
    nothing = Statement({"number": "1234567890"}, None, (), (), None, None, Fold(0, 0, None), (), ())
    assert msgspec.to_builtins(answered(nothing).loyalty) == {
        "CustomerNumber": "1234567890",
        "EarningDescription": "",
        "RedemptionDescription": "",
        "Status": "inactive",
        "PointBalance": 0,
        "OpenAuthorizations": 0,
        "PendingPointsEarned": 0,
        "AvailablePointBalance": 0,
        "History": [],
    }


def test_which_number_is_answered() -> None:
    """Counterpoint's own where there is one, else the public number; asked for by either, or by a card."""
    nothing = Fold(0, 0, None)
    own = statement(Decimal(0), [], [], nothing, {mapping.CUSTOMER: "SHOP-20417", mapping.CARD: "C-1"})
    assert answered(own).loyalty.customer_number == "SHOP-20417"
    assert answered(statement(Decimal(0), [], [], nothing)).loyalty.customer_number == "1234567890"
    spaces = ("counterpoint.customer", "number", "card")
    assert mapping.names("A 1") == tuple(Identifier(namespace, "A 1") for namespace in spaces)


# --- commands


def asked(**more: Any) -> wire.AuthorizeRequest:
    """A good request for 10 points, or another."""
    good = {"type": "loyalty", "ref": "SHOP-20417", "sale_id": "W-1", "requested_points": 10}
    return wire.AuthorizeRequest(**{**good, **more})


def test_a_good_request_is_a_hold() -> None:
    """One per sale, at the till's web order."""
    body = mapping.checked(asked())
    made = mapping.to_hold(called(body, key="k-1"), HOLD, Decimal(10), ACCOUNT)
    assert (made.account_id, made.hold_id, made.points, made.at) == (ACCOUNT, HOLD, Decimal(10), NOW)
    assert (made.reference, made.location, made.reason) == ("W-1", "Web Order", None)
    assert made.once_per_reference
    assert made.key == "counterpoint:k-1"
    answer = mapping.from_hold(called(body), Decimal(10), HOLD)
    assert answer.requested_amount is UNSET
    assert mapping.hold_id_of(answer.auth_code) == HOLD


@given(
    st.decimals(min_value=Decimal("1e-30"), max_value=10**12, places=30),
    st.decimals(min_value=1, max_value=10**6, places=9),
)
@example(Decimal("0.101"), Decimal(100))
@example(Decimal("1.0000000000000000000000000000000000001"), Decimal(100))
def test_money_is_never_worth_more_than_its_points(money: Decimal, rate: Decimal) -> None:
    """Rounded up, by less than one point, to the last digit."""
    assume(money > 0)
    priced = replace(PROGRAM, points_per_unit=rate)
    body = mapping.checked(asked(requested_points=None, requested_amount=money))
    points = mapping.to_points(body, priced)
    assert points - 1 < Fraction(money) * Fraction(rate) <= points


def test_money_needs_a_rate() -> None:
    """Without one it is worth nothing that is known."""
    with pytest.raises(NoRedemptionRate):
        mapping.to_points(asked(requested_amount=Decimal(5)), replace(PROGRAM, points_per_unit=None))


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+20", "1E-41", "1E+400"])
def test_amounts_that_are_none(amount: str) -> None:
    """Also beside points."""
    for points in (None, 0, 10):
        with pytest.raises(PointsOutOfRange):
            mapping.checked(asked(requested_points=points, requested_amount=Decimal(amount)))


@given(st.uuids())
def test_a_code_names_its_hold(hold_id: uuid.UUID) -> None:
    """There and back, in any case."""
    code = f"L{hold_id.hex.upper()}"
    assert mapping.hold_id_of(code) == mapping.hold_id_of(code.lower()) == hold_id


@given(st.text(max_size=40) | st.from_regex(r"[LG][0-9a-fA-F_+{}-]{30,34}", fullmatch=True))
@example("L+" + "0" * 31)
@example("L" + "0_" * 16)
@example("L" + "٣" * 32)
@example("L" + "0" * 32 + "\n")
def test_no_other_text_is_a_code(text: str) -> None:
    """One hold has one code: other spellings of the same number are none."""
    digits = set("0123456789abcdefABCDEF")
    assume(not (len(text) == 33 and text[0] in "Ll" and set(text[1:]) <= digits))
    with pytest.raises(HoldNotFound):
        mapping.hold_id_of(text)


def test_confirm_takes_all_and_cancel_frees_all() -> None:
    """No amount travels."""
    code = wire.AuthorizationRef("SHOP-20417", f"L{HOLD.hex}")
    capture, void = [make(called(code, key="k"), ACCOUNT) for make in (mapping.to_capture, mapping.to_void)]
    assert (capture.verb, capture.hold_id, capture.account_id, capture.key) == (
        "capture",
        HOLD,
        ACCOUNT,
        "counterpoint:k",
    )
    assert (void.verb, void.hold_id, void.account_id, void.key) == ("void", HOLD, ACCOUNT, "counterpoint:k")
    assert mapping.to_capture(called(code), ACCOUNT).points is None


def test_an_earn_takes_its_words_along() -> None:
    """Reason and reference, and the time of the request."""
    made = mapping.to_earn(called(wire.EarnRequest("SHOP-20417", 250, "Newsletter signup", "PROMO-77")), ACCOUNT)
    assert (made.points, made.reason, made.reference, made.at) == (Decimal(250), "Newsletter signup", "PROMO-77", NOW)
    assert (made.location, made.key, made.dated) == (None, None, False)
