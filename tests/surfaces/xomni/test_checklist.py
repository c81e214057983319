"""What the vendor's own tests and pages expect of a server, row by row."""

import asyncio
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest

from guerdon.core.changes import ChangeFilter
from guerdon.engine import Engine, answering
from guerdon.surfaces.xomni import wire
from surfaces.xomni.conftest import (
    ANONYMOUS,
    HOLE,
    LIST,
    METADATA,
    OWN_METADATA,
    PII_USERS,
    USERS,
    Api,
    Merchant,
    exactly,
    new_name,
    refused,
)

NOBODY = 2_147_483_647
POINTS = Decimal("20.37076232692728")


def everything() -> dict[str, Any]:
    """Every member that a client can set."""
    return {
        "UserName": new_name(),
        "AvailablePoints": POINTS,
        "StreetAddress1": str(uuid.uuid4()),
        "StreetAddress2": str(uuid.uuid4()),
        "City": str(uuid.uuid4()),
        "State": str(uuid.uuid4()),
        "Zip": str(uuid.uuid4())[:10],
        "PhoneNumber": str(uuid.uuid4()),
        "EMailAddress": str(uuid.uuid4()),
        "Gender": "Male",
        "DateOfBirth": "2013-08-16T12:23:02.4499918+03:00",
        "Password": str(uuid.uuid4()),
        "Name": str(uuid.uuid4()),
    }


OWNED = {"Id": 0, "CreatedDate": "0001-01-01T00:00:00", "PIIUserTypeId": 0, "InitiatedSocialLikeCount": 0}


def is_new(body: dict[str, Any], sent: dict[str, Any]) -> None:
    """A user was made as it was sent."""
    assert {name: body[name] for name in sent} == sent
    assert body["Id"] > 0
    assert (body["PIIUserTypeId"], body["PIIUserType"], body["InitiatedSocialLikeCount"]) == (2, "Loyalty", 0)


def test_row_01_a_create_without_a_user_name(api: Api) -> None:
    """400 with an error body."""
    sent = everything()
    del sent["UserName"]
    refused(api.send("POST", USERS, **sent), 400)


def test_row_02_a_create_with_everything(api: Api) -> None:
    """Every member comes back, the password too; what is the server's may be there as zero and null."""
    sent = everything()
    response = api.send("POST", USERS, **sent, **OWNED, PIIUserType=None)
    assert response.status_code == 200
    is_new(exactly(response), sent)


def test_row_03_a_create_of_what_was_just_returned(api: Api) -> None:
    """409, id or no id."""
    refused(api.call("POST", USERS, api.create(**everything()).content), 409)


def test_row_04_a_create_with_a_slash(api: Api) -> None:
    """As the .NET client posts."""
    sent = everything()
    is_new(exactly(api.send("POST", USERS + "/", **sent)), sent)


def test_row_05_a_create_with_a_trailing_comma(api: Api) -> None:
    """As the vendor's page has it."""
    sent = {**everything(), "AvailablePoints": 5}
    is_new(api.call("POST", USERS, json.dumps(sent).encode()[:-1] + b", }").json(), sent)


def test_row_06_the_count_grows_by_one(merchant: Merchant) -> None:
    """And the page has at most what was asked for."""
    merchant.api.created()
    before = merchant.api.page(0, 1).json()
    merchant.api.created()
    after = merchant.api.page(0, 1).json()
    assert after["TotalCount"] == before["TotalCount"] + 1
    assert len(after["Results"]) == 1


def test_row_07_a_list_of_nobody(nobody: Merchant) -> None:
    """404, not an empty page."""
    refused(nobody.api.page(), 404)
    refused(nobody.api.call("GET", "/private/pii/users?skip=0&take=9"), 404)


async def test_whoever_reads_a_list_is_in_the_log(engine: Engine, merchant: Merchant) -> None:
    """Lists of persons, with the credential; not those of nobody."""
    merchant.api.created(**everything())
    await asyncio.to_thread(merchant.api.page, 0, 1)
    await asyncio.to_thread(merchant.api.call, "GET", f"{PII_USERS}?skip=0&take=9")
    read = await answering.log(engine, merchant.caller, ChangeFilter(), before=None, limit=9)
    assert [each.action for each in read] == ["Fetching a list of PII users", "Fetching a list of loyalty users"]
    of = {(each.surface, each.kind, each.subject_id) for each in read}
    assert of == {("xomni", "tenant", merchant.caller.tenant_id)}


def test_row_08_a_page_by_a_word(api: Api) -> None:
    """400."""
    refused(api.page(0, "abc"), 400)


