"""Mews' words to filters and changes, and memberships to its words."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.callers import Caller
from guerdon.core.memberships import Balance, Filter, Membership, MembershipState
from guerdon.engine.joining import KEEP, Change, Joining
from guerdon.surfaces.mews import mapping as common
from guerdon.surfaces.mews import routes
from guerdon.surfaces.mews.mapping import memberships as mapping
from guerdon.surfaces.mews.wire import memberships as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Request
from guerdon.web.parsing import parse, read

CREDENTIALS = {"ClientToken": "c", "AccessToken": "a", "Client": "Tests 1.0"}
CHAIN, ID, PROGRAM, TIER = (uuid.uuid4() for _ in range(4))
CHAINS = frozenset({CHAIN})
AT = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)

ABSENT = object()

WRAPPED: Mapping[str, tuple[str, bool, st.SearchStrategy[tuple[Any, Any]]]] = {
    "LoyaltyProgramId": ("program_id", False, st.uuids().map(lambda u: (str(u), u))),
    "State": ("state", False, st.sampled_from(MembershipState).map(lambda s: (s.value.capitalize(), s))),
    "IsPrimary": ("is_primary", False, st.booleans().map(lambda b: (b, b))),
    "ProviderMembershipId": (
        "provider_id",
        True,
        st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=100).map(lambda t: (t, t)),
    ),
    "MembershipNumber": ("number", True, st.text("AB 12-", max_size=255).map(lambda t: (t, t))),
    "Points": ("points", True, st.integers(-(2**31), 2**31 - 1).map(lambda i: (i, Decimal(i)))),
    "ExpirationDate": (
        "expires_at",
        True,
        st.datetimes(timezones=st.just(UTC)).map(lambda d: (d.isoformat(), d.replace(microsecond=0))),
    ),
    "Url": ("url", True, st.sampled_from(["", "https://club.example/m/1", "urn:x:y"]).map(lambda t: (t, t))),
    "LoyaltyTierId": ("tier_id", True, st.uuids().map(lambda u: (str(u), u))),
}
"""By member: the name of ours, whether null clears it, and pairs of what is sent and what is understood."""


def to_change(update: Mapping[str, Any]) -> Change:
    """What an update of one membership comes to, read as the server reads it."""
    item = {"LoyaltyMembershipId": str(ID), **update}
    body, strangers = read({**CREDENTIALS, "LoyaltyMembershipUpdates": [item]}, wire.UpdateRequest)
    assert not strangers
    return mapping.to_change(body.loyalty_membership_updates[0])


def to_joining(**more: Any) -> Joining:
    """What a membership to add comes to."""
    item = {"AccountId": str(ID), "LoyaltyProgramId": str(PROGRAM), "IsPrimary": True, **more}
    body, _ = read({**CREDENTIALS, "LoyaltyMemberships": [item]}, wire.AddRequest)
    return mapping.to_joining(body.loyalty_memberships[0])


def request(header: str = "", on: frozenset[str] = frozenset()) -> Request:
    """A request with a preference, to a surface with these switches."""
    headers = {"prefer": header}
    return Request(operation=routes.OPERATIONS[0], id="", at=AT, headers=headers, path={}, query={}, switches=on)


def to_filter(chains: frozenset[uuid.UUID] = CHAINS, on: frozenset[str] = frozenset(), **filters: Any) -> Filter:
    """What a getAll comes to."""
    body, _ = read({**CREDENTIALS, "Limitation": {"Count": 1}, **filters}, wire.GetAllRequest)
    return mapping.to_filter(body, chains, request(on=on))


def membership(posted: str = "0", version: int = 1, **more: Any) -> Membership:
    """A membership as the engine gives it."""
    values: dict[str, Any] = {
        "id": ID,
        "member_id": ID,
        "program_id": PROGRAM,
        "chain_id": CHAIN,
        "account_id": ID,
        "number": None,
        "provider_id": None,
        "state": MembershipState.ENROLLED,
        "is_primary": False,
        "url": None,
        "expires_at": None,
        **dict.fromkeys(("tier_id", "tier_until")),
        "created_at": AT,
        "updated_at": AT,
        "deleted_at": None,
        "balance": Balance(Decimal(posted), Decimal(0), Decimal(0), version),
        **more,
    }
    return Membership(**values)


def spelled(found: Membership) -> wire.LoyaltyMembership:
    """A membership in Mews' words."""
    return mapping.from_memberships([found], [found.tier_id]).loyalty_memberships[0]


