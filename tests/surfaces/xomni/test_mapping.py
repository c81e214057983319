"""XOMNI's words and ours: points and dates come back as they were written, texts are measured as .NET does."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from guerdon.core.callers import Caller
from guerdon.core.members import Member, Profile
from guerdon.core.memberships import Balance, Membership, MembershipState
from guerdon.core.refusals import MemberNotFound, PointsOutOfRange
from guerdon.engine.enrolling import Enrolment
from guerdon.surfaces.xomni import mapping, wire
from guerdon.surfaces.xomni.mapping import loyalty
from guerdon.surfaces.xomni.routes import OPERATIONS
from guerdon.web import parsing
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call, Request

NOW = datetime(2016, 5, 5, 9, 30, 15, 123456, tzinfo=UTC)
CALLER = Caller(uuid.uuid4(), "xomni", uuid.uuid4())


def enrolment(text: str) -> Enrolment:
    """What a body comes to."""
    tree = parsing.parse(text.encode(), trailing_commas=True)
    body, _ = parsing.read(tree, wire.NewLoyaltyUser, fold_names=True)
    request = Request(operation=OPERATIONS[0], id="r", at=NOW, headers={}, path={}, query={}, tree=tree)
    return loyalty.to_enrolment(Call(request=request, caller=CALLER, body=body))


def of(**members: Any) -> Enrolment:
    """The same, from members."""
    return enrolment(msgspec.json.encode({"UserName": "mira.k", **members}).decode())


def member(profile: Profile | None = None, **identifiers: str) -> Member:
    """A member with the number 1234567890."""
    return Member(uuid.uuid4(), 41, "1234567890", profile or Profile(), NOW, {"number": "1234567890", **identifiers})


def membership(posted: Decimal, held: Decimal = Decimal(0), version: int = 1) -> Membership:
    """A membership with these figures."""
    new = uuid.uuid4
    return Membership(
        id=new(),
        member_id=new(),
        program_id=new(),
        chain_id=new(),
        account_id=new(),
        number=None,
        provider_id=None,
        state=MembershipState.ENROLLED,
        is_primary=True,
        url=None,
        expires_at=None,
        tier_id=None,
        tier_until=None,
        created_at=NOW,
        updated_at=NOW,
        deleted_at=None,
        balance=Balance(posted, held, posted, version),
    )


def shown(user: wire.LoyaltyUser) -> str:
    """As it goes out."""
    return msgspec.json.Encoder(decimal_format="number").encode(user).decode()


# --- points

PLAIN = st.from_regex(r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,40})?", fullmatch=True)


@given(PLAIN)
@example("20.37076232692728")
@example("20")
@example("20.0")
@example("99999999999999999999.9999999999999999999999999999999999999999")
def test_points_come_back_in_the_same_text(text: str) -> None:
    """Neither a float nor a context of 28 digits touches them."""
    assume(Decimal(text) or not text.startswith("-"))  # the ledger has one zero
    assume("E" not in str(Decimal(text)))  # smaller ones come back in the other notation
    available = enrolment(f'{{"UserName":"u","AvailablePoints":{text}}}').available
    assert available is not None
    assert f'"AvailablePoints":{text},' in shown(loyalty.from_member(member(), membership(available)))


@given(st.floats(min_value=1e-15, max_value=1e15) | st.floats(min_value=-1e15, max_value=-1e-15))
def test_a_double_comes_back_as_the_same_double(points: float) -> None:
    """What the vendor's own test compares, in the notation of any client."""
    available = enrolment(f'{{"UserName":"u","AvailablePoints":{points!r}}}').available
    assert available is not None
    body = msgspec.json.decode(shown(loyalty.from_member(member(), membership(available))))
    assert body["AvailablePoints"] == points


@pytest.mark.parametrize("text", ["12.50", "-3", "1e3", "0"])
def test_numbers_in_quotes_are_numbers(text: str) -> None:
    """As the vendor's old server read them."""
    assert of(AvailablePoints=text).available == Decimal(text)


@pytest.mark.parametrize(
    "text",
    ['"NaN"', '"-Infinity"', '"sNaN"', "1e400", "-1e400", "1e-41", "1" + "0" * 20, "1e20", '"1e20"', '"1e400"'],
)
def test_points_that_cannot_be_kept_are_refused(text: str) -> None:
    """Never rounded, never a float."""
    with pytest.raises(PointsOutOfRange):
        enrolment(f'{{"UserName":"u","AvailablePoints":{text}}}')


