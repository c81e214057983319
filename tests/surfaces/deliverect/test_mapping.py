"""Deliverect's words to ours and back: dates, whole points, tiers, names and look-ups."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, structs

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.dates import iso_date
from guerdon.core.members import EMAIL, NUMBER, PHONE, Identifier, Member, Profile
from guerdon.core.memberships import Balance, Membership, MembershipState
from guerdon.core.programs import ChannelLink, Tier
from guerdon.core.refusals import NotEnrolled, ProfileInvalid
from guerdon.surfaces.deliverect import routes
from guerdon.surfaces.deliverect.mapping import channels
from guerdon.surfaces.deliverect.mapping import customers as mapping
from guerdon.surfaces.deliverect.wire import customers as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call, Request

CALLER = Caller(uuid.uuid4(), "deliverect", uuid.uuid4())
PROGRAM_ID = uuid.uuid4()
LINK = ChannelLink("65f0c0ffee0000000000aaaa", PROGRAM_ID, shows_tiers=True)
PLAIN_LINK = ChannelLink("65f0c0ffee0000000000bbbb", PROGRAM_ID, shows_tiers=False)
BRONZE = Tier(
    id=uuid.uuid4(),
    program_id=PROGRAM_ID,
    code="BRONZE",
    name="Bronze",
    description="The first step",
    media_url="https://example.com/bronze.png",
    media_type="image",
    min_lifetime=Decimal(0),
    max_lifetime=Decimal(100),
    ordering=1,
)
GOLD = replace(
    BRONZE,
    id=uuid.uuid4(),
    code="GOLD",
    name="Gold",
    description=None,
    media_url=None,
    media_type=None,
    min_lifetime=Decimal("100.5"),
    max_lifetime=None,
    ordering=2,
)

OFFSETS = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def member(profile: Profile | None = None, **identifiers: str) -> Member:
    names = {NUMBER: "1234567890", **identifiers}
    return Member(uuid.uuid4(), 7, "1234567890", profile or Profile(), NOW, names)


def membership(lifetime: str = "0", **changed: Any) -> Membership:
    facts: dict[str, Any] = {
        "id": uuid.uuid4(),
        "member_id": uuid.uuid4(),
        "program_id": PROGRAM_ID,
        "chain_id": uuid.uuid4(),
        "account_id": uuid.uuid4(),
        "number": None,
        "provider_id": None,
        "state": MembershipState.ENROLLED,
        "is_primary": True,
        "url": None,
        "expires_at": None,
        "tier_id": None,
        "tier_until": None,
        "created_at": NOW,
        "updated_at": NOW,
        "deleted_at": None,
        "balance": Balance(Decimal(0), Decimal(0), Decimal(lifetime), 1),
    }
    return Membership(**{**facts, **changed})


def call(body: wire.CreateCustomerRequest) -> Call[wire.CreateCustomerRequest]:
    request = Request(operation=routes.OPERATIONS[0], id="r", at=NOW, headers={}, path={}, query={})
    return Call(request=request, caller=CALLER, body=body)


@given(st.dates())
def test_a_date_comes_back_as_its_midnight(day: date) -> None:
    shown = mapping.from_date(day.isoformat())
    assert shown == f"{day.isoformat()}T00:00:00.000000+00:00"
    assert iso_date(shown) == day
    assert mapping.from_date(shown) == shown


@given(
    st.dates(min_value=date(1, 1, 2), max_value=date(9999, 12, 30)),
    st.times(),
    st.none() | OFFSETS,
    st.sampled_from("T "),
)
def test_the_date_part_is_kept_whatever_the_time_and_offset(
    day: date, clock: time, offset: timezone | None, separator: str
) -> None:
    text = datetime.combine(day, clock, offset).isoformat(sep=separator)
    assert mapping.from_date(text) == f"{day.isoformat()}T00:00:00.000000+00:00"


def test_no_date_is_null() -> None:
    assert mapping.from_date(None) is None


@given(st.decimals(min_value=0, max_value=10**19, places=12))
def test_the_lifetime_balance_is_whole_points_rounded_down(lifetime: Decimal) -> None:
    shown = mapping.from_member(member(), membership(str(lifetime)), LINK, None).lifetime_points_balance
    assert shown <= lifetime < shown + 1


def test_a_customer_has_every_member_and_null_where_nothing_is_known() -> None:
    shown = mapping.from_member(member(), membership(), PLAIN_LINK, None)
    assert shown == wire.Customer(
        tier=None,
        email=None,
        status="active",
        last_name=None,
        first_name=None,
        provider_id="1234567890",
        date_of_birth=None,
        phone_number=None,
        lifetime_points_balance=0,
    )


@pytest.mark.parametrize(
    ("profile", "first_name", "last_name"),
    [
        ({"first_name": "Ana", "last_name": "Peeters"}, "Ana", "Peeters"),
        ({"full_name": "Mira Kaya"}, "Mira Kaya", None),
        ({"full_name": "Mira Kaya", "last_name": "Kaya"}, None, "Kaya"),
        ({"full_name": "Mira Kaya", "first_name": "Mira", "last_name": "Kaya"}, "Mira", "Kaya"),
        ({}, None, None),
    ],
)
def test_a_full_name_is_shown_as_the_first_name_where_the_parts_are_not_known(
    profile: dict[str, str], first_name: str | None, last_name: str | None
) -> None:
    shown = mapping.from_member(member(Profile(**profile)), membership(), LINK, None)
    assert (shown.first_name, shown.last_name) == (first_name, last_name)


@pytest.mark.parametrize(
    ("given_phone", "identifier", "shown"),
    [
        ("+32470111222", None, "+32470111222"),
        ("+32470111222", "+32470999999", "+32470111222"),
        ("+32 470 11 12 22", "+32470111222", "+32470111222"),
        ("ask at the desk", None, None),
        (None, "+32470111222", "+32470111222"),
    ],
)
def test_a_phone_number_is_shown_in_e164_form_or_not_at_all(
    given_phone: str | None, identifier: str | None, shown: str | None
) -> None:
    known = member(Profile(phone=given_phone), **({PHONE: identifier} if identifier else {}))
    assert mapping.from_member(known, membership(), LINK, None).phone_number == shown


def test_an_email_address_is_shown_as_it_was_given() -> None:
    known = member(Profile(email="Ana@Example.com"), email="ana@example.com")
    assert mapping.from_member(known, membership(), LINK, None).email == "Ana@Example.com"


def test_a_link_without_tiers_shows_a_status_to_who_looks_and_none_to_who_creates() -> None:
    """Never a tier; on a link with tiers, both see both."""
    shown = mapping.from_member(member(), membership("5000"), PLAIN_LINK, GOLD)
    assert (shown.tier, shown.status) == (None, "active")
    assert mapping.as_created(shown, PLAIN_LINK) == structs.replace(shown, status=UNSET)
    tiered = mapping.from_member(member(), membership("5000"), LINK, GOLD)
    assert mapping.as_created(tiered, LINK) == tiered


def test_below_every_tier_there_is_none_and_the_status_is_shown() -> None:
    shown = mapping.from_member(member(), membership(), LINK, None)
    assert shown.tier is None
    assert shown.status == "active"


def test_requirements_are_in_the_media_and_in_whole_points() -> None:
    assert mapping.from_tier(BRONZE).media == wire.Media(
        "https://example.com/bronze.png", "image", wire.Requirements(100, 0)
    )
    assert mapping.from_tier(GOLD).media == wire.Media(None, None, wire.Requirements(None, 101))


def test_every_state_of_a_membership_has_a_status() -> None:
    assert set(mapping.STATUSES) == set(MembershipState)
    for state, status in mapping.STATUSES.items():
        assert mapping.from_member(member(), membership(state=state), LINK, None).status == status


def test_a_request_becomes_an_enrolment_in_the_links_program() -> None:
    body = wire.CreateCustomerRequest("ana@example.com", "+32470111222", "Ana", "Peeters", "1984-03-09")
    ask = mapping.to_enrolment(call(body), LINK)
    assert ask.profile == Profile(
        first_name="Ana",
        last_name="Peeters",
        email="ana@example.com",
        phone="+32470111222",
        date_of_birth="1984-03-09",
    )
    assert (ask.namespace, ask.name, ask.program_id) == ("deliverect.provider", None, PROGRAM_ID)
    assert (ask.strict, ask.separate, ask.caller, ask.at) == (True, False, CALLER, NOW)


def test_an_empty_name_is_one_that_was_not_given() -> None:
    profile = mapping.to_enrolment(call(wire.CreateCustomerRequest("ana@example.com", None, "", "")), LINK).profile
    assert (profile.first_name, profile.last_name) == (None, None)


def test_somebody_whom_nobody_could_find_again_is_refused() -> None:
    with pytest.raises(InvalidField, match="email or phoneNumber is required") as refused:
        mapping.to_enrolment(call(wire.CreateCustomerRequest(first_name="Ana")), LINK)
    assert refused.value.missing


def test_lookups_go_by_provider_id_then_email_then_phone() -> None:
    query = {"phoneNumber": "+32470111222", "email": "Ana@example.com", "providerId": "1234567890"}
    assert mapping.to_lookups(query) == [
        (Identifier("deliverect.provider", "1234567890"), Identifier(NUMBER, "1234567890")),
        (Identifier(EMAIL, "Ana@example.com"),),
        (Identifier(PHONE, "+32470111222"),),
    ]


def test_empty_parameters_are_not_looked_up() -> None:
    assert mapping.to_lookups({"email": "", "phoneNumber": "+32470111222", "providerId": ""}) == [
        (Identifier(PHONE, "+32470111222"),)
    ]


def test_a_plus_that_was_not_encoded_is_read_all_the_same() -> None:
    """A guest may have typed a number into the field for the id, too."""
    assert mapping.to_lookups({"phoneNumber": " 32470111222"}) == [(Identifier(PHONE, "+32470111222"),)]
    assert mapping.to_lookups({"providerId": " 32470111222"}) == mapping.to_lookups({"providerId": "+32470111222"})


@pytest.mark.parametrize("query", [{}, {"email": ""}, {"email": "", "phoneNumber": "", "providerId": ""}, {"id": "1"}])
def test_a_lookup_by_nothing_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidField, match="providerId, email or phoneNumber is required"):
        mapping.to_lookups(query)


@pytest.mark.parametrize("query", [{"email": "nobody"}, {"phoneNumber": "0470111222"}])
def test_a_malformed_lookup_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ProfileInvalid):
        mapping.to_lookups(query)


def test_the_membership_in_the_links_program_counts() -> None:
    other, wanted = membership(program_id=uuid.uuid4()), membership()
    assert mapping.in_program([other, wanted], LINK) is wanted
    with pytest.raises(NotEnrolled):
        mapping.in_program([other], LINK)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.sets(st.sampled_from("abc")))  # noqa: DTZ001
def test_a_token_tells_the_unix_second_it_expires_in(moment: datetime, scopes: set[str]) -> None:
    expires_at = moment.replace(tzinfo=UTC)
    shown = channels.from_token("t", expires_at, timedelta(seconds=3600), scopes)
    assert datetime.fromtimestamp(shown.expires_at, UTC) == expires_at.replace(microsecond=0)
    assert shown.scope.split(" ") == (sorted(scopes) or [channels.DEFAULT_SCOPE])
    assert (shown.expires_in, shown.token_type) == (3600, "Bearer")
