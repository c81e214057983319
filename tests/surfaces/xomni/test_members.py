"""Loyalty users among the members of all surfaces: one member and one balance, whoever comes first."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Any

import httpx
import pytest

from guerdon.core.members import EMAIL, PHONE, Identifier, Profile
from guerdon.engine import Engine, enrolling, finding, joining, reading
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.joining import Joining
from surfaces.xomni.conftest import ANONYMOUS, PII_USER, USERS, Api, Merchant, exactly, new_name, refused

TAKEN = "Given loyalty user already exists."


# --- races


def test_one_user_name_many_times_at_once(api: Api) -> None:
    """Exactly one 200; everybody else is told, and reads the same user."""
    with ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            name = new_name()
            cases = [name, name.upper()] * 4
            answers = list(threads.map(lambda text: api.create(UserName=text, AvailablePoints=5), cases))
            assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
            assert {refused(answer, 409) for answer in answers if answer.status_code == 409} == {TAKEN}


def test_one_email_address_many_times_at_once(merchant: Merchant) -> None:
    """Each user name is a user of its own, and only one of them answers to the address."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: merchant.api.create(UserName=new_name(), EMailAddress="Many@Example.org"), range(8))
        )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(answer.json()["Id"] for answer in answers) == sorted(
        {a["Id"] for a in merchant.api.page().json()["Results"]}
    )


@pytest.mark.parametrize("order", [1, -1])
async def test_a_person_who_comes_from_two_sides_at_once(engine: Engine, merchant: Merchant, order: int) -> None:
    """The web shop and the tablet enrol one address at the same moment: one member, whoever is first."""
    for number in range(5):
        email, name = f"guest{number}@example.org", new_name()
        ask = Enrolment(
            caller=merchant.caller,
            at=engine.clock(),
            profile=Profile(email=email.upper(), first_name="Gast"),
            namespace="deliverect.provider",
        )
        both = [
            enrolling.enrol(engine, ask),
            asyncio.to_thread(merchant.api.created, UserName=name, EMailAddress=email, AvailablePoints=Decimal("1.5")),
        ]
        await asyncio.gather(*both[::order])
        found = await finding.account(engine, merchant.caller, [Identifier(EMAIL, email)])
        known = await reading.member(engine, merchant.caller, found.member_id)
        assert known.identifiers["xomni.username"] == name
        assert known.identifiers["deliverect.provider"] == known.number
        (held,) = await reading.memberships_of(engine, merchant.caller, known.id)
        assert held.balance.available == Decimal("1.5")
    assert merchant.api.page().json()["TotalCount"] == 5


async def test_crossed_enrolments_all_come_through(engine: Engine, merchant: Merchant) -> None:
    """Known and new people with each other's addresses and numbers, all at once: no deadlock, nothing lost."""

    def ask(number: int, namespace: str, name: str | None) -> Enrolment:
        profile = Profile(email=f"p{number % 4}@example.org", phone=f"+4930123450{(number + 1) % 4}")
        return Enrolment(
            caller=merchant.caller,
            at=engine.clock(),
            profile=profile,
            namespace=namespace,
            name=name,
            strict=False,
            separate=True,
            available=Decimal(number),
        )

    asks = chain.from_iterable(
        (ask(number, "xomni.username", new_name()), ask(3 - number % 4, "deliverect.provider", None))
        for number in range(12)
    )
    enrolled = await asyncio.gather(*(enrolling.enrol(engine, one) for one in asks))
    assert len(enrolled) == 24
    names = [Identifier(EMAIL, f"p{n}@example.org") for n in range(4)]
    names += [Identifier(PHONE, f"+4930123450{n}") for n in range(4)]
    for name in names:
        assert await finding.member(engine, merchant.caller, [name]) in {one.member.id for one in enrolled}
    for one in enrolled:
        assert len(await reading.memberships_of(engine, merchant.caller, one.member.id)) == 1


# --- one member on all surfaces


async def test_a_member_from_elsewhere_becomes_a_user(engine: Engine, merchant: Merchant) -> None:
    """Known by email: one member and one balance; a second user name of the same person is a second member."""
    api, caller = merchant.api, merchant.caller
    profile = Profile(email="john.doe@email.com", phone="+4930123456", first_name="John", last_name="Doe")
    ask = Enrolment(
        caller=caller, at=engine.clock(), profile=profile, namespace="deliverect.provider", available=Decimal(70)
    )
    known = (await enrolling.enrol(engine, ask)).member
    before = api.fetched(known.serial)
    assert (before["UserName"], before["Name"], before["AvailablePoints"]) == (known.number, "John Doe", 70)

    joined = api.created(UserName="john", EMailAddress="John.Doe@Email.com", City="Graz")
    assert (joined["Id"], joined["AvailablePoints"]) == (known.serial, 70)
    assert (joined["UserName"], joined["EMailAddress"], joined["City"]) == ("john", "John.Doe@Email.com", "Graz")
    assert joined["PhoneNumber"] == "+4930123456", "what was known stays known"
    assert api.fetched(known.serial) == joined

    second = api.created(UserName="johnny", PhoneNumber="+49 30 123456", AvailablePoints=3)
    assert second["Id"] != known.serial
    assert api.fetched(known.serial) == joined
    assert await finding.member(engine, caller, [Identifier(PHONE, "+4930123456")]) == known.id
    assert api.page().json()["TotalCount"] == 2


