"""Metadata of loyalty users, and PII users of any type: one name among all of them, and one value under a key."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from guerdon.engine import Engine, erasing, joining, merging, reading, recognising
from guerdon.engine.joining import Joining
from surfaces.xomni.conftest import (
    ANONYMOUS,
    HOLE,
    METADATA,
    PII_USER,
    PII_USERS,
    USERS,
    Api,
    Merchant,
    new_name,
    refused,
)

# --- metadata


def test_metadata_keeps_its_order_and_its_case(api: Api) -> None:
    """Keys are compared as they are."""
    user = api.created()["Id"]
    keys = ["b", "a", "B", "\u00df", "ss", "a b&c=d", " "]
    for key in keys:
        assert api.note("POST", user, key, f"of {key}").status_code == 200
    assert [(pair["Key"], pair["Value"]) for pair in api.notes(user).json()] == [(key, f"of {key}") for key in keys]
    assert api.delete(f"{METADATA}?LOYALTYUSERID={user}&MetadataKey=a+b%26c%3Dd") == 202
    assert len(api.notes(user).json()) == len(keys) - 1


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_metadata_that_cannot_be_kept(api: Api, method: str) -> None:
    """Missing, empty or too long, in UTF-16 code units; nothing is written."""
    user = api.created()["Id"]
    api.note("POST", user, "k", "v")
    for key, value in (("", "v"), ("k", ""), ("x" * 201, "v"), ("k", "x" * 4001), ("\U0001f600" * 101, "v")):
        refused(api.note(method, user, key, value), 400)
    for body in (
        {"Key": "k", "Value": "v"},
        {"LoyaltyUserId": user, "Key": "k"},
        {"LoyaltyUserId": user, "Value": "v"},
    ):
        refused(api.send(method, METADATA, **body), 400)
    for body in (
        {"Key": None, "Value": "v"},
        {"Key": "k", "Value": None},
        {"Key": 1, "Value": "v"},
        {"Key": "\0", "Value": "v"},
    ):
        refused(api.send(method, METADATA, LoyaltyUserId=user, **body), 400)
    assert [pair["Value"] for pair in api.notes(user).json()] == ["v"]
    assert api.note("POST", user, "x" * 200, "y" * 4000).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?loyaltyUserId=", 400),
        ("?loyaltyUserId=me", 400),
        ("?loyaltyUserId=-1", 400),
        ("?loyaltyUserId=0", 404),
        ("?loyaltyUserId=2147483648", 404),
        ("?loyaltyUserId=" + "9" * 40, 404),
    ],
)
def test_whose_metadata(api: Api, query: str, status: int) -> None:
    """A number; without one nothing is cleared."""
    refused(api.call("GET", METADATA + query), status)
    assert api.delete(METADATA + query) == status
    assert api.delete(f"{METADATA}{query}{'&' if query else '?'}metadataKey=k") == status


def test_a_key_that_cannot_be(api: Api) -> None:
    """Is not there; an empty one is not all of them."""
    user = api.created()["Id"]
    api.note("POST", user, "k", "v")
    for key, status in (("%00", 404), ("x" * 5000, 404), ("", 400)):
        assert api.delete(f"{METADATA}?loyaltyUserId={user}&metadataKey={key}") == status
    assert len(api.notes(user).json()) == 1


def test_one_key_at_once(api: Api) -> None:
    """One 200, and 409 for the others."""
    user = api.created()["Id"]
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda n: api.note("POST", user, "k", str(n)).status_code, range(6)))
    assert sorted(statuses) == [200] + [409] * 5


# --- PII users of any type


def test_pii_users_of_both_types(merchant: Merchant) -> None:
    """By id; a name is one among both."""
    api = merchant.api
    loyal = api.created(Name="Mira Kaya")
    kiosk = api.send("POST", ANONYMOUS, UserName="Kiosk", Name="By the door")
    visitor = api.send("POST", PII_USER, UserName="visitor", Password="pear").json()
    assert (visitor["Password"], visitor["PIIUserType"], visitor["PIIUserTypeId"]) == ("pear", "Anonymous", 1)
    page = api.call("GET", f"{PII_USERS}?skip=0&take=9").json()
    assert page["TotalCount"] == 3
    assert [(user["UserName"], user["Name"], user["PIIUserTypeId"]) for user in page["Results"]] == [
        (loyal["UserName"], "Mira Kaya", 2),
        ("Kiosk", "By the door", 1),
        ("visitor", None, 1),
    ]
    assert page["Results"][2] == {**visitor, "Password": None}
    assert api.page().json()["TotalCount"] == 1
    for path in (PII_USER, ANONYMOUS, USERS):
        for name in ("KIOSK", "Visitor", loyal["UserName"].upper()):
            refused(api.send("POST", path, UserName=name), 409)
    refused(api.own("kiosk", kiosk.json()["Data"]["Password"]), 404)
    refused(api.own("kiosk", "wrong"), 401)
    refused(api.own("visitor", "pear", "/pii/loyaltymetadata"), 404)


def test_pii_users_of_a_day(merchant: Merchant) -> None:
    """By the number of the day, in UTC."""
    api = merchant.api
    user = api.created()
    day = _days(user["CreatedDate"])
    for wanted, count in ((day, 1), (day - 1, 0), (day + 1, 0)):
        response = api.call("GET", f"{PII_USERS}?skip=0&take=9&CreatedOADate={wanted}")
        assert response.json()["TotalCount"] == 1 if count else refused(response, 404)
    for bad in ("", "x", "1.5", "-1", "9999999999"):
        refused(api.call("GET", f"{PII_USERS}?skip=0&take=9&createdOADate={bad}"), 400)


def _days(created: str) -> int:
    """Days from 1899-12-30 to a date: 2016-05-05 is 42495."""
    assert (date(2016, 5, 5) - date(1899, 12, 30)).days == 42495
    return (date.fromisoformat(created[:10]) - date(1899, 12, 30)).days


def test_a_pii_user_of_any_type_is_deleted(merchant: Merchant) -> None:
    """Once, and its name is free again."""
    api = merchant.api
    loyal = api.created(Name="Mira Kaya")
    visitor = api.send("POST", PII_USER, UserName="visitor").json()
    for user in (loyal["Id"], visitor["Id"]):
        assert [api.delete(f"{PII_USER}/{user}") for _ in range(2)] == [202, 404]
    refused(api.call("GET", f"{PII_USERS}?skip=0&take=9"), 404)
    assert api.send("POST", PII_USER, UserName="visitor").json()["Id"] != visitor["Id"]
    for nobody in ("x", "0", "99999", HOLE):
        assert api.delete(f"{PII_USER}/{nobody}") == 404


@pytest.mark.parametrize("more", ["a code", "a membership", "a merge", "nothing"])
async def test_somebody_anonymous_of_whom_there_is_more(engine: Engine, merchant: Merchant, more: str) -> None:
    """Is deleted too, and on no list afterwards: neither is who was erased."""
    api, caller = merchant.api, merchant.caller
    visitor = api.send("POST", PII_USER, UserName="visitor", Password="pear").json()
    member = await reading.member_by_serial(engine, caller, visitor["Id"])
    if more == "a code":
        await recognising.issue(engine, caller, member.id)
    elif more == "a membership":
        join = Joining(member_id=member.id, program_id=merchant.programs[1], is_primary=True)
        await joining.add(engine, caller, engine.clock(), [join])
    elif more == "a merge":
        kiosk = await reading.member_by_serial(engine, caller, api.send("POST", PII_USER, UserName="k").json()["Id"])
        await merging.merge(engine, caller, into_id=member.id, from_id=kiosk.id)
    if more == "nothing":
        await erasing.erase(engine, caller.tenant_id, member.id)
    else:
        assert api.delete(f"{PII_USER}/{visitor['Id']}") == 202
    assert api.delete(f"{PII_USER}/{visitor['Id']}") == 404
    refused(api.call("GET", f"{PII_USERS}?skip=0&take=9"), 404)
    assert api.send("POST", PII_USER, UserName="visitor").status_code == 200


def test_one_name_for_both_types_at_once(api: Api) -> None:
    """Exactly one 200, whatever it is for."""
    with ThreadPoolExecutor(9) as threads:
        for _ in range(3):
            name = new_name()
            asks = [threads.submit(api.send, "POST", path, UserName=name) for path in [USERS, PII_USER, ANONYMOUS] * 3]
            answers = [each.result() for each in asks]
            assert sorted(answer.status_code for answer in answers) == [200] + [409] * 8
