"""What a client is told of the demo works: every key, every credential, and every line to paste."""

import json
import shlex
import shutil
import subprocess
from decimal import Decimal
from typing import Any

import httpx
import pytest

from guerdon.demo import client
from guerdon.surfaces import SURFACES

KEYS = {
    "base_url": None,
    "deliverect": {
        "base_url",
        "token",
        "client_id",
        "client_secret",
        "channel_link",
        "channel_link_without_tiers",
        "channel_link_inactive",
        "shop",
        "account",
        "loyalty_profile",
        "partner",
        "api_key",
        "signing_secret",
        "compensation_card",
    },
    "counterpoint": {
        "base_url",
        "token",
        "user_name",
        "password",
        "customer",
        "second_customer",
        "not_enrolled_customer",
    },
    "mews": {"base_url", "client_token", "access_token", "program_id", "tier_id", "account_ids"},
    "xomni": {"base_url", "token", "user_name", "password"},
    "native": {"base_url", "token"},
    "other_tenant": {
        "deliverect": {"token", "channel_link"},
        "counterpoint": {"token"},
        "mews": {"client_token", "access_token"},
        "xomni": {"token"},
        "native": {"token"},
    },
}
"""What clients and their tests are written against: nothing more and nothing less."""


def shape(facts: dict[str, Any]) -> dict[str, Any]:
    """The keys of each part; of the other tenant, those of each of its parts."""
    parts: dict[str, Any] = {name: set(part) if isinstance(part, dict) else None for name, part in facts.items()}
    parts["other_tenant"] = {name: set(part) for name, part in facts["other_tenant"].items()}
    return parts


def test_a_client_is_told_exactly_this() -> None:
    """Every value is a text without spaces, but for the three accounts of the hotel."""
    facts: dict[str, Any] = client.facts("http://127.0.0.1:1")
    assert shape(facts) == KEYS
    assert facts["base_url"] == "http://127.0.0.1:1"
    for surface in SURFACES:
        assert facts[surface.name]["base_url"] == f"http://127.0.0.1:1{surface.prefix}"
    accounts = facts["mews"].pop("account_ids")
    assert len(accounts) == len(set(accounts)) == 3
    texts = [value for part in facts.values() if isinstance(part, dict) for value in part.values()]
    texts += [value for part in facts["other_tenant"].values() for value in part.values()]
    assert all(isinstance(text, dict) or (isinstance(text, str) and text.split() == [text]) for text in texts)


def bearer(token: str) -> dict[str, str]:
    """The header for a token."""
    return {"Authorization": f"Bearer {token}"}


def ok(response: httpx.Response) -> Any:
    """The body of an answer that must be a success."""
    assert response.is_success, response.text
    return response.json() if response.content else None


def test_every_credential_of_the_web_shop_works(fresh_server: str, http: httpx.Client) -> None:
    """The token, what is traded for one, and the three links, each as it is named."""
    known: dict[str, Any] = client.facts(fresh_server)["deliverect"]  # type: ignore[assignment]
    wanted = {"audience": fresh_server, "grant_type": "client_credentials"}
    secret = {name: known[name] for name in ("client_id", "client_secret")}
    traded = ok(http.post(f"{known['base_url']}/oauth/token", json={**secret, **wanted}))["access_token"]
    for number, token in enumerate((known["token"], traded)):
        person = {"email": f"a{number}@example.com", "firstName": "A"}
        made = http.post(
            f"{known['base_url']}/loyalty/{known['channel_link']}/customer", json=person, headers=bearer(token)
        )
        assert ok(made)["tier"]["name"] == "Bronze"
        got = http.get(
            f"{known['base_url']}/loyalty/{known['channel_link_without_tiers']}/customer",
            params={"email": person["email"]},
            headers=bearer(token),
        )
        assert ok(got)["tier"] is None
        none = http.get(
            f"{known['base_url']}/loyalty/{known['channel_link_inactive']}/customer",
            params={"email": person["email"]},
            headers=bearer(token),
        )
        assert none.status_code == 400


