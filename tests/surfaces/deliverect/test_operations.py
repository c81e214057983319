"""Deliverect's operations over a real socket: recorded cases, races, replays, tenants and other surfaces."""

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import pytest

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.commands import Earn, Hold
from guerdon.core.members import Identifier, Profile
from guerdon.demo import tenant
from guerdon.engine import Engine, enrolling, finding, joining, posting, reading
from guerdon.engine.enrolling import Enrolled, Enrolment
from surfaces.deliverect.channels import Channel, a_phone, an_email, census, demo, refused

DEMO = Caller(tenant.id_of("demo", "tenant"), "test", uuid.uuid4())
MEMBERS = [
    "tier",
    "email",
    "lastName",
    "firstName",
    "providerId",
    "dateOfBirth",
    "phoneNumber",
    "lifetimePointsBalance",
]


@pytest.fixture
def plain_channel(http: httpx.Client, facts: dict[str, Any]) -> Channel:
    """A channel of the demo tenant on a link without tiers."""
    return demo(http, facts, "channel_link_without_tiers")


@pytest.fixture
def stranger(http: httpx.Client, facts: dict[str, Any]) -> Channel:
    """A channel of the other tenant."""
    known = facts["other_tenant"]["deliverect"]
    return Channel(http, facts["deliverect"]["base_url"], known["token"], known["channel_link"])