@pytest.mark.parametrize("text", ["true", "false", "[]", "{}", '""', '"many"', "[1]"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """By the member's name."""
    with pytest.raises(InvalidField) as caught:
        enrolment(f'{{"UserName":"u","AvailablePoints":{text}}}')
    assert caught.value.name == "AvailablePoints"


def test_points_are_null_until_some_were_posted() -> None:
    """An account that never saw a posting is not the same as one that came back to 0."""
    assert of().available is None
    assert of(AvailablePoints=None).available is None
    assert loyalty.from_member(member(), None).available_points is None
    assert loyalty.from_member(member(), membership(Decimal(0), version=0)).available_points is None
    assert loyalty.from_member(member(), membership(Decimal(0), version=2)).available_points == 0


def test_held_points_are_not_available() -> None:
    """The figure is what can be spent now."""
    assert loyalty.from_member(member(), membership(Decimal("20.5"), Decimal(20))).available_points == Decimal("0.5")


# --- dates

OFFSETS = st.sampled_from(["", "Z", "+00:00", "-00:00", "+03:00", "-11:30", "+14:00"])


@given(
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)),  # noqa: DTZ001 - offsets are added
    st.text("0123456789", max_size=7),
    OFFSETS,
)
@example(datetime(2013, 8, 16, 12, 23, 2), "4499918", "+03:00")  # noqa: DTZ001
def test_a_date_of_birth_keeps_its_digits_and_offset(moment: datetime, fraction: str, offset: str) -> None:
    """Ticks are finer than our clock: the text itself is kept."""
    text = moment.isoformat(timespec="seconds") + (f".{fraction}" if fraction else "") + offset
    profile = of(DateOfBirth=text).profile
    assert profile.date_of_birth == text
    assert loyalty.from_member(member(profile), None).date_of_birth == text


@given(st.dates())
def test_a_date_alone_is_enough(day: Any) -> None:
    """Nobody is born at a time of day."""
    assert of(DateOfBirth=day.isoformat()).profile.date_of_birth == day.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2013-02-29",
        "2013-8-16",
        "16.08.2013",
        "2013-08-16T25:00:00",
        "2013-08-16T12:23:02.44999180+03:00",
        "2013-08-16T12:23:02.+03:00",
        "2013-08-16T12:23:02+99:00",
        "2013-08-16T12:23:02,5",
        " 2013-08-16",
        "2013-08-16\n",
        "\uff12\uff10\uff11\uff13-08-16",
        "0001-01-01T00:00:00+03:00",
        "/Date(1376641382449)/",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """By the member's name."""
    with pytest.raises(InvalidField) as caught:
        of(DateOfBirth=text)
    assert caught.value.name == "DateOfBirth"


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)), st.integers(-14, 14))  # noqa: DTZ001
def test_an_instant_has_seven_digits_and_a_numeric_offset(moment: datetime, hours: int) -> None:
    """Whatever zone it is handed over in."""
    assume(timedelta(hours=15) < moment - datetime(1970, 1, 1, tzinfo=UTC) and moment.year < 9999)
    text = mapping.instant(moment.astimezone(timezone(timedelta(hours=hours))))
    assert text.endswith("0+00:00")
    assert len(text) == len("2016-05-05T09:30:15.1234560+00:00")
    assert datetime.fromisoformat(text) == moment


# --- texts


