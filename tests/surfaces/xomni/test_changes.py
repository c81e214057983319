"""Loyalty users are updated, patched and deleted: what changes, what is kept, and what other surfaces see of it."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import pytest

from guerdon.core.members import EMAIL, PHONE, Identifier, Profile
from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, enrolling, finding, joining, reading
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.joining import Joining
from surfaces.xomni.conftest import (
    HOLE,
    METADATA,
    USERS,
    Api,
    Merchant,
    exactly,
    new_name,
    refused,
)

TAKEN = "Given loyalty user already exists."


def full(api: Api, **more: Any) -> dict[str, Any]:
    """A user of whom everything is known; what a GET says of it."""
    name = new_name()
    made = api.created(
        **{
            "UserName": name,
            "AvailablePoints": Decimal("12.75"),
            "StreetAddress1": "4 Harbour Row",
            "StreetAddress2": "Upstairs",
            "City": "Izmir",
            "State": "Ege",
            "Zip": "35210",
            "PhoneNumber": "call me",
            "EMailAddress": f"{name}@example.org",
            "Gender": "Female",
            "DateOfBirth": "1988-03-14T00:00:00+03:00",
            "Password": "plum-7-orchard",
            "Name": "Mira Kaya",
            **more,
        }
    )
    return {**made, "Password": None}


# --- update and patch


def test_an_update_writes_everything_anew(api: Api) -> None:
    """Left out is null, and no points; the password stays."""
    user = full(api)
    response = api.send("PUT", USERS, Id=user["Id"], UserName=user["UserName"])
    kept = ("UserName", "Id", "CreatedDate", "PIIUserTypeId", "PIIUserType", "InitiatedSocialLikeCount")
    wanted = {**dict.fromkeys(user), **{name: user[name] for name in kept}}
    assert exactly(response) == wanted
    assert api.fetched(user["Id"]) == {**wanted, "AvailablePoints": 0}
    assert api.own(user["UserName"], "plum-7-orchard").status_code == 200


def test_null_points_are_answered_as_null(api: Api) -> None:
    """The ledger has no points then, which is what is read: it does not forget that there were some."""
    user = full(api)
    for value in (None, 0):
        answer = api.send("PATCH", USERS, Id=user["Id"], AvailablePoints=value)
        assert exactly(answer) == {**user, "AvailablePoints": value}
        assert api.fetched(user["Id"]) == {**user, "AvailablePoints": 0}


def test_null_points_of_somebody_who_has_none_stay_null(api: Api) -> None:
    """What was read is written back; the ledger has nothing to say."""
    user = api.created()
    assert user["AvailablePoints"] is None
    assert exactly(api.send("PUT", USERS, **user)) == user == api.fetched(user["Id"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("City", "Urla"),
        ("City", ""),
        ("City", None),
        ("Name", "Mira"),
        ("Name", None),
        ("EMailAddress", None),
        ("DateOfBirth", "1988-03-15"),
        ("DateOfBirth", None),
        ("AvailablePoints", Decimal("-3.25")),
        ("AvailablePoints", Decimal("20.37076232692728")),
        ("Gender", "x" * 20),
    ],
)
def test_a_patch_changes_one_thing(api: Api, name: str, value: object) -> None:
    """In any case of its name."""
    user = full(api)
    response = api.send("PATCH", USERS, **{"ID": user["Id"], name.upper(): value})
    assert exactly(response) == {**user, name: value} == api.fetched(user["Id"])


def test_a_patch_of_nothing(api: Api) -> None:
    """Is the user as it was."""
    user = full(api)
    assert exactly(api.send("PATCH", USERS, Id=user["Id"])) == user
    owned = {"CreatedDate": "x", "PIIUserTypeId": 1, "PIIUserType": "Anonymous", "InitiatedSocialLikeCount": 9}
    assert exactly(api.send("PATCH", USERS, Id=user["Id"], **owned)) == user


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_new_password_counts_at_once(api: Api, method: str) -> None:
    """It is repeated in this one answer; null and empty ones are none."""
    user = full(api)
    for none in (None, ""):
        assert exactly(api.send(method, USERS, **{**user, "Password": none})) == user
    assert api.own(user["UserName"], "plum-7-orchard").status_code == 200
    assert api.send(method, USERS, **{**user, "Password": "quince-9"}).json()["Password"] == "quince-9"
    assert api.fetched(user["Id"]) == user
    refused(api.own(user["UserName"], "plum-7-orchard"), 401)
    assert api.own(user["UserName"], "quince-9").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_new_user_name(api: Api, method: str) -> None:
    """In the place of the old one, which is free again; one that is taken changes nothing."""
    user, other = full(api), full(api)
    name = new_name()
    assert exactly(api.send(method, USERS, **{**user, "UserName": name})) == {**user, "UserName": name}
    assert api.created(UserName=user["UserName"])["Id"] != user["Id"]
    taken = {**user, "UserName": other["UserName"].upper(), "City": "Nowhere", "AvailablePoints": 1}
    assert refused(api.send(method, USERS, **taken), 409) == TAKEN
    assert api.fetched(user["Id"]) == {**user, "UserName": name}
    for blank in ("", " \t", None):
        refused(api.send(method, USERS, **{**user, "UserName": blank}), 400)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("path", [USERS, USERS + "/", f"{USERS}/{HOLE}", USERS + "/{0}", USERS.upper()])
def test_where_an_update_is_sent(api: Api, method: str, path: str) -> None:
    """The body has the id; its text may be a number in quotes."""
    user = full(api)
    assert exactly(api.send(method, path, **{**user, "City": "Urla"})) == {**user, "City": "Urla"}
    assert exactly(api.send(method, path, **{**user, "Id": str(user["Id"])})) == user
    for none in ({}, {"Id": None}):
        without = {name: value for name, value in user.items() if name != "Id"}
        assert refused(api.send(method, path, **without, **none), 400).startswith("Id: ")
    for nobody in (2147483647, 2**31, 0, -1, "x"):
        refused(api.send(method, path, **{**user, "Id": nobody}), 404)
    wrongs: list[object] = [True, 1.5, [], {}]
    for wrong in wrongs:
        refused(api.send(method, path, **{**user, "Id": wrong}), 400)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_id_in_the_path(api: Api, method: str) -> None:
    """Where the body has none it counts; where the two differ nothing is done."""
    user, other = full(api), full(api)
    body = {**user, "City": "Urla", "Id": None}
    assert exactly(api.send(method, f"{USERS}/{user['Id']}", **body)) == {**user, "City": "Urla"}
    assert exactly(api.send(method, f"{USERS}/{user['Id']}", **user)) == user
    refused(api.send(method, f"{USERS}/{other['Id']}", **{**user, "City": "Nowhere"}), 400)
    refused(api.send(method, f"{USERS}/me", **{**user, "City": "Nowhere"}), 404)
    assert [api.fetched(each["Id"]) for each in (user, other)] == [user, other]


BAD = [
    {"City": "x" * 101},
    {"Password": "x" * 201},
    {"UserName": "x" * 257},
    {"DateOfBirth": "yesterday"},
    {"DateOfBirth": "2999-01-01"},
    {"AvailablePoints": "many"},
    {"AvailablePoints": True},
    {"AvailablePoints": "NaN"},
    {"AvailablePoints": "1e400"},
    {"City": 7},
    {"Name": "\0"},
]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: next(iter(bad)))
def test_bad_updates_change_nothing(api: Api, method: str, bad: dict[str, Any]) -> None:
    """What is good beside it neither."""
    user = full(api)
    refused(api.send(method, USERS, **{**user, "State": "Elsewhere", **bad}), 400)
    assert api.fetched(user["Id"]) == user


def test_patches_at_once_all_count(api: Api) -> None:
    """Each changes its own member; of one member the last one stays."""
    user = full(api)
    changes: list[dict[str, Any]] = [{"City": "Urla"}, {"State": "X"}, {"Zip": "1"}, {"AvailablePoints": 5}]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda more: api.send("PATCH", USERS, Id=user["Id"], **more), changes * 4))
    assert {answer.status_code for answer in answers} == {200}
    assert api.fetched(user["Id"]) == {**user, **{name: v for change in changes for name, v in change.items()}}


# --- a member of all surfaces


async def guest(engine: Engine, merchant: Merchant, **more: Any) -> Enrolment:
    """Somebody from the web shop, with 70 points."""
    return Enrolment(
        **{
            "caller": merchant.caller,
            "at": engine.clock(),
            "profile": Profile(email="john.doe@email.com", first_name="John", last_name="Doe"),
            "namespace": "deliverect.provider",
            "available": Decimal(70),
            **more,
        }
    )


async def test_a_member_from_elsewhere_is_written_back(engine: Engine, merchant: Merchant) -> None:
    """It is shown under its number, and that is no user name to take: the web shop's customer stays as it was."""
    known = (await enrolling.enrol(engine, await guest(engine, merchant))).member
    shown = merchant.api.fetched(known.serial)
    assert exactly(merchant.api.send("PUT", USERS, **shown)) == shown
    after = await reading.member(engine, merchant.caller, known.id)
    assert (after.profile, after.identifiers) == (known.profile, known.identifiers)
    assert merchant.api.send("PATCH", USERS, Id=known.serial, Password="pear").status_code == 200
    own = merchant.api.own("John.Doe@email.com", "pear")
    assert own.json()["Data"]["AvailablePoints"] == 70
    assert merchant.api.own(known.number, "pear").json() == own.json()