def together(*asks: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Asks at the same time, each on a connection of its own."""
    with ThreadPoolExecutor(len(asks)) as pool:
        return [pending.result() for pending in [pool.submit(ask) for ask in asks]]


def test_a_created_customer_can_be_read_back(channel: Channel) -> None:
    email, phone = an_email(), a_phone()
    answer = channel.create(
        email=email, phoneNumber=phone, firstName="Ana", lastName="Peeters", dateOfBirth="1984-03-09"
    )
    assert answer.status_code == 200
    created = answer.json()
    assert list(created) == ["tier", "email", "status", *MEMBERS[2:]]
    for query in (
        {"email": email},
        {"phoneNumber": phone},
        {"providerId": created["providerId"]},
        {"email": email, "phoneNumber": phone, "providerId": created["providerId"]},
    ):
        found = channel.get(**query)
        assert (found.status_code, found.text) == (200, answer.text)


def test_a_link_without_tiers_shows_the_same_customer_without_one(channel: Channel, plain_channel: Channel) -> None:
    created = channel.create(email=an_email(), firstName="Ana").json()
    plain = plain_channel.get(email=created["email"]).json()
    assert plain == {**created, "tier": None}


@pytest.mark.parametrize(
    "given",
    ["1984-03-09", "1984-03-09T00:00:00.000000+00:00", "1984-03-09T23:59:59-05:00", "1984-03-09 00:30", " 1984-03-09 "],
)
def test_a_date_of_birth_is_its_date_at_midnight(channel: Channel, given: str) -> None:
    created = channel.create(email=an_email(), dateOfBirth=given).json()
    assert created["dateOfBirth"] == "1984-03-09T00:00:00.000000+00:00"


@pytest.mark.parametrize("identifier", ["email", "phoneNumber"])
def test_one_identifier_is_enough_and_the_rest_is_null(channel: Channel, identifier: str) -> None:
    value = an_email() if identifier == "email" else a_phone()
    created = channel.create(**{identifier: value}).json()
    known = {"tier", "status", "providerId", "lifetimePointsBalance", identifier}
    assert created[identifier] == value
    assert {name for name, value in created.items() if value is None} == set(created) - known
    assert channel.get(**{identifier: value}).json() == created


def test_null_and_unknown_members_are_passed_over(channel: Channel) -> None:
    body = {"email": an_email(), "phoneNumber": None, "firstName": "Ana", "loyaltyCard": {"a": [1]}, "Email": 7}
    created = channel.create(**body)
    assert created.status_code == 200
    assert created.json()["email"] == body["email"]


def test_names_of_every_script_come_back(channel: Channel) -> None:
    names = {"firstName": "Jörg 👩🏽‍🍳", "lastName": "Ñandú-李 O'Neill"}
    created = channel.create(email=an_email(), **names).json()
    assert {name: created[name] for name in names} == names


def test_a_repeated_request_is_refused_and_changes_nothing(channel: Channel, plain_channel: Channel, dsn: str) -> None:
    body = {"email": an_email(), "phoneNumber": a_phone(), "firstName": "Ana"}
    created = channel.create(**body).json()
    before = census(dsn)
    for again in (
        body,
        {**body, "firstName": "Bea"},
        {"email": body["email"]},
        {"email": body["email"].upper()},
        {"phoneNumber": body["phoneNumber"]},
        {"email": an_email(), "phoneNumber": body["phoneNumber"]},
    ):
        assert refused(channel.create(**again), 409, "loyalty customer already exists")
        assert refused(plain_channel.create(**again), 409, "loyalty customer already exists")
    assert channel.get(email=body["email"]).json() == created
    assert census(dsn) == before


def test_an_email_address_is_one_in_any_case_and_shown_as_given(channel: Channel) -> None:
    email = f"Ana.{uuid.uuid4().hex}@Example.com"
    created = channel.create(email=email).json()
    assert created["email"] == email
    for other in (email.lower(), email.upper()):
        assert channel.get(email=other).json() == created


@pytest.mark.parametrize("round_", range(4))
@pytest.mark.parametrize("shared", ["email", "case", "phone", "both"])
def test_of_two_creates_at_once_one_wins(channel: Channel, dsn: str, shared: str, round_: int) -> None:
    email, phone = f"race{round_}.{uuid.uuid4().hex}@example.com", a_phone()
    first, second = {
        "email": ({"email": email}, {"email": email}),
        "case": ({"email": email}, {"email": email.upper()}),
        "phone": ({"email": email, "phoneNumber": phone}, {"email": an_email(), "phoneNumber": phone}),
        "both": ({"email": email, "phoneNumber": phone}, {"phoneNumber": phone, "email": email}),
    }[shared]
    before = census(dsn)
    answers = together(lambda: channel.create(**first), lambda: channel.create(**second))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer for answer in answers if answer.status_code == 200).json()
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert refused(lost, 409, "loyalty customer already exists")
    key = "phoneNumber" if shared == "phone" else "email"
    assert channel.get(**{key: won[key]}).json() == won
    after = census(dsn)
    assert (after[0] - before[0], after[2] - before[2]) == (1, 1)


def test_of_many_creates_at_once_one_wins(channel: Channel, dsn: str) -> None:
    email, before = an_email(), census(dsn)
    answers = together(*[lambda: channel.create(email=email)] * 8)
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert census(dsn)[0] - before[0] == 1


def test_tenants_do_not_see_each_other(channel: Channel, stranger: Channel) -> None:
    email, phone = an_email(), a_phone()
    created = channel.create(email=email, phoneNumber=phone).json()
    for query in ({"email": email}, {"phoneNumber": phone}, {"providerId": created["providerId"]}):
        assert refused(stranger.get(**query), 404, "loyalty customer not found")
    other = stranger.create(email=email, phoneNumber=phone, firstName="Somebody", lastName="Else")
    assert other.status_code == 200
    assert other.json()["providerId"] != created["providerId"]
    assert channel.get(email=email).json() == created
    trespasser = Channel(stranger.http, stranger.base_url, stranger.token, channel.link)
    assert refused(trespasser.get(email=email), 400, "no active loyalty profile found")


def test_several_identifiers_must_be_of_one_person(channel: Channel) -> None:
    ana = channel.create(email=an_email(), phoneNumber=a_phone()).json()
    bea = channel.create(email=an_email(), phoneNumber=a_phone()).json()
    names = ("providerId", "email", "phoneNumber")
    assert channel.get(**{name: ana[name] for name in names}).json() == ana
    for name in names:
        mixed = {other: (bea if other == name else ana)[other] for other in names}
        assert refused(channel.get(**mixed), 404, "loyalty customer not found")
    assert refused(channel.get(email=ana["email"], phoneNumber=a_phone()), 404, "loyalty customer not found")


def test_a_plus_that_was_not_encoded_is_read_all_the_same(channel: Channel) -> None:
    created = channel.create(phoneNumber=a_phone()).json()
    answer = channel.http.get(f"{channel.path}?phoneNumber={created['phoneNumber']}", headers=channel.credentials)
    assert answer.json() == created


def test_points_earned_at_the_till_are_lifetime_points_here(channel: Channel, facts: dict[str, Any]) -> None:
    created = channel.create(email=an_email(), firstName="Ana").json()
    till, credentials = facts["counterpoint"]["base_url"], {"Authorization": f"Bearer {facts['counterpoint']['token']}"}
    earned = channel.http.post(
        f"{till}/Loyalty/Earn",
        json={"CustomerNumber": created["providerId"], "Points": 250, "Reason": "Sale"},
        headers=credentials,
    )
    assert earned.status_code == 204
    assert channel.get(email=created["email"]).json() == {**created, "lifetimePointsBalance": 250}
    balance = channel.http.get(f"{till}/Loyalty/{created['providerId']}/BalanceCheck", headers=credentials).json()
    assert (balance["Loyalty"]["CustomerNumber"], balance["Loyalty"]["PointBalance"]) == (created["providerId"], 250)


async def elsewhere(engine: Engine, profile: Profile, available: str = "0") -> Enrolled:
    """Somebody who is a member already, through another surface."""
    ask = Enrolment(
        caller=DEMO,
        at=NOW,
        profile=profile,
        namespace="elsewhere.username",
        name=uuid.uuid4().hex,
        strict=False,
        available=Decimal(available),
    )
    return await enrolling.enrol(engine, ask)


@pytest.mark.parametrize("by", ["email", "phone"])
async def test_a_member_from_elsewhere_becomes_a_customer_and_keeps_everything(
    engine: Engine, channel: Channel, by: str
) -> None:
    email, phone = f"Mira.{uuid.uuid4().hex}@example.com", a_phone()
    spaced = f"{phone[:3]} {phone[3:6]} {phone[6:]}"
    profile = Profile(full_name="Mira Kaya", email=email) if by == "email" else Profile(full_name="Mira", phone=spaced)
    known = await elsewhere(engine, profile, "20.37076232692728")
    body = {"email": email.lower()} if by == "email" else {"phoneNumber": phone}
    created = await asyncio.to_thread(channel.create, **body, firstName="Mira", lastName="Kaya")
    assert created.status_code == 200
    assert created.json()["providerId"] == known.member.number
    assert created.json()["lifetimePointsBalance"] == 20
    assert (created.json()["firstName"], created.json()["lastName"]) == ("Mira", "Kaya")
    (held,) = await reading.memberships_of(engine, DEMO, known.member.id)
    assert held.id == known.membership.id
    assert held.balance == known.membership.balance
    again = await asyncio.to_thread(channel.create, **body)
    assert refused(again, 409, "loyalty customer already exists")


async def test_who_has_left_the_program_comes_again_once(engine: Engine, channel: Channel) -> None:
    """As the tablet or the hotel ends a membership: nobody finds the customer, who can be created anew."""
    body = {"email": an_email(), "phoneNumber": a_phone(), "firstName": "Ana"}
    left = (await asyncio.to_thread(channel.create, **body)).json()
    member_id = await finding.member(engine, DEMO, [Identifier("email", body["email"])])
    (held,) = await reading.memberships_of(engine, DEMO, member_id)
    await joining.delete(engine, replace(DEMO, chain_id=held.chain_id), NOW, [held.id])
    assert refused(await asyncio.to_thread(channel.get, email=body["email"]), 404)
    ask = partial(channel.create, **{**body, "firstName": "Anna"})
    answers = await asyncio.to_thread(together, ask, ask, ask)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (again,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert again == {**left, "firstName": "Anna"}
    assert (await asyncio.to_thread(channel.get, email=body["email"])).json() == again


async def test_a_member_from_elsewhere_is_found_before_becoming_a_customer(engine: Engine, channel: Channel) -> None:
    phone = a_phone()
    known = await elsewhere(engine, Profile(full_name="Mira Kaya", phone=f"{phone[:3]} {phone[3:]}"))
    for name, value in (("phoneNumber", phone), ("providerId", known.member.number)):
        shown = (await asyncio.to_thread(channel.get, **{name: value})).json()
        assert (shown["firstName"], shown["lastName"]) == ("Mira Kaya", None)
        assert (shown["providerId"], shown["phoneNumber"]) == (known.member.number, phone)
        assert shown["status"] == "active"


async def test_one_members_email_with_anothers_phone_is_refused_and_changes_nothing(
    engine: Engine, channel: Channel, dsn: str
) -> None:
    email, phone = an_email(), a_phone()
    mira = await elsewhere(engine, Profile(full_name="Mira Kaya", email=email))
    noor = await elsewhere(engine, Profile(full_name="Noor Kaya", phone=phone))
    before = await asyncio.to_thread(census, dsn)
    answer = await asyncio.to_thread(channel.create, email=email, phoneNumber=phone, firstName="Somebody")
    assert refused(answer, 409, "loyalty customer already exists")
    assert await asyncio.to_thread(census, dsn) == before
    for known in (mira, noor):
        assert await reading.member(engine, DEMO, known.member.id) == known.member


@pytest.mark.parametrize("enrols", [False, True])
async def test_a_member_without_a_membership_in_the_program_is_nobody(
    engine: Engine,
    channel: Channel,
    enrols: bool,  # noqa: FBT001
) -> None:
    email = an_email()
    ask = Enrolment(caller=DEMO, at=NOW, profile=Profile(email=email), namespace="elsewhere.username", name=email)
    await enrolling.register(engine, ask)
    assert refused(await asyncio.to_thread(channel.get, email=email), 404, "loyalty customer not found")
    if enrols:
        assert (await asyncio.to_thread(channel.create, email=email)).status_code == 200
        assert (await asyncio.to_thread(channel.get, email=email)).status_code == 200


async def test_the_lifetime_balance_is_whole_and_does_not_fall_with_what_is_held(
    engine: Engine, channel: Channel
) -> None:
    created = (await asyncio.to_thread(channel.create, email=an_email())).json()
    names = [Identifier("deliverect.provider", created["providerId"])]
    account_id = (await finding.account(engine, DEMO, names)).account_id
    await posting.post(engine, Earn(caller=DEMO, account_id=account_id, at=NOW, points=Decimal("7.99")))
    hold = Hold(caller=DEMO, account_id=account_id, at=NOW, hold_id=engine.new_id(), points=Decimal(7))
    await posting.post(engine, hold)
    shown = (await asyncio.to_thread(channel.get, email=created["email"])).json()
    assert shown["lifetimePointsBalance"] == 7
    assert isinstance(shown["lifetimePointsBalance"], int)