def test_every_credential_of_the_till_works(fresh_server: str, http: httpx.Client) -> None:
    """The token, what is traded for one, and the three customers, each as it is named."""
    known: dict[str, Any] = client.facts(fresh_server)["counterpoint"]  # type: ignore[assignment]
    secret = {"UserName": known["user_name"], "Password": known["password"]}
    traded = ok(http.post(f"{known['base_url']}/SSO/Login", json=secret))["APItoken"]
    for token in (known["token"], traded):
        read = {}
        for customer in ("customer", "second_customer", "not_enrolled_customer"):
            got = http.get(f"{known['base_url']}/Loyalty/{known[customer]}/BalanceCheck", headers=bearer(token))
            loyalty = ok(got)["Loyalty"]
            read[customer] = (loyalty["CustomerNumber"], loyalty["Status"], loyalty["PointBalance"])
        assert read == {
            "customer": (known["customer"], "active", 1404),
            "second_customer": (known["second_customer"], "active", 0),
            "not_enrolled_customer": (known["not_enrolled_customer"], "inactive", 0),
        }


def test_every_credential_of_the_hotel_works(fresh_server: str, http: httpx.Client) -> None:
    """The tokens, and each account, the program and the tier together as a membership."""
    known: dict[str, Any] = client.facts(fresh_server)["mews"]  # type: ignore[assignment]
    named = {"LoyaltyProgramId": known["program_id"], "LoyaltyTierId": known["tier_id"], "IsPrimary": True}
    body = {
        "ClientToken": known["client_token"],
        "AccessToken": known["access_token"],
        "Client": "Tests 1.0",
        "LoyaltyMemberships": [{**named, "AccountId": account_id} for account_id in known["account_ids"]],
    }
    added = ok(http.post(f"{known['base_url']}/api/connector/v1/loyaltyMemberships/add", json=body))
    assert [each["AccountId"] for each in added["LoyaltyMemberships"]] == known["account_ids"]
    assert {each["LoyaltyTierId"] for each in added["LoyaltyMemberships"]} == {known["tier_id"]}


def test_every_credential_of_the_tablet_and_of_our_own_works(fresh_server: str, http: httpx.Client) -> None:
    """Token or API user for the one, which lists who is in the program; the token for the other."""
    known: dict[str, Any] = client.facts(fresh_server)
    tablet, native = known["xomni"], known["native"]
    url = f"{tablet['base_url']}/private/pii/loyalties?skip=0&take=10"
    users = ok(http.get(url, headers=bearer(tablet["token"])))
    assert users["TotalCount"] == 2
    assert ok(http.get(url, auth=(tablet["user_name"], tablet["password"]))) == users
    for path in (f"/members/{account_id}" for account_id in known["mews"]["account_ids"]):
        assert ok(http.get(native["base_url"] + path, headers=bearer(native["token"])))["identifiers"]


def pasted(line: str) -> Any:
    """What comes back from a line as it is pasted into a shell; where there is no curl, from the same request."""
    if shutil.which("curl"):
        got = subprocess.run(["sh", "-c", f"{line} -w '\\n%{{http_code}}'"], capture_output=True, text=True, check=True)
        body, _, status = got.stdout.rpartition("\n")
    else:
        print("curl is not installed here: the line is read as a shell reads it, and sent")  # noqa: T201
        body, status = _sent(shlex.split(line))
    assert status == "200", body
    return json.loads(body, parse_float=Decimal)


def _sent(words: list[str]) -> tuple[str, str]:
    assert words[:2] == ["curl", "-s"]
    headers = [words[n + 1].partition(": ")[::2] for n, word in enumerate(words) if word == "-H"]
    data = next((words[n + 1] for n, word in enumerate(words) if word == "-d"), None)
    got = httpx.request("POST" if data else "GET", words[2], content=data, headers=headers, timeout=30)
    return got.text, str(got.status_code)


@pytest.mark.parametrize("with_curl", [True, False])
def test_the_first_call_on_each_surface_works_as_pasted(
    fresh_server: str, monkeypatch: pytest.MonkeyPatch, *, with_curl: bool
) -> None:
    """And says something of the demo; twice over, for whoever starts the server once more."""
    if not with_curl:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    for turn in range(2):
        lines = client.first_calls(fresh_server)
        assert set(lines) == {surface.name for surface in SURFACES}
        said = {surface: pasted(line) for surface, line in lines.items()}
        (member,) = said["native"]["data"]
        assert said["counterpoint"]["Loyalty"]["CustomerNumber"] in member["identifiers"].values()
        assert said["counterpoint"]["Loyalty"]["PointBalance"] == 1404
        assert said["deliverect"]["providerId"]
        assert len(said["mews"]["LoyaltyMemberships"]) == 3 + turn
        assert said["xomni"]["AvailablePoints"] == Decimal("20.37076232692728")
