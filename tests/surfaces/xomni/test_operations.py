"""Loyalty users over a real socket: created, refused, read back, listed, and kept apart by tenant."""

import json
import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guerdon.core.callers import Caller
from guerdon.demo import tenant
from guerdon.engine import Engine, reading
from guerdon.surfaces.xomni import wire
from surfaces import replay
from surfaces.xomni.conftest import LIST, USERS, Api, Merchant, exactly, new_name, refused

TAKEN = "Given loyalty user already exists."
SAMPLE = replay.cases("xomni")[0].request["text"]


# --- create


@pytest.mark.parametrize("path", [USERS, USERS + "/", "/PRIVATE/PII/LOYALTY", "/private/PII/Loyalty/"])
@pytest.mark.parametrize(
    "accept", ["application/vnd.xomni.api-v4-1, */*", "application/vnd.xomni.api-v3_1", "text/xml", ""]
)
def test_a_path_in_any_case_and_any_accept_header(api: Api, path: str, accept: str) -> None:
    """Never 406, always JSON, 200 and no Location."""
    response = api.call("POST", path, json.dumps({"UserName": new_name()}).encode(), Accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert "location" not in response.headers


def test_the_documented_sample_twice(merchant: Merchant) -> None:
    """Every member as it was sent, to the digit; the second time the name is taken."""
    first = merchant.api.call("POST", USERS, SAMPLE.encode())
    body = first.json()
    assert '"AvailablePoints":20.37076232692728,' in first.text
    assert '"DateOfBirth":"2013-08-16T12:23:02.4499918+03:00"' in first.text
    assert {name: body[name] for name in json.loads(SAMPLE.replace(", }", "}"))} == json.loads(
        SAMPLE.replace(", }", "}")
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00", body["CreatedDate"])
    assert refused(merchant.api.call("POST", USERS, SAMPLE.encode()), 409) == TAKEN
    again = merchant.api.call("POST", USERS, first.content)
    assert refused(again, 409) == TAKEN, "the object that came back, with its id, is the same user again"


def test_names_in_any_case_and_strange_members(api: Api) -> None:
    """Read as Json.NET does."""
    name = new_name()
    body = f'{{"USERNAME":"{name}","availablepoints":"7.50","emailADDRESS":null,"Nickname":{{"a":[1,{{"b":null}}]}},}}'
    answer = exactly(api.call("POST", USERS, body.encode()))
    assert (answer["UserName"], answer["AvailablePoints"]) == (name, Decimal("7.50"))


@pytest.mark.parametrize(
    "owned",
    [
        {"Id": 0, "CreatedDate": "0001-01-01T00:00:00", "PIIUserTypeId": 0, "InitiatedSocialLikeCount": 0},
        dict.fromkeys(("Id", "CreatedDate", "PIIUserTypeId", "InitiatedSocialLikeCount", "PIIUserType")),
        {"Id": 2**70, "CreatedDate": True, "PIIUserTypeId": "x", "InitiatedSocialLikeCount": [1], "PIIUserType": {}},
        {"Id": 1, "PIIUserType": "\0", "InitiatedSocialLikeCount": -1.5, "PIIUserTypeId": 1},
    ],
)
def test_members_of_the_servers_own_do_not_count(api: Api, owned: dict[str, Any]) -> None:
    """Whatever they hold."""
    sent = {"UserName": new_name(), **owned}
    body = api.call("POST", USERS, json.dumps(sent).encode()).json()
    assert body["Id"] > 6
    assert (body["PIIUserTypeId"], body["PIIUserType"], body["InitiatedSocialLikeCount"]) == (2, "Loyalty", 0)
    assert body["CreatedDate"] > "2016"


def test_only_the_user_name_is_required(api: Api) -> None:
    """Everything else is null, points too: nothing was ever posted."""
    body = api.created(UserName="\u0130rem " + new_name())
    assert list(body) == [field.encode_name for field in msgspec.structs.fields(wire.LoyaltyUser)]
    absent = set(body) - {"UserName", "Id", "CreatedDate", "PIIUserTypeId", "PIIUserType", "InitiatedSocialLikeCount"}
    assert {body[name] for name in absent} == {None}
    assert api.fetched(body["Id"]) == body


BAD_BODIES = [
    b"",
    b" ",
    b"null",
    b"[]",
    b'"UserName"',
    b"7",
    b"{",
    b"{}",
    b"{,}",
    b'{"UserName":"u",,}',
    b'{"UserName":"u"} x',
    b"UserName=u",
    b'{"UserName":"\xff"}',
    b'{"UserName":"\xed\xa0\x80"}',
    b'{"UserName":"\\ud800"}',
    b'{"UserName":"u\\u0000"}',
    b'{"UserName":null}',
    b'{"UserName":""}',
    b'{"UserName":"  \\t "}',
    b'{"UserName":7}',
    b'{"UserName":["u"]}',
    b'{"UserName":"u","City":7}',
    b'{"UserName":"u","City":"\\u0000"}',
    b'{"UserName":"u","Password":{}}',
    b'{"UserName":"u","Password":"\\u0000"}',
    b'{"UserName":"u","DateOfBirth":"yesterday"}',
    b'{"UserName":"u","DateOfBirth":"2013-02-30"}',
    b'{"UserName":"u","DateOfBirth":"2013-08-16T12:23:02.44999180+03:00"}',
    b'{"UserName":"u","DateOfBirth":7}',
    b'{"UserName":"u","AvailablePoints":NaN}',
    b'{"UserName":"u","AvailablePoints":"NaN"}',
    b'{"UserName":"u","AvailablePoints":Infinity}',
    b'{"UserName":"u","AvailablePoints":"-Infinity"}',
    b'{"UserName":"u","AvailablePoints":true}',
    b'{"UserName":"u","AvailablePoints":{}}',
    b'{"UserName":"u","AvailablePoints":[1]}',
    b'{"UserName":"u","AvailablePoints":"many"}',
    b'{"UserName":"u","AvailablePoints":1e400}',
    b'{"UserName":"u","AvailablePoints":-1e400}',
    b'{"UserName":"u","AvailablePoints":1e99999999999999999999}',
    b'{"UserName":"u","AvailablePoints":1e-99999999999999999999}',
    b'{"UserName":"u","AvailablePoints":100000000000000000000}',
    b'{"UserName":"u","AvailablePoints":' + b"9" * 5_000 + b"}",
    b"[" * 10_000 + b"]" * 10_000,
    b'{"UserName":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"UserName":"u","Nickname":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"UserName":"' + b'\\"' * 250_000,
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:50]))
def test_bad_bodies_change_nothing(nobody: Merchant, body: bytes) -> None:
    """400 with a text, and nobody is there afterwards."""
    refused(nobody.api.call("POST", USERS, body), 400)
    refused(nobody.api.page(), 404)