@pytest.mark.parametrize(("name", "limit"), wire.LIMITS.items())
@pytest.mark.parametrize("character", ["x", "\u00e9", "\U0001f600"])
def test_a_text_may_reach_its_limit_and_not_pass_it(name: str, limit: int, character: str) -> None:
    """In UTF-16 code units: one character beyond the first 65,536 counts twice."""
    width = mapping.utf16_units(character)
    of(**{name: character * (limit // width)})
    with pytest.raises(InvalidField) as caught:
        of(**{name: character * (limit // width) + "x"})
    assert (caught.value.name, str(limit) in caught.value.detail) == (name, True)


def test_documented_limits() -> None:
    """Those that the vendor's page states."""
    stated = {
        "StreetAddress1": 600,
        "StreetAddress2": 600,
        "City": 100,
        "State": 100,
        "Zip": 20,
        "PhoneNumber": 50,
        "EMailAddress": 200,
        "Gender": 20,
    }
    assert wire.LIMITS.items() >= stated.items()


@given(st.text())
def test_units_are_what_dotnet_counts(text: str) -> None:
    """Pairs of bytes."""
    assert mapping.utf16_units(text) == len(text) + sum(character > "\uffff" for character in text)


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\u3000"])
def test_a_blank_user_name_is_refused(name: str) -> None:
    """Nobody could be found by it."""
    with pytest.raises(InvalidField):
        of(UserName=name)


def test_every_member_goes_where_it_belongs() -> None:
    """To the profile and back."""
    sent = {
        "UserName": "Mira.K",
        "StreetAddress1": "4 Harbour Row",
        "StreetAddress2": "Upstairs",
        "City": "Izmir",
        "State": "Ege",
        "Zip": "35210",
        "PhoneNumber": "+90 232 000 00 00",
        "EMailAddress": "Mira@example.org",
        "Gender": "Female",
        "DateOfBirth": "1988-03-14T00:00:00+03:00",
        "Password": "plum-7-orchard",
        "Name": "Mira Kaya",
    }
    ask = of(**sent)
    assert (ask.namespace, ask.name, ask.strict, ask.separate) == ("xomni.username", "Mira.K", False, True)
    assert (ask.password, ask.at, ask.caller) == ("plum-7-orchard", NOW, CALLER)
    known = member(ask.profile, **{"xomni.username": "Mira.K"})
    body = msgspec.to_builtins(loyalty.from_member(known, None, password=ask.password))
    assert {name: body[name] for name in sent} == sent
    assert (body["Id"], body["PIIUserTypeId"], body["PIIUserType"], body["InitiatedSocialLikeCount"]) == (
        41,
        2,
        "Loyalty",
        0,
    )
    assert list(body) == [
        *("UserName", "Id", "CreatedDate", "PIIUserTypeId", "AvailablePoints", "StreetAddress1", "StreetAddress2"),
        *("City", "State", "Zip", "PhoneNumber", "EMailAddress", "Gender", "DateOfBirth", "Password", "Name"),
        *("PIIUserType", "InitiatedSocialLikeCount"),
    ]


def test_an_empty_text_is_not_null() -> None:
    """Except for a password: an empty one is none."""
    names = ("StreetAddress1", "City", "Zip", "PhoneNumber", "EMailAddress", "Gender", "Name")
    ask = of(**dict.fromkeys(names, ""), Password="")
    body = msgspec.to_builtins(loyalty.from_member(member(ask.profile), None, password=""))
    assert [body[name] for name in names] == [""] * len(names)
    assert (ask.password, body["Password"]) == (None, None)


def test_members_from_elsewhere_have_a_user_name_too() -> None:
    """Their email address, else their public number."""
    with_email = Profile(email="john.doe@email.com", first_name="John", last_name="Doe")
    assert loyalty.from_member(member(with_email, email="john.doe@email.com"), None).user_name == "1234567890"
    assert loyalty.from_member(member(with_email), None).name == "John Doe"
    assert loyalty.from_member(member(with_email, **{"xomni.username": "jd"}), None).user_name == "jd"
    assert loyalty.from_member(member(), None).user_name == "1234567890"


OWNED = ("Id", "CreatedDate", "PIIUserTypeId", "PIIUserType", "InitiatedSocialLikeCount")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("0001-01-01T00:00:00"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(OWNED, ANYTHING)))
def test_members_of_the_servers_own_do_not_count(owned: dict[str, Any]) -> None:
    """Whatever they hold: clients send back whole objects, and new ones with zeros in place."""
    assert of(**owned) == of()


# --- paths and queries


@given(st.text() | st.integers().map(str) | st.sampled_from(["2147483647", "2147483648", "+1", "1.0", "\u0663", "01"]))
def test_an_id_is_a_number_that_somebody_could_have(text: str) -> None:
    """Everything else is nobody's."""
    if text.isascii() and text.isdigit() and int(text) < 2**31 and len(text) <= 10:
        assert mapping.to_serial(text) == int(text)
    else:
        with pytest.raises(MemberNotFound):
            mapping.to_serial(text)


@given(st.text() | st.integers().map(str), st.text() | st.integers(-1, 1002).map(str))
@example("0", "1")
@example("2147483647", "1000")
@example("2147483648", "1000")
@example("0", "0")
@example("0", "1001")
def test_a_page_is_two_numbers_within_bounds(skip: str, take: str) -> None:
    """Both required, in any case of their names."""

    def fits(text: str, least: int, most: int) -> bool:
        return text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most

    if fits(skip, 0, 2**31 - 1) and fits(take, 1, 1000):
        assert mapping.to_page({"Skip": skip, "TAKE": take}) == (int(skip), int(take))
    else:
        with pytest.raises(InvalidField):
            mapping.to_page({"skip": skip, "take": take})


@pytest.mark.parametrize(("query", "missing"), [({}, "skip"), ({"skip": "0"}, "take"), ({"take": "1"}, "skip")])
def test_a_page_needs_both_numbers(query: dict[str, str], missing: str) -> None:
    """And says which one is missing."""
    with pytest.raises(InvalidField) as caught:
        mapping.to_page(query)
    assert (caught.value.name, caught.value.missing) == (missing, True)