@st.composite
def updates(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """An update with any of the wrapped members in any of their legal forms, and what it must come to."""
    sent: dict[str, Any] = {}
    wanted: dict[str, Any] = {}
    for name, (ours, nullable, values) in WRAPPED.items():
        given_value, understood = draw(values)
        forms: list[tuple[Any, Any]] = [(ABSENT, KEEP), (None, KEEP), ({"Value": given_value}, understood)]
        forms += [({}, None), ({"Value": None}, None)] if nullable else []
        form, wanted[ours] = draw(st.sampled_from(forms))
        if form is not ABSENT:
            sent[name] = form
    return sent, wanted


@given(updates())
def test_a_wrapped_value_is_set_cleared_or_kept(update: tuple[dict[str, Any], dict[str, Any]]) -> None:
    sent, wanted = update
    assert to_change(sent) == Change(membership_id=ID, **wanted)


@pytest.mark.parametrize("name", [name for name, (_, nullable, _) in WRAPPED.items() if not nullable])
@pytest.mark.parametrize("wrapper", [{}, {"Value": None}, {"Value": 7}, 7, "x", []])
def test_what_cannot_be_cleared_is_refused(name: str, wrapper: object) -> None:
    with pytest.raises(InvalidField) as refused:
        to_change({name: wrapper})
    assert name in (refused.value.name, *refused.value.path[-1:])


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ({"Code": {"Value": "old"}}, "old"),
        ({"MembershipNumber": {"Value": "new"}}, "new"),
        ({"Code": {"Value": "old"}, "MembershipNumber": {"Value": "new"}}, "new"),
        ({"Code": {"Value": "old"}, "MembershipNumber": {"Value": None}}, None),
        ({"Code": {"Value": "old"}, "MembershipNumber": {}}, None),
        ({"Code": {"Value": "old"}, "MembershipNumber": None}, "old"),
        ({"Code": {"Value": None}}, None),
        ({"Code": None, "MembershipNumber": None}, KEEP),
    ],
)
def test_the_newer_name_of_the_number_wins_in_updates(sent: dict[str, Any], number: object) -> None:
    assert to_change(sent).number == number


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ({"Code": "old"}, "old"),
        ({"MembershipNumber": "new"}, "new"),
        ({"Code": "old", "MembershipNumber": "new"}, "new"),
        ({"Code": "old", "MembershipNumber": ""}, ""),
        ({"Code": "old", "MembershipNumber": None}, "old"),
        ({}, None),
    ],
)
def test_the_newer_name_of_the_number_wins_in_adds(sent: dict[str, Any], number: str | None) -> None:
    assert to_joining(**sent).number == number


def test_a_membership_is_enrolled_unless_it_is_said_otherwise() -> None:
    assert to_joining().state is MembershipState.ENROLLED
    assert to_joining(State=None).state is MembershipState.ENROLLED
    assert to_joining(State="Declined").state is MembershipState.DECLINED
    assert to_joining().points is None
    assert to_joining(Points=-5).points == -5


def test_every_state_goes_both_ways() -> None:
    seen = {spelled(membership(state=state)).state.value: state for state in MembershipState}
    assert set(seen) == {"New", "Pending", "Enrolled", "Canceled", "Declined"}
    assert all(to_joining(State=word).state is state for word, state in seen.items())