def test_row_09_one_that_nobody_has(merchant: Merchant) -> None:
    """Neither to read nor to delete."""
    refused(merchant.api.fetch(99999), 404)
    assert merchant.api.delete(f"{USERS}/99999") == 404


def test_row_10_an_update_at_the_hole_in_the_path(api: Api) -> None:
    """The body says who is meant."""
    made = api.created(**everything())
    changed = {**made, "City": "Urla", "AvailablePoints": Decimal("7.5"), "Password": None}
    response = api.send("PUT", f"{USERS}/{HOLE}", **changed)
    assert response.status_code == 200
    assert exactly(response) == changed == api.fetched(made["Id"])


def test_row_11_a_patch_of_the_points(api: Api) -> None:
    """Nothing else changes."""
    made = api.created(**everything())
    response = api.send("PATCH", USERS, Id=made["Id"], AvailablePoints=Decimal("28.5"))
    assert response.status_code == 200
    assert exactly(response) == {**made, "AvailablePoints": Decimal("28.5"), "Password": None}
    assert api.fetched(made["Id"]) == exactly(response)


def test_row_12_what_was_read_is_written_back(api: Api) -> None:
    """A null password is no password to write: the old one lets in as before."""
    sent = everything()
    made = api.created(**sent)
    read = api.fetch(made["Id"])
    assert read.json()["Password"] is None
    response = api.call("PUT", USERS, read.content)
    assert (response.status_code, response.text) == (200, read.text)
    assert api.own(sent["UserName"], sent["Password"]).status_code == 200


def test_row_13_points_to_the_last_digit(merchant: Merchant) -> None:
    """The same everywhere."""
    api, sent = merchant.api, everything()
    made = api.create(**sent)
    shown = [made, api.fetch(made.json()["Id"]), api.page(), api.own(sent["UserName"], sent["Password"])]
    for response in shown:
        assert response.status_code == 200
        assert f'"AvailablePoints":{POINTS},' in response.text


def test_row_14_metadata_is_added(api: Api) -> None:
    """Once per key, to somebody who is there."""
    user = api.created()["Id"]
    response = api.note("POST", user, "tier", "gold")
    assert (response.status_code, response.json()) == (200, {"LoyaltyUserId": user, "Key": "tier", "Value": "gold"})
    refused(api.note("POST", NOBODY, "tier", "gold"), 404)
    refused(api.note("POST", user, "tier", "silver"), 409)
    assert api.notes(user).json() == [{"LoyaltyUserId": user, "Key": "tier", "Value": "gold"}]


def test_row_15_metadata_that_is_not_there(api: Api) -> None:
    """Of nobody, and of somebody who has none: 404 both."""
    refused(api.notes(NOBODY), 404)
    refused(api.notes(api.created()["Id"]), 404)


def test_row_16_metadata_is_changed(api: Api) -> None:
    """Never made by it."""
    user = api.created()["Id"]
    api.note("POST", user, "tier", "gold")
    response = api.note("PUT", user, "tier", "silver")
    assert (response.status_code, response.json()) == (200, {"LoyaltyUserId": user, "Key": "tier", "Value": "silver"})
    refused(api.note("PUT", NOBODY, "tier", "gold"), 404)
    refused(api.note("PUT", user, "colour", "red"), 404)
    assert api.notes(user).json() == [{"LoyaltyUserId": user, "Key": "tier", "Value": "silver"}]


def test_row_17_metadata_is_deleted(api: Api) -> None:
    """Once; then there is none."""
    user = api.created()["Id"]
    api.note("POST", user, "tier", "gold")
    path = f"{METADATA}?loyaltyUserId={user}&metadataKey=tier"
    assert [api.delete(path) for _ in range(2)] == [202, 404]
    assert api.delete(f"{METADATA}?loyaltyUserId={NOBODY}&metadataKey=tier") == 404
    refused(api.notes(user), 404)


def test_row_18_metadata_is_cleared(api: Api) -> None:
    """All of it."""
    user = api.created()["Id"]
    for key in ("tier", "colour"):
        api.note("POST", user, key, "x")
    assert api.delete(f"{METADATA}?loyaltyUserId={user}") == 202
    assert api.delete(f"{METADATA}?loyaltyUserId={NOBODY}") == 404
    refused(api.notes(user), 404)


