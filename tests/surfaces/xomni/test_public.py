"""What a tablet may see for its visitor: the PIIToken, and the rights of the one who asks."""

import uuid
from base64 import b64encode
from dataclasses import replace
from typing import Any

import httpx
import pytest

from guerdon.core.programs import Program
from guerdon.engine import Engine, merging, reading
from guerdon.engine.founding import Founding, NewCredential, found
from surfaces.xomni.conftest import (
    ANONYMOUS,
    LIST,
    OWN,
    OWN_METADATA,
    PII_USERS,
    USERS,
    Api,
    Merchant,
    new_name,
    pii_token,
    refused,
)


def encoded(text: str | bytes) -> str:
    """Base64."""
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.fixture
def visitor(api: Api) -> tuple[str, str]:
    """A loyalty user's name and password."""
    name = new_name()
    api.created(UserName=name, Password="plum;password:7:orchard")
    return name, "plum;password:7:orchard"


async def test_passwords_are_not_guessed_for_long(merchant: Merchant, nobody: Merchant) -> None:
    """Of one user by one caller; a right one begins anew, and in between nobody is told whether one was right.

    By whichever name: the address is as good for guessing as the user name.
    """
    names = [new_name(), new_name()]
    for name in names:
        merchant.api.created(UserName=name, Password="plum", EMailAddress=f"{name}@example.com")
    for right in (True, False):
        assert [merchant.api.own(names[0], f"guess {n}").status_code for n in range(9 + (not right))] == [401] * (
            10 - right
        )
        answer = merchant.api.own(names[0].upper(), "plum")
        assert answer.status_code == (200 if right else 429)
    refused(answer, 429)
    refused(merchant.api.own(f"{names[0]}@example.com", "plum"), 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert merchant.api.own(names[1], "plum").status_code == 200
    refused(nobody.api.own(names[0], "plum"), 401)


def test_the_documented_token() -> None:
    """The user name and the password, as the vendor's clients put them together."""
    assert pii_token("mira.k", "plum-7-orchard") == "dXNlcm5hbWU6bWlyYS5rO3Bhc3N3b3JkOnBsdW0tNy1vcmNoYXJk"


@pytest.mark.parametrize("path", [OWN, OWN_METADATA])
def test_nobody_is_let_in_without_a_good_token(api: Api, path: str) -> None:
    """One answer for every reason; who asks is not told which."""
    name = new_name()
    user = api.created(UserName=name, Password="plum")
    api.note("POST", user["Id"], "k", "v")
    good = pii_token(name, "plum")
    for token in (
        "",
        "x",
        "!!!",
        good[:-2],
        name,
        encoded(name),
        encoded(f"username:{name}"),
        encoded(f"username:{name};password:"),
        encoded(f"username:{name};password:Plum"),
        encoded(f"password:plum;username:{name}"),
        encoded(f"user:{name};password:plum"),
        encoded(f"sessionGuid:{uuid.uuid4()}"),
        encoded("username:nobody;password:plum"),
        encoded("username:\0;password:plum"),
        encoded(f"username:{name};password:" + "x" * 300),
        encoded(b"username:\xff;password:\xff"),
        f"{good},{encoded('username:x;password:y')}",
    ):
        text = refused(api.call("GET", path, PIIToken=token), 401)
        assert text == "The credentials are missing or not valid."
    refused(api.call("GET", path, PIIToken=good, Authorization=""), 401)
    assert api.call("GET", path, PIIToken=good).status_code == 200
    assert api.call("GET", path, PIIToken=f"{good}, {good}").status_code == 200
    sent = {"Authorization": f"Bearer {api.token}", "piitoken": good}
    assert api.http.get(api.base_url + path.upper() + "/", headers=sent).status_code == 200


def test_a_user_name_in_any_case(api: Api) -> None:
    """As it is unique in any case."""
    name = f"Ma\u00dfmann-{new_name()}"
    api.created(UserName=name, Password="Plum")
    for each in (name, name.upper(), name.casefold()):
        assert api.own(each, "Plum").json()["Data"]["UserName"] == name


def test_a_user_without_a_password(api: Api) -> None:
    """Is not let in until there is one."""
    name = new_name()
    user = api.created(UserName=name)
    for password in ("", "None", "null"):
        refused(api.own(name, password), 401)
    api.send("PATCH", USERS, Id=user["Id"], Password="plum")
    assert api.own(name, "plum").status_code == 200


def test_a_password_with_the_words_of_the_token(api: Api, visitor: tuple[str, str]) -> None:
    """Only the last place counts, so that such a password never worked, with the vendor's clients either."""
    refused(api.own(*visitor), 401)


async def test_a_password_comes_along_by_a_merge(engine: Engine, merchant: Merchant) -> None:
    """Where there is none; one that is set later counts alone, and what is left of the user is one."""
    api, name = merchant.api, new_name()
    into, absorbed = api.created(), api.created(UserName=name, Password="plum", AvailablePoints=7)
    ids = [(await reading.member_by_serial(engine, merchant.caller, each["Id"])).id for each in (into, absorbed)]
    await merging.merge(engine, merchant.caller, into_id=ids[0], from_id=ids[1])
    for known in (name, into["UserName"]):
        assert api.own(known, "plum").json()["Data"]["AvailablePoints"] == 7
    assert api.send("PATCH", USERS, Id=into["Id"], Password="pear").status_code == 200
    assert [api.own(name, password).status_code for password in ("plum", "pear")] == [401, 200]


def test_an_anonymous_password_is_shown_once(api: Api) -> None:
    """A new one for everybody, and good for nothing but to be let in as somebody anonymous."""
    answers = [api.send("POST", ANONYMOUS, UserName=new_name()).json()["Data"] for _ in range(2)]
    assert answers[0]["Password"] != answers[1]["Password"]
    assert uuid.UUID(answers[0]["Password"]).version == 4
    for answer in answers:
        refused(api.own(answer["UserName"], answer["Password"]), 404)
    refused(api.own(answers[0]["UserName"], answers[1]["Password"]), 401)
    assert answers[0]["Password"] not in api.call("GET", f"{PII_USERS}?skip=0&take=1000").text


@pytest.mark.parametrize(
    "body",
    [{}, {"UserName": None}, {"UserName": " "}, {"UserName": "x" * 257}, {"UserName": "u", "Name": "x" * 1001}],
)
def test_bad_anonymous_ones(api: Api, body: dict[str, Any]) -> None:
    """400, and nobody is made."""
    refused(api.send("POST", ANONYMOUS, **body), 400)


# --- rights


async def with_rights(engine: Engine, api: Api, *rights: str) -> Api:
    """A client of a tenant of its own, with these rights only."""
    tenant_id, chain_id = uuid.uuid4(), uuid.uuid4()
    program = Program(uuid.uuid4(), chain_id, "P", "Program", (), (), None, allow_negative=False)
    token = f"xomni-{tenant_id}"
    credential = NewCredential(
        surface="xomni", name=f"user-{tenant_id}", secret="s", tokens=(token,), scopes=frozenset(rights)
    )
    founding = Founding(
        tenant_id=tenant_id,
        slug=tenant_id.hex,
        name="Merchant",
        chain_id=chain_id,
        programs=[program],
        credentials=[credential],
    )
    assert await found(engine, founding)
    return replace(api, token=token)


async def test_who_has_the_public_right_only(engine: Engine, api: Api) -> None:
    """403 on everything private, before anything of the request is looked at."""
    tablet = await with_rights(engine, api, "public")
    assert tablet.send("POST", ANONYMOUS, UserName="kiosk").status_code == 200
    for method, path in (("POST", USERS), ("GET", LIST), ("GET", f"{USERS}/1"), ("GET", "/private/auth/principal")):
        text = refused(tablet.call(method, path, b"{"), 403)
        assert text == "The credentials do not have the right to do this."


async def test_who_has_the_private_right_only(engine: Engine, api: Api) -> None:
    """And the other way round."""
    office = await with_rights(engine, api, "private")
    office.created(UserName="mira", Password="plum")
    refused(office.own("mira", "plum"), 403)
    refused(office.send("POST", ANONYMOUS, UserName="kiosk"), 403)
    principal = office.call("GET", "/private/auth/principal").json()
    assert principal["ApiUserRights"] == [{"Id": 2, "Description": "PrivateAPI"}]
    assert principal["ApiUserName"].startswith("user-")
    assert principal["ApiUserEncryptedPassword"] is None


def test_who_is_calling(api: Api, facts: dict[str, Any], http: httpx.Client) -> None:
    """The same by token and by name and password; neither is told."""
    known = facts["xomni"]
    by_token = api.call("GET", "/private/auth/principal")
    basic = httpx.BasicAuth(known["user_name"], known["password"])
    assert by_token.json() == http.get(f"{api.base_url}/private/auth/principal", auth=basic).json()
    assert by_token.json()["ApiUserName"] == known["user_name"]
    assert known["password"] not in by_token.text