@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_an_expiration_date_keeps_its_moment_to_the_second(local: datetime, offset_minutes: int) -> None:
    sent = local.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    try:
        moment = sent.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        with pytest.raises(InvalidField):
            to_joining(ExpirationDate=sent.isoformat())
        return
    stored = to_joining(ExpirationDate=sent.isoformat()).expires_at
    assert stored == moment
    shown = spelled(membership(expires_at=stored)).expiration_date
    assert shown == f"{moment.replace(tzinfo=None).isoformat()}Z"
    assert to_joining(ExpirationDate=shown).expires_at == stored


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2028-03-31", "2028-03-31T00:00:00Z"),
        ("2028-03-31T00:00:00Z", "2028-03-31T00:00:00Z"),
        ("2028-03-31T01:30:00+02:00", "2028-03-30T23:30:00Z"),
        ("2028-03-31T01:30:00.9999999Z", "2028-03-31T01:30:00Z"),
        ("2028-03-31T01:30:00", "2028-03-31T01:30:00Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_an_expiration_date_has_several_forms(sent: str, shown: str) -> None:
    assert spelled(membership(expires_at=to_joining(ExpirationDate=sent).expires_at)).expiration_date == shown


@pytest.mark.parametrize(
    "sent", ["", "soon", "31/03/2028", "2028-02-30", "2028-03-31T25:00:00Z", "0001-01-01T00:00:00+01:00", "20280331"]
)
def test_what_is_no_date_is_refused(sent: str) -> None:
    with pytest.raises(InvalidField) as refused:
        to_joining(ExpirationDate=sent)
    assert refused.value.name == "ExpirationDate"


@pytest.mark.parametrize(
    "url",
    ["", "https://club.example", "HTTP://club.example:80/m?a=b#c", "tel:+3161", "app://m/1", "https://clüb.example"],
)
def test_a_url_is_absolute_or_empty(url: str) -> None:
    assert to_joining(Url=url).url == url
    assert to_change({"Url": {"Value": url}}).url == url


@pytest.mark.parametrize(
    "url",
    ["club.example/m", "/m/1", "https:", "https://", "https:/m", "https:///m", "a b:c", "https://a b", "x:", ":x"],
)
def test_what_is_no_absolute_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidField) as refused:
        to_change({"Url": {"Value": url}})
    assert refused.value.name == "Url"


@given(st.decimals(-(10**20) + 1, 10**20 - 1, allow_nan=False, places=12))
def test_points_are_whole_and_fit_into_32_bits(posted: Decimal) -> None:
    points = spelled(membership(str(posted))).points
    assert points is not None
    assert -(2**31) <= points < 2**31
    if -(2**31) <= posted < 2**31:
        assert points <= posted < points + 1
    else:
        assert points == (2**31 - 1 if posted > 0 else -(2**31))


def test_points_are_unknown_until_something_was_posted() -> None:
    assert spelled(membership(version=0)).points is None
    assert spelled(membership(version=1)).points == 0


def test_the_number_goes_out_under_both_names_and_profiles_are_never_null() -> None:
    shown = spelled(membership(number="HC 4410", provider_id="hc-1", url="", tier_id=TIER))
    assert (shown.membership_number, shown.code, shown.provider_membership_id) == ("HC 4410", "HC 4410", "hc-1")
    assert (shown.url, shown.loyalty_tier_id) == ("", TIER)
    for profile in (shown.creator_profile, shown.updater_profile):
        assert (profile.discriminator, profile.enterprise_profile) == ("Integration", None)


def test_a_page_ends_with_the_id_of_its_last_item() -> None:
    last = membership(id=uuid.uuid4())
    assert mapping.from_memberships([membership(), last], [None, None]).cursor == last.id
    assert mapping.from_memberships([], []).cursor is None


def test_chains_out_of_scope_match_nothing() -> None:
    other = uuid.uuid4()
    assert to_filter().chain_ids == [CHAIN]
    assert to_filter(ChainIds=[str(CHAIN), str(other)]).chain_ids == [CHAIN]
    assert to_filter(ChainIds=[str(other)]).chain_ids == []
    assert to_filter(frozenset({CHAIN, other})).chain_ids == sorted([CHAIN, other])


@pytest.mark.parametrize(
    ("sent", "active", "deleted"),
    [
        (None, True, False),
        ([], True, False),
        (["Active"], True, False),
        (["Deleted"], False, True),
        (["Deleted", "Active", "Active"], True, True),
    ],
)
def test_only_active_records_unless_asked(sent: list[str] | None, active: bool, deleted: bool) -> None:  # noqa: FBT001
    wanted = to_filter(ActivityStates=sent)
    assert (wanted.active, wanted.deleted) == (active, deleted)