def test_row_19_a_user_with_metadata_is_deleted(api: Api) -> None:
    """The metadata goes along, and the name is free again."""
    name = new_name()
    user = api.created(UserName=name)["Id"]
    api.note("POST", user, "tier", "gold")
    assert api.delete(f"{USERS}/{user}") == 202
    refused(api.notes(user), 404)
    refused(api.fetch(user), 404)
    refused(api.notes(api.created(UserName=name)["Id"]), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", path) for path in (USERS, METADATA, "/private/pii/user")),
        *(("GET", path) for path in (f"{USERS}/1", LIST, METADATA, "/private/pii/users", "/private/auth/principal")),
        *(("PUT", path) for path in (USERS, f"{USERS}/{HOLE}", METADATA)),
        ("PATCH", USERS),
        *(("DELETE", path) for path in (f"{USERS}/1", METADATA, "/private/pii/user/1")),
    ],
)
def test_row_20_wrong_credentials(api: Api, method: str, path: str) -> None:
    """On every private path."""
    refused(api.call(method, path, b"{}", Authorization="Bearer wrong"), 401)


def test_row_21_what_a_user_sees_of_itself(api: Api) -> None:
    """Fourteen members, for whoever has the password."""
    sent = everything()
    made = api.created(**sent)
    body = exactly(api.own(sent["UserName"], sent["Password"]))
    hidden = {"Id", "CreatedDate", "PIIUserTypeId", "InitiatedSocialLikeCount"}
    assert body == {"Data": {name: value for name, value in {**made, "Password": None}.items() if name not in hidden}}
    assert len(body["Data"]) == 14
    assert next(iter(body["Data"])) == "AvailablePoints"
    refused(api.own(sent["UserName"], "wrong"), 401)


def test_row_22_what_a_user_sees_of_its_metadata(api: Api) -> None:
    """Keys and values; 404 without any."""
    sent = everything()
    user = api.created(**sent)["Id"]
    refused(api.own(sent["UserName"], sent["Password"], OWN_METADATA), 404)
    api.note("POST", user, "tier", "gold")
    response = api.own(sent["UserName"], sent["Password"], OWN_METADATA)
    assert (response.status_code, response.json()) == (200, {"Data": [{"Key": "tier", "Value": "gold"}]})


@pytest.mark.parametrize(
    "accept", ["application/vnd.xomni.api-v4-1, */*", "application/vnd.xomni.api-v3_1", "", "text/xml"]
)
def test_row_23_any_accept_header(api: Api, accept: str) -> None:
    """The same answer, as JSON."""
    user = api.created()["Id"]
    response = api.call("GET", f"{USERS}/{user}", Accept=accept)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == api.fetched(user)


LIMITS = {
    "StreetAddress1": 600,
    "StreetAddress2": 600,
    "City": 100,
    "State": 100,
    "Zip": 20,
    "PhoneNumber": 50,
    "EMailAddress": 200,
    "Gender": 20,
}


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_row_24_texts_at_their_limit_and_one_over(api: Api, name: str, limit: int) -> None:
    """In a create, an update and a patch: 200 and 400, and nothing is cut or changed."""
    fits = "x" * limit
    made = api.created(**{name: fits})
    assert made[name] == fits
    refused(api.create(**{"UserName": new_name(), name: fits + "x"}), 400)
    for method in ("PUT", "PATCH"):
        refused(api.send(method, USERS, **{**made, name: fits + "x"}), 400)
        assert api.send(method, USERS, **{**made, name: fits}).status_code == 200
    assert api.fetched(made["Id"]) == made
    assert wire.LIMITS[name] == limit


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("PUT", LIST, b"{}", 405),
        ("POST", USERS, b"{", 400),
        ("POST", USERS, b"x" * 2_000_000, 413),
        ("GET", f"{USERS}/{NOBODY}", None, 404),
        ("PUT", USERS, b'{"UserName":"u"}', 400),
        ("GET", METADATA, None, 400),
        ("GET", f"{METADATA}?loyaltyUserId=me", None, 400),
        ("GET", "/pii/loyalty", None, 401),
    ],
)
def test_row_25_every_error_has_one_shape(api: Api, method: str, path: str, body: bytes | None, status: int) -> None:
    """A GUID, ticks and a text."""
    refused(api.call(method, path, body), status)


def test_row_26_one_name_in_two_tenants(api: Api, merchant: Merchant) -> None:
    """Both are made."""
    name = new_name()
    assert [each.create(UserName=name).status_code for each in (api, merchant.api)] == [200, 200]


def test_row_27_anonymous_ones(api: Api) -> None:
    """The name in either member; a user name once."""
    name = new_name()
    answers = [api.send("POST", ANONYMOUS, UserName=name, Name="Kiosk")]
    answers.append(api.send("POST", ANONYMOUS, UserName=new_name(), FirstLastName="Kiosk"))
    answers.append(api.send("POST", ANONYMOUS, UserName=name.upper()))
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    for answer in answers[:2]:
        assert (answer.json()["Data"]["Name"], answer.json()["Data"]["PIIUserType"]) == ("Kiosk", "Anonymous")
    refused(answers[2], 409)
