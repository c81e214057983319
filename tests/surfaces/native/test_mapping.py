"""The mapping between the native API's words and ours, without a server: what round-trips and what is refused."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.callers import Caller
from guerdon.core.commands import Earn, HoldState, PendingState, Posting
from guerdon.core.lots import Lot, place_of
from guerdon.core.members import Identifier
from guerdon.core.memberships import MembershipState
from guerdon.core.projections import What
from guerdon.core.refusals import CursorNotFound, EntryNotFound, MemberNotFound, PointsOutOfRange
from guerdon.core.statements import Entry, Hold
from guerdon.surfaces.native import SURFACE, mapping
from guerdon.surfaces.native.mapping import holds, members, pages, points
from guerdon.surfaces.native.mapping.moments import planned
from guerdon.surfaces.native.routes import OPERATIONS
from guerdon.surfaces.native.wire.members import MembersQuery
from guerdon.surfaces.native.wire.points import (
    AdjustRequest,
    EarnRequest,
    ReverseRequest,
    SetRequest,
    TransferRequest,
)
from guerdon.surfaces.native.wire.tiers import NewTier, Tier
from guerdon.web import parsing
from guerdon.web.failures import InvalidField
from guerdon.web.openapi import describe
from guerdon.web.operations import Call, Request

NOW = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)
ACCOUNT, HOLD, PENDING = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
ENCODER = msgspec.json.Encoder(decimal_format="number")

amounts = st.decimals(min_value=Decimal("1e-40"), max_value=Decimal("1e20"), allow_nan=False, allow_infinity=False)
moments = st.datetimes(
    min_value=datetime(1900, 1, 3),  # noqa: DTZ001 - the zone comes beside it
    max_value=datetime(2026, 6, 30),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def call(body: Any = None, key: str | None = None, **path: str) -> Call[Any]:
    """A call of `earn`."""
    operation = next(operation for operation in OPERATIONS if operation.name == "earn")
    headers = {"idempotency-key": key} if key else {}
    request = Request(operation=operation, id="r", at=NOW, headers=headers, path=path, query={})
    return Call(request=request, caller=Caller(uuid.uuid4(), "native", uuid.uuid4()), body=body)


def earn(**members: Any) -> Earn:
    """The command that a body is mapped to, by way of JSON."""
    tree = parsing.parse(ENCODER.encode({"points": 1, **members}))
    return points.to_earn(call(parsing.read(tree, EarnRequest)[0]), ACCOUNT, PENDING)


@given(amounts)
def test_an_amount_comes_through_json_to_the_last_digit(points: Decimal) -> None:
    try:
        taken = earn(points=points).points
    except PointsOutOfRange:
        exponent = points.as_tuple().exponent
        assert points.adjusted() >= 20 or (isinstance(exponent, int) and exponent < -40)
        return
    assert taken == points
    assert "E" not in f"{taken:f}"
    shown = json.loads(ENCODER.encode(mapping.shown(taken)), parse_float=Decimal)
    assert shown == points


@given(moments)
def test_a_time_comes_through_as_the_same_moment_in_utc(moment: datetime) -> None:
    command = earn(effective_at=moment)
    assert command.at == moment
    assert command.at.tzinfo is UTC
    assert command.dated


@pytest.mark.parametrize("points", ["1", None, True, [], {}, 1.5])
def test_only_json_numbers_are_amounts(points: object) -> None:
    with pytest.raises(InvalidField) as refused:
        mapping.amount(points)
    assert refused.value.name == "points"


@pytest.mark.parametrize("points", [0, -1, Decimal(0), Decimal("NaN"), Decimal("Infinity"), 10**20, Decimal("1e-41")])
def test_amounts_are_finite_positive_and_bounded(points: int | Decimal) -> None:
    with pytest.raises(PointsOutOfRange):
        mapping.amount(points)


def test_a_repeat_has_the_fingerprint_of_the_first_request() -> None:
    at = "2026-07-01T12:00:00Z"
    same = [earn(points=Decimal("1.50"), effective_at=at), earn(points=Decimal("1.5"), effective_at=at)]
    other = [earn(points=Decimal("1.5")), earn(points=Decimal("1.5"), effective_at="2026-07-01T12:00:00.000001Z")]
    assert same[0].fingerprint() == same[1].fingerprint()
    assert len({command.fingerprint() for command in [same[0], *other]}) == 3


def test_a_promise_has_the_id_that_is_handed_in_and_is_another_request_than_an_earn() -> None:
    day = "2026-09-01T00:00:00+02:00"
    plain, promise = earn(), earn(pending=True)
    dated = [earn(pending=True, activates_at=text) for text in (day, "2026-08-31T22:00:00Z")]
    assert (plain.pending_id, promise.pending_id, dated[0].pending_id) == (None, PENDING, PENDING)
    assert dated[0].activates_at == datetime(2026, 8, 31, 22, tzinfo=UTC)
    assert dated[0].fingerprint() == dated[1].fingerprint()
    assert len({command.fingerprint() for command in (plain, promise, dated[0])}) == 3
    with pytest.raises(InvalidField) as refused:
        earn(activates_at=day)
    assert refused.value.name == "activates_at"


@pytest.mark.parametrize("year", [1900, 2020, 2999])
def test_an_end_may_lie_anywhere_for_the_ledger_to_judge(year: int) -> None:
    """So that a repeat finds its first answer after the time has passed."""
    given = datetime(year, 7, 1, tzinfo=timezone(timedelta(hours=2)))
    assert planned("expires_at", given) == given
    assert earn(expires_at=given).expires_at == given


@pytest.mark.parametrize("given", [datetime(1899, 12, 31, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)])
def test_an_end_beyond_all_bounds_is_refused(given: datetime) -> None:
    with pytest.raises(InvalidField):
        planned("expires_at", given)


@given(amounts, st.booleans())
def test_a_change_and_a_figure_have_either_sign(amount: Decimal, negative: bool) -> None:  # noqa: FBT001
    signed = amount.copy_negate() if negative else amount
    for take in (mapping.change, mapping.figure):
        try:
            assert take(signed) == signed
        except PointsOutOfRange:
            exponent = amount.as_tuple().exponent
            assert amount.adjusted() >= 20 or (isinstance(exponent, int) and exponent < -40)


def test_only_a_figure_may_be_zero() -> None:
    assert mapping.figure(0) == 0
    with pytest.raises(PointsOutOfRange):
        mapping.change(Decimal("0.0"))


@pytest.mark.parametrize("said", [None, "a"])
def test_what_is_said_is_said_on_every_verb(said: str | None) -> None:
    words: dict[str, Any] = {"reason": said, "reference": said, "location": said}
    made = [
        points.to_adjust(call(AdjustRequest(points=-1, **words)), ACCOUNT),
        points.to_set(call(SetRequest(points=0, basis="available", **words)), ACCOUNT),
        points.to_reverse(call(ReverseRequest(**words)), ACCOUNT, 3),
        points.to_transfer(call(TransferRequest(to_membership_id=HOLD, **words)), ACCOUNT, HOLD),
    ]
    assert [(each.reason, each.reference, each.location) for each in made] == [(said, said, said)] * 4
    assert [each.verb for each in made] == ["adjust", "set", "reverse", "transfer"]


@given(st.integers(1, 2**63 - 1))
def test_a_version_in_a_path(version: int) -> None:
    assert mapping.version_of(call(version=str(version))) == version


@given(st.text(max_size=25).filter(lambda text: not (text.isascii() and text.isdigit() and text[0] != "0")))
def test_a_text_that_is_no_version_is_the_version_of_nothing(text: str) -> None:
    with pytest.raises(EntryNotFound):
        mapping.version_of(call(version=text))


def test_a_reversal_alone_says_what_it_could_not_take() -> None:
    plain, undoing = entry(1), replace(entry(2), kind="reverse", reverses=1, shortfall=Decimal(3))
    shown = [points.from_entry(each) for each in (plain, undoing)]
    assert [(each.reverses, each.shortfall, each.from_pending) for each in shown] == [(None, None, None), (1, 3, 0)]


def test_a_key_belongs_to_the_surface() -> None:
    body = EarnRequest(points=1)
    assert points.to_earn(call(body, key="k-1"), ACCOUNT, PENDING).key == "native:k-1"
    assert points.to_earn(call(body), ACCOUNT, PENDING).key is None


@given(st.uuids())
def test_an_id_in_a_path_is_taken_in_any_case(wanted: uuid.UUID) -> None:
    for text in (str(wanted), str(wanted).upper()):
        assert mapping.id_of(call(member_id=text), "member_id", MemberNotFound) == wanted


@given(st.text(max_size=40))
def test_a_text_that_is_no_id_is_the_id_of_nothing(text: str) -> None:
    with pytest.raises(MemberNotFound):
        mapping.id_of(call(member_id=text), "member_id", MemberNotFound)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"identifier": "card:1:2"}, [Identifier("card", "1:2")]),
        ({"identifier": "xomni.username:Mira"}, [Identifier("xomni.username", "Mira")]),
        ({"number": "4025550117"}, [Identifier("number", "4025550117")]),
        (
            {"email": "Mira@EXAMPLE.com"},
            [Identifier("email", "Mira@example.com"), Identifier("email", "Mira@EXAMPLE.com")],
        ),
        ({"email": "nobody"}, [Identifier("email", "nobody")]),
        ({"phone": " 4530123456"}, [Identifier("phone", "+4530123456"), Identifier("phone", "+4530123456")]),
        ({"phone": "+45 30 12 34 56"}, [Identifier("phone", "+4530123456"), Identifier("phone", "+45 30 12 34 56")]),
    ],
)
def test_a_query_names_a_member(query: dict[str, str], names: list[Identifier]) -> None:
    assert list(members.names(msgspec.convert(query, MembersQuery))) == names


@pytest.mark.parametrize(
    "query", [{"email": "a@example.com", "number": "1"}, {"identifier": "x"}, {"number": "1", "name": "x"}]
)
def test_a_query_that_names_nobody_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidField):
        members.names(msgspec.convert(query, MembersQuery))


def entry(version: int) -> Entry:
    """An entry of one point."""
    return Entry(
        ACCOUNT, version, "earn", Decimal(1), Decimal(version), NOW, NOW, None, None, None, None, "native", None
    )


LOTS = st.builds(
    Lot,
    account_id=st.just(ACCOUNT),
    version=st.integers(1, 2**63 - 1),
    part=st.integers(1, 2**15 - 1),
    points=st.just(Decimal(2)),
    remaining=st.sampled_from([Decimal(0), Decimal(1)]),
    earned_at=st.datetimes(timezones=st.just(UTC)),
    expires_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(LOTS)
def test_a_cursor_has_the_place_of_a_lot(lot: Lot) -> None:
    assert points.lot_place(points.lot_key(lot)) == place_of(lot)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "0",
        "0   1 0",
        "0   1 99999",
        "0 2026  1 1",
        "0 0001-01-01T00:00:00+14:00  1 1",
        "1   x 1",
        f"1   {-(2**63)} 1",
    ],
)
def test_a_cursor_of_no_lot_is_none(key: str) -> None:
    with pytest.raises(CursorNotFound):
        pages.after_cursor(pages.paged([key, key], 1, "lots", str)[1] or "", "lots", points.lot_place)


@pytest.mark.parametrize("replayed", [False, True])
def test_an_answer_has_the_figures_of_the_posting_and_says_whether_it_is_a_replay(replayed: bool) -> None:  # noqa: FBT001
    hold = Hold(HOLD, ACCOUNT, Decimal("4.50"), Decimal("4.50"), HoldState.OPEN, NOW, None, "a", "b", "c")
    posting = Posting(ACCOUNT, None, Decimal(0), Decimal(10), Decimal("4.50"), HOLD, replayed)
    answer = holds.held(call(), posting, hold)
    assert answer.headers == ({"Idempotent-Replayed": "true"} if replayed else {})
    assert json.loads(answer.body or b"", parse_float=Decimal) == {
        "hold": {
            "id": str(HOLD),
            "account_id": str(ACCOUNT),
            "state": "open",
            "points": Decimal("4.50"),
            "remaining": Decimal("4.50"),
            "placed_at": "2026-07-02T12:00:00Z",
            "expires_at": None,
            "closed_at": None,
            "reason": "a",
            "reference": "b",
            "location": "c",
        },
        "balance": {"posted": 10, "held": Decimal("4.50"), "available": Decimal("5.50")},
    }


def test_the_states_that_are_described_are_the_states_there_are() -> None:
    schemas = describe(SURFACE)["components"]["schemas"]
    assert schemas["Hold"]["properties"]["state"]["enum"] == [state.value for state in HoldState]
    assert schemas["Step"]["properties"]["what"]["enum"] == [what.value for what in What]
    assert schemas["PendingEarn"]["properties"]["state"]["enum"] == [state.value for state in PendingState]
    assert schemas["Membership"]["properties"]["state"]["enum"] == [state.value for state in MembershipState]


@given(st.integers(1, 5), st.lists(st.uuids(), max_size=6))
def test_a_cursor_leads_to_what_comes_after_a_page(limit: int, found: list[uuid.UUID]) -> None:
    """And to no list in another order."""
    page, cursor = pages.paged(found, limit, "here", lambda each: each)
    assert page == found[:limit]
    assert (cursor is None) == (len(found) <= limit)
    if cursor is not None:
        assert pages.after_cursor(cursor, "here", uuid.UUID) == page[-1]
        with pytest.raises(CursorNotFound):
            pages.after_cursor(cursor, "elsewhere", uuid.UUID)


@pytest.mark.parametrize("cursor", ["x", "é", "bnVsbA", "WyJoZXJlIiwieCJd", "WyJoZXJlIl0", "=", "A" * 300])
def test_a_cursor_that_nobody_gave(cursor: str) -> None:
    with pytest.raises(CursorNotFound):
        pages.after_cursor(cursor, "here", uuid.UUID)


def fingerprint(body: bytes) -> bytes:
    """Of a request to make a tier."""
    return mapping.to_write(call(parsing.read(parsing.parse(body), NewTier)[0])).fingerprint


def test_equal_requests_have_one_fingerprint() -> None:
    """However their numbers and members are written; huge ones take no room."""
    same = [b'{"code":"A","name":"B","threshold":%b}' % number for number in (b"10", b"10.0", b"1e1", b"1000E-2")]
    same.append(b'{"threshold":10,"name":"B","code":"A","by_hand":false,"strange":1}')
    assert len({fingerprint(body) for body in same}) == 1
    others = [b'{"code":"A","name":"B","threshold":%b}' % number for number in (b"1", b"-10", b"10.01", b"1e999999999")]
    assert len({fingerprint(body) for body in (same[0], *others)}) == 5


def test_a_version_is_of_what_is_said_and_not_of_what_passes() -> None:
    """A balance changes with every sale; who changes a membership has not seen that."""
    tier = Tier(HOLD, ACCOUNT, "A", "B", None, None, Decimal(1), 1, by_hand=False)
    assert mapping.etag(tier) == mapping.etag(msgspec.structs.replace(tier))
    assert mapping.etag(tier) != mapping.etag(msgspec.structs.replace(tier, threshold=Decimal(2)))
    reward = msgspec.defstruct("R", ["code", "stock_left"])
    assert mapping.etag(reward("A", 1)) == mapping.etag(reward("A", 2)) != mapping.etag(reward("B", 1))