async def test_a_new_address_finds_the_member(engine: Engine, merchant: Merchant) -> None:
    """On every surface; the old one no more."""
    user = merchant.api.created(EMailAddress="a@example.org", PhoneNumber="+90 232 000 00 00")
    changed = merchant.api.send("PATCH", USERS, Id=user["Id"], EMailAddress="b@example.org", PhoneNumber=None)
    assert changed.status_code == 200
    member = await reading.member_by_serial(engine, merchant.caller, user["Id"])
    assert await finding.member(engine, merchant.caller, [Identifier(EMAIL, "b@example.org")]) == member.id
    for gone in (Identifier(EMAIL, "a@example.org"), Identifier(PHONE, "+902320000000")):
        with pytest.raises(MemberNotFound):
            await finding.member(engine, merchant.caller, [gone])


async def test_points_are_written_around_what_is_held(
    engine: Engine, merchant: Merchant, http: httpx.Client, facts: dict[str, Any]
) -> None:
    """A hold of the till stays, and is confirmed from what is left."""
    api, till = merchant.api, facts["counterpoint"]["base_url"]
    user = api.created(AvailablePoints=100)
    number = (await reading.member_by_serial(engine, merchant.caller, user["Id"])).number

    def at_the_till(path: str, **body: Any) -> httpx.Response:
        return http.post(till + path, json=body, headers=merchant.counterpoint)

    def checked_at_the_till() -> Any:
        return http.get(f"{till}/Loyalty/{number}/BalanceCheck", headers=merchant.counterpoint).json()["Loyalty"]

    sale = {"Type": "Loyalty", "Ref": number, "SaleId": "S-1", "RequestedPoints": 30}
    code = at_the_till("/Loyalty/Authorize", **sale).json()["AuthCode"]
    assert exactly(api.send("PATCH", USERS, Id=user["Id"], AvailablePoints=0))["AvailablePoints"] == 0
    checked = checked_at_the_till()
    assert (checked["PointBalance"], checked["OpenAuthorizations"], checked["AvailablePointBalance"]) == (30, 30, 0)
    assert at_the_till("/Authorize/Confirm", Ref=number, AuthCode=code).status_code == 204
    assert api.fetched(user["Id"])["AvailablePoints"] == 0