def test_errors_name_the_member(api: Api) -> None:
    """So that people can mend their request."""
    assert refused(api.create(City="Izmir"), 400) == "UserName: is required."
    assert refused(api.create(UserName="u", AvailablePoints=True), 400) == "AvailablePoints: is not a number."
    assert refused(api.create(UserName="u", Zip="x" * 21), 400).startswith("Zip: ")
    assert refused(api.create(UserName="u", AvailablePoints="1e30"), 400).startswith("AvailablePoints ")


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
@pytest.mark.parametrize(
    ("name", "limit"), [(name, limit) for name, limit in wire.LIMITS.items() if name != "UserName"]
)
def test_texts_at_their_limit_and_over(api: Api, name: str, limit: int, letter: str) -> None:
    """In UTF-16 code units: at the limit as sent, one more is refused."""
    text = letter * (limit // (1 if letter == "x" else 2))
    assert api.created(**{name: text})[name] == text
    assert name in refused(api.create(UserName=new_name(), **{name: text + "x"}), 400)


def test_a_user_name_at_its_limit_and_over(api: Api) -> None:
    """256, as 128 characters that count twice and fold to more than they are."""
    for text in (new_name().ljust(256, "x"), new_name().ljust(256, "\u0390"), new_name() + "\U0001f600" * 107):
        assert api.created(UserName=text)["UserName"] == text
        refused(api.create(UserName=text + "xx"), 400)


def test_a_user_name_is_taken_in_any_case(api: Api) -> None:
    """It is kept as it was first written."""
    name = "Ma\u00dfmann " + new_name()
    created = api.created(UserName=name)
    for taken in (name, name.upper(), name.lower(), name.casefold()):
        assert refused(api.create(UserName=taken), 409) == TAKEN
    assert api.created(UserName=name + " ")["Id"] != created["Id"], "a name is not trimmed"
    assert api.fetched(created["Id"])["UserName"] == name


@settings(max_examples=25, deadline=None)
@given(st.decimals("-99999999999999999999", "99999999999999999999", allow_nan=False, places=12))
def test_points_round_trip(api: Api, points: Decimal) -> None:
    """Through the database and back, twice."""
    created = api.created(AvailablePoints=points)
    assert created["AvailablePoints"] == points
    assert api.fetched(created["Id"])["AvailablePoints"] == points


@pytest.mark.parametrize("text", ["20.37076232692728", "-3.5", "0", "0.0", "20.0", "9007199254740993", "0.1000"])
def test_points_have_no_digit_more_or_less(api: Api, text: str) -> None:
    """Also where the ledger wrote the difference to another balance, which has as many places as either."""
    shown = f'"AvailablePoints":{re.sub(r"[.]?0+$", "", text) if "." in text else text},'
    body = f'{{"UserName":"{new_name()}","AvailablePoints":{text}}}'
    response = api.call("POST", USERS, body.encode())
    known = response.json()["Id"]
    assert shown in response.text
    assert shown in api.fetch(known).text
    for other in ("0.00000000000007", text):
        response = api.call("PATCH", USERS, f'{{"Id":{known},"AvailablePoints":{other}}}'.encode())
    assert shown in response.text
    assert shown in api.page().text


# --- passwords


async def test_a_password_is_answered_once_and_kept_as_a_hash(engine: Engine, merchant: Merchant) -> None:
    """Only the answer to the request that brought it repeats it."""
    api, secret = merchant.api, "plum-7-orchard"
    name = new_name()
    created = api.created(UserName=name, Password=secret, EMailAddress=f"{name}@example.org")
    assert created["Password"] == secret
    later = [
        api.fetch(created["Id"]),
        api.page(),
        api.create(UserName=name, Password=secret),
        api.create(UserName=name.upper()),
        api.create(UserName=new_name(), EMailAddress=f"{name}@example.org"),
        api.call("GET", "/openapi.json"),
    ]
    assert [response.status_code for response in later] == [200, 200, 409, 409, 200, 200]
    assert api.fetched(created["Id"])["Password"] is None
    async with engine.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM members WHERE tenant_id = $1", merchant.caller.tenant_id)
    hashes = [row["password_hash"] for row in rows if row["password_hash"]]
    assert len(hashes) == 1
    assert hashes[0].startswith("$argon2id$")
    seen = [*(response.text for response in later), *(str(dict(row)["profile"]) for row in rows)]
    assert not [text for text in seen if secret in text or "argon2" in text or hashes[0] in text]
    assert secret not in str([dict(row) for row in rows])


@pytest.mark.parametrize("password", [None, ""])
def test_no_password_is_null(api: Api, password: str | None) -> None:
    """An empty one is none."""
    assert api.created(Password=password)["Password"] is None


# --- read


@pytest.mark.parametrize(
    "user_id", ["2147483647", "2147483648", "9" * 40, "0", "-1", "1.0", "abc", "%D9%A1", "+1", "%7B0%7D"]
)
def test_ids_that_nobody_has(api: Api, user_id: str) -> None:
    """A number that is none is nobody's either."""
    assert refused(api.fetch(user_id), 404) == "Loyalty user could not be found."


def test_pages(merchant: Merchant) -> None:
    """By id, with the count of all; 404 where there is nobody, and an empty page past the end."""
    api = merchant.api
    assert refused(api.page(), 404) == "There are no loyalty users."
    users = [api.created(AvailablePoints=points) for points in (1, Decimal("2.5"), None)]
    assert exactly(api.page()) == {"Results": users, "TotalCount": 3}
    assert exactly(api.page(1, 1)) == {"Results": [users[1]], "TotalCount": 3}
    assert exactly(api.page(3, 1)) == {"Results": [], "TotalCount": 3}
    assert exactly(api.page(2147483647, 1000)) == {"Results": [], "TotalCount": 3}
    assert exactly(api.call("GET", f"{LIST.upper()}/?SKIP=0&Take=2")) == {"Results": users[:2], "TotalCount": 3}


BAD_QUERIES = """
- ?skip=0 ?take=1 ?skip=&take=1 ?skip=0&take=abc ?skip=-1&take=1 ?skip=0&take=0 ?skip=0&take=1001 ?skip=1.5&take=1
?skip=0&take=1e2 ?skip=2147483648&take=1 ?skip=0&take=99999999999999999999 ?skip=%00&take=1 ?skip=%FF&take=1
?skip=%D9%A1&take=1 ?skip=0&take=+1 ?skip=0&take=%201
"""


@pytest.mark.parametrize("query", BAD_QUERIES.split())
def test_pages_need_two_numbers_within_bounds(api: Api, query: str) -> None:
    """Also for a tenant that has members."""
    refused(api.call("GET", LIST + query.removeprefix("-")), 400)


# --- tenants


def test_tenants_are_apart(merchant: Merchant, api: Api, facts: dict[str, Any]) -> None:
    """The same name and address in two tenants; neither sees the other's users."""
    name = new_name()
    here = [one.created(UserName=name, EMailAddress=f"{name}@example.org") for one in (api, merchant.api)]
    assert here[1]["Id"] == 1
    refused(merchant.api.fetch(here[0]["Id"] + 1_000_000), 404)
    refused(merchant.api.fetch(here[0]["Id"]), 404)
    assert merchant.api.page().json()["TotalCount"] == 1
    stranger = Api(api.http, api.base_url, facts["other_tenant"]["xomni"]["token"])
    refused(stranger.fetch(here[0]["Id"] + 1_000_000), 404)
    assert here[0]["Id"] > 1
    assert name not in stranger.page().text


async def test_what_a_create_writes_says_who_asked(engine: Engine, api: Api) -> None:
    """The entry bears the surface; its points are the whole figure."""
    created = api.created(AvailablePoints=Decimal("20.5"))
    caller = Caller(tenant.id_of(tenant.DEMO, "tenant"), "test", tenant.id_of(tenant.DEMO, "seed"))
    known = await reading.member_by_serial(engine, caller, created["Id"])
    (held,) = await reading.memberships_of(engine, caller, known.id)
    (entry,) = await reading.entries(engine, caller, held.id, before=2, limit=9)
    assert (entry.surface, entry.kind, entry.points, entry.version) == ("xomni", "set", Decimal("20.5"), 1)