def test_the_two_filters_on_the_number_must_both_match() -> None:
    assert to_filter().numbers is None
    assert to_filter(Codes=["a"]).numbers == ["a"]
    assert to_filter(MembershipNumbers=["a", "b"]).numbers == ["a", "b"]
    assert to_filter(Codes=["b", "c"], MembershipNumbers=["a", "b"]).numbers == ["b"]
    assert to_filter(Codes=["c"], MembershipNumbers=["a"]).numbers == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-31T00:00:00Z", "2026-05-01T00:00:00Z"),
        ("2026-11-30T00:00:00Z", "2027-03-01T00:00:00Z"),
        ("2026-03-01", "2026-06-02"),
        ("9999-11-30T00:00:00Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_an_interval_may_have_three_months_and_a_day(start: str, end: str) -> None:
    wanted = to_filter(UpdatedUtc={"StartUtc": start, "EndUtc": end})
    assert wanted.updated == (_moment(start), _moment(end))
    assert wanted.created == (None, None)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-31T00:00:00Z", "2026-05-01T00:00:01Z"),
        ("2026-11-30T00:00:00Z", "2027-03-01T00:00:01Z"),
        ("2026-03-01", "2026-06-02T00:00:00.000001Z"),
        ("0001-01-01", "9999-12-31"),
    ],
)
def test_a_longer_interval_is_refused(start: str, end: str) -> None:
    with pytest.raises(InvalidField) as refused:
        to_filter(CreatedUtc={"StartUtc": start, "EndUtc": end})
    assert refused.value.detail == "The interval must not exceed 3M1D."


@pytest.mark.parametrize("at", ["2026-07-02T12:00:00.25Z", "0001-01-01", "9999-12-31T23:59:59.999998Z"])
def test_equal_ends_are_one_instant(at: str) -> None:
    moment = _moment(at)
    assert to_filter(CreatedUtc={"StartUtc": at, "EndUtc": at}).created == (moment, moment + timedelta(microseconds=1))


def test_the_last_of_all_instants_is_no_overflow() -> None:
    at = "9999-12-31T23:59:59.999999Z"
    assert to_filter(CreatedUtc={"StartUtc": at, "EndUtc": at}).created == (_moment(at), _moment(at))


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"StartUtc": "2026-01-02T00:00:00Z", "EndUtc": "2026-01-01T00:00:00Z"}, "UpdatedUtc"),
        ({"StartUtc": "2026-01-02T00:00:00Z"}, "EndUtc"),
        ({"StartUtc": None, "EndUtc": "2026-01-01T00:00:00Z"}, "StartUtc"),
        ({"StartUtc": "x", "EndUtc": "2026-01-01T00:00:00Z"}, "StartUtc"),
        ({"StartUtc": "2026-01-01T00:00:00Z", "EndUtc": 5}, "EndUtc"),
        ({}, "StartUtc"),
        ([], "UpdatedUtc"),
    ],
)
def test_an_interval_has_two_ends_in_order(sent: object, name: str) -> None:
    with pytest.raises(InvalidField) as refused:
        to_filter(UpdatedUtc=sent)
    assert refused.value.name == name


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_caller_with_one_chain_need_not_name_it() -> None:
    caller = Caller(uuid.uuid4(), "mews", uuid.uuid4(), CHAIN)
    assert common.to_writer(caller, None, CHAINS) == caller
    assert common.to_writer(caller, uuid.uuid4(), CHAINS) == caller


def test_a_caller_with_several_chains_names_one_of_them() -> None:
    caller = Caller(uuid.uuid4(), "mews", uuid.uuid4())
    assert common.to_writer(caller, CHAIN, CHAINS).chain_id == CHAIN
    for chain_id in (None, uuid.uuid4()):
        with pytest.raises(InvalidField) as refused:
            common.to_writer(caller, chain_id, CHAINS)
        assert refused.value.name == "ChainId"


@pytest.mark.parametrize(
    ("header", "minimal"),
    [
        ("return=minimal", True),
        ('respond-async, Return="minimal"', True),
        ("return=representation", False),
        ("", False),
    ],
)
def test_a_client_may_prefer_no_body(header: str, minimal: bool) -> None:  # noqa: FBT001
    assert common.minimal(request(header)) is minimal


def test_bodies_are_read_as_they_are_written() -> None:
    tree = parse(b'{"ClientToken":"c","AccessToken":"a","Client":"x","Limitation":{"Count":1000},"LanguageCode":"nl"}')
    body, strangers = read(tree, wire.GetAllRequest)
    assert (body.limitation and body.limitation.count, strangers) == (1000, [])
    assert (body.language_code, body.culture_code) == ("nl", None)
