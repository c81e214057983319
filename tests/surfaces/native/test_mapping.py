"""The mapping between the native API's words and ours, without a server: what round-trips and what is refused."""

import json
import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.callers import Caller
from guerdon.core.commands import Earn, HoldState, Posting
from guerdon.core.members import Identifier
from guerdon.core.memberships import MembershipState
from guerdon.core.refusals import MemberNotFound, PointsOutOfRange
from guerdon.core.statements import Entry, Hold
from guerdon.surfaces.native import SURFACE, mapping, wire
from guerdon.surfaces.native.routes import OPERATIONS
from guerdon.web import parsing
from guerdon.web.failures import InvalidField
from guerdon.web.openapi import describe
from guerdon.web.operations import Call, Request

NOW = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)
ACCOUNT, HOLD = uuid.uuid4(), uuid.uuid4()
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
    return mapping.to_earn(call(parsing.read(tree, wire.EarnRequest)[0]), ACCOUNT)


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


def test_a_key_belongs_to_the_surface() -> None:
    body = wire.EarnRequest(points=1)
    assert mapping.to_earn(call(body, key="k-1"), ACCOUNT).key == "native:k-1"
    assert mapping.to_earn(call(body), ACCOUNT).key is None


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
    assert list(mapping.names(wire.MembersQuery(**query))) == names


@pytest.mark.parametrize("query", [{}, {"email": "a@example.com", "number": "1"}, {"identifier": "x"}])
def test_a_query_that_names_nobody_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidField):
        mapping.names(wire.MembersQuery(**query))


def entry(version: int) -> Entry:
    """An entry of one point."""
    return Entry(
        ACCOUNT, version, "earn", Decimal(1), Decimal(version), NOW, NOW, None, None, None, None, "native", None
    )


@given(st.integers(1, 30), st.integers(1, 10), st.integers(1, 31))
def test_pages_of_entries_end_at_the_first_one(count: int, limit: int, before: int) -> None:
    page = [entry(version) for version in range(min(before - 1, count), 0, -1)][:limit]
    shown = mapping.from_entries(page)
    assert [line.version for line in shown.data] == [line.version for line in page]
    assert shown.next_before == (page[-1].version if page and page[-1].version > 1 else None)


@pytest.mark.parametrize("replayed", [False, True])
def test_an_answer_has_the_figures_of_the_posting_and_says_whether_it_is_a_replay(replayed: bool) -> None:  # noqa: FBT001
    hold = Hold(HOLD, ACCOUNT, Decimal("4.50"), Decimal("4.50"), HoldState.OPEN, NOW, None, "a", "b", "c")
    posting = Posting(ACCOUNT, None, Decimal(0), Decimal(10), Decimal("4.50"), HOLD, replayed)
    answer = mapping.held(call(), posting, hold)
    assert answer.headers == ({"Idempotent-Replayed": "true"} if replayed else {})
    assert json.loads(answer.body or b"", parse_float=Decimal) == {
        "hold": {
            "id": str(HOLD),
            "account_id": str(ACCOUNT),
            "state": "open",
            "points": Decimal("4.50"),
            "remaining": Decimal("4.50"),
            "placed_at": "2026-07-02T12:00:00Z",
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
    assert schemas["Membership"]["properties"]["state"]["enum"] == [state.value for state in MembershipState]