# --- delete


async def test_a_deleted_user_is_gone(engine: Engine, merchant: Merchant) -> None:
    """From every answer; its name, address and number are free, and a new one knows nothing of it."""
    api = merchant.api
    user = full(api, PhoneNumber="+90 232 000 00 00")
    api.note("POST", user["Id"], "tier", "gold")
    assert api.delete(f"{USERS}/{user['Id']}") == 202
    for path in (f"{USERS}/{user['Id']}", f"{METADATA}?loyaltyUserId={user['Id']}"):
        refused(api.call("GET", path), 404)
    for method in ("PUT", "PATCH"):
        refused(api.send(method, USERS, **user), 404)
    refused(api.note("POST", user["Id"], "tier", "gold"), 404)
    refused(api.own(user["UserName"], "plum-7-orchard"), 401)
    refused(api.page(), 404)
    assert api.delete(f"{USERS}/{user['Id']}") == 404
    member = await reading.member_by_serial(engine, merchant.caller, user["Id"])
    assert (member.profile, set(member.identifiers)) == (Profile(), {"number"})
    again = api.created(UserName=user["UserName"], EMailAddress=user["EMailAddress"])
    assert again["Id"] != user["Id"]
    assert (again["City"], again["AvailablePoints"]) == (None, None)


async def test_whom_the_web_shop_knows_too(engine: Engine, merchant: Merchant) -> None:
    """Leaves the program, as if the hotel had ended the membership; the person stays known, and may come back."""
    api = merchant.api
    known = (await enrolling.enrol(engine, await guest(engine, merchant))).member
    api.created(UserName="john", EMailAddress="john.doe@email.com", City="Graz")
    assert api.delete(f"{USERS}/{known.serial}") == 202
    refused(api.fetch(known.serial), 404)
    member = await reading.member(engine, merchant.caller, known.id)
    assert (member.profile.email, member.profile.city) == ("john.doe@email.com", "Graz")
    assert "deliverect.provider" in member.identifiers
    assert await reading.memberships_of(engine, merchant.caller, known.id) == []
    again = api.created(UserName="john", EMailAddress="john.doe@email.com")
    assert (again["Id"], again["AvailablePoints"]) == (known.serial, None)


async def test_another_program_goes_on(engine: Engine, merchant: Merchant) -> None:
    """Its membership is not a loyalty user's."""
    user = merchant.api.created(AvailablePoints=20)
    member = await reading.member_by_serial(engine, merchant.caller, user["Id"])
    join = Joining(member_id=member.id, program_id=merchant.programs[1], is_primary=True, points=Decimal(999))
    await joining.add(engine, merchant.caller, engine.clock(), [join])
    assert merchant.api.delete(f"{USERS}/{user['Id']}") == 202
    refused(merchant.api.fetch(user["Id"]), 404)
    (left,) = await reading.memberships_of(engine, merchant.caller, member.id)
    assert (left.program_id, int(left.balance.posted)) == (merchant.programs[1], 999)


def test_a_user_is_deleted_once(api: Api) -> None:
    """However many ask at once."""
    user = full(api)
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda _: api.delete(f"{USERS}/{user['Id']}"), range(6)))
    assert sorted(statuses) == [202] + [404] * 5