@pytest.mark.parametrize("path", [USERS, PII_USER, ANONYMOUS])
async def test_no_two_are_shown_under_one_name(engine: Engine, merchant: Merchant, path: str) -> None:
    """The address of somebody from the web shop is free to take, the number that somebody is shown under is not."""
    api, email = merchant.api, "clash@example.com"
    ask = Enrolment(
        caller=merchant.caller, at=engine.clock(), profile=Profile(email=email), namespace="deliverect.provider"
    )
    known = (await enrolling.enrol(engine, ask)).member
    assert api.send("POST", path, UserName=email).status_code == 200
    refused(api.send("POST", path, UserName=known.number), 409)
    user = api.created()
    for method in ("PUT", "PATCH"):
        refused(api.send(method, USERS, Id=user["Id"], UserName=known.number), 409)
    everybody = api.call("GET", "/private/pii/users?skip=0&take=1000").json()["Results"]
    assert sorted(each["UserName"] for each in everybody) == sorted({email, known.number, user["UserName"]})


async def test_a_member_without_anything_goes_by_its_number(engine: Engine, merchant: Merchant) -> None:
    """One that a till enrolled: its points are null, for nothing was posted; who is in no program is no user."""
    ask = Enrolment(
        caller=merchant.caller, at=engine.clock(), profile=Profile(), namespace="counterpoint.customer", name="C-1"
    )
    made = (await enrolling.enrol(engine, ask)).member
    stranger = await enrolling.register(engine, replace(ask, name="C-2"))
    refused(merchant.api.fetch(stranger.serial), 404)
    assert merchant.api.page().json()["TotalCount"] == 1
    shown = merchant.api.fetched(made.serial)
    assert (shown["UserName"], shown["AvailablePoints"], shown["Name"]) == (made.number, None, None)


async def test_points_of_the_till(
    engine: Engine, merchant: Merchant, http: httpx.Client, facts: dict[str, Any]
) -> None:
    """Earned at Counterpoint they are available here; held there they are not."""
    api, till = merchant.api, facts["counterpoint"]["base_url"]
    created = api.created(AvailablePoints=Decimal("20.37076232692728"))
    number = (await reading.member_by_serial(engine, merchant.caller, created["Id"])).number

    def at_the_till(path: str, body: dict[str, Any]) -> httpx.Response:
        return http.post(till + path, json=body, headers=merchant.counterpoint)

    def available() -> Any:
        (listed,) = exactly(api.page())["Results"]
        assert listed == api.fetched(created["Id"])
        return listed["AvailablePoints"]

    assert at_the_till("/Loyalty/Earn", {"CustomerNumber": number, "Points": 100}).status_code == 204
    assert available() == Decimal("120.37076232692728")
    sale = {"Type": "Loyalty", "Ref": number, "SaleId": "S-1", "RequestedPoints": 50}
    held = at_the_till("/Loyalty/Authorize", sale)
    assert held.status_code == 200
    assert available() == Decimal("70.37076232692728")
    authorization = {"Ref": number, "AuthCode": held.json()["AuthCode"]}
    assert at_the_till("/Authorize/Cancel", authorization).status_code == 204
    assert available() == Decimal("120.37076232692728")


async def test_points_are_those_of_the_default_program(engine: Engine, merchant: Merchant) -> None:
    """A primary membership in another program has a balance of its own."""
    api, caller = merchant.api, merchant.caller
    created = api.created(AvailablePoints=20)
    only_elsewhere = api.created()
    other = {}
    for serial in (created["Id"], only_elsewhere["Id"]):
        other[serial] = (await reading.member_by_serial(engine, caller, serial)).id
    joins = [
        Joining(member_id=member_id, program_id=merchant.programs[1], is_primary=True, points=Decimal(999))
        for member_id in other.values()
    ]
    await joining.add(engine, caller, engine.clock(), joins)
    (first, *_) = await reading.memberships_of(engine, caller, other[created["Id"]])
    assert first.balance.posted == 999
    assert [user["AvailablePoints"] for user in api.page().json()["Results"]] == [20, None]
    assert api.fetched(created["Id"])["AvailablePoints"] == 20
