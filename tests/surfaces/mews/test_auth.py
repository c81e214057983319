"""Who may call: three members of the body, one pair of tokens, one tenant."""

import uuid
from dataclasses import replace
from typing import Any

import httpx
import pytest

from guerdon.engine import Engine
from guerdon.storage import tenants
from surfaces.mews.hotels import ACTIONS, PATH, Connection, Hotel, open_hotel

NOWHERE = str(uuid.UUID(int=7))
BODIES: dict[str, dict[str, Any]] = {
    "getAll": {"Limitation": {"Count": 1}},
    "add": {"LoyaltyMemberships": [{"AccountId": NOWHERE, "LoyaltyProgramId": NOWHERE, "IsPrimary": True}]},
    "update": {"LoyaltyMembershipUpdates": [{"LoyaltyMembershipId": NOWHERE}]},
    "delete": {"LoyaltyMembershipIds": [NOWHERE]},
}


def refused(response: httpx.Response, status: int, message: str) -> None:
    """Whether an answer is this refusal, in the envelope that all of them have."""
    assert (response.status_code, response.json().get("Message")) == (status, message)
    assert list(response.json()) == ["Message", "RequestId"]
    assert response.json()["RequestId"] == response.headers["Request-Id"]
    assert uuid.UUID(response.headers["Request-Id"])
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", ["ClientToken", "AccessToken", "Client"])
@pytest.mark.parametrize("value", ["<absent>", None, "", 5, ["x"], {"Value": "x"}, "a\0b"])
def test_each_of_the_three_is_a_text(demo: Connection, action: str, name: str, value: object) -> None:
    body = {**demo.credentials, **BODIES[action], name: value}
    if value == "<absent>":
        del body[name]
    refused(demo.http.post(f"{demo.server}{PATH}{action}", json=body), 400, f"Invalid {name}.")


@pytest.mark.parametrize("action", ACTIONS)
def test_both_tokens_must_belong_together(demo: Connection, facts: dict[str, Any], action: str) -> None:
    other = facts["other_tenant"]["mews"]
    pairs = [
        ("wrong", "wrong"),
        (demo.client_token, "wrong"),
        ("wrong", demo.access_token),
        (demo.access_token, demo.client_token),
        (demo.client_token, other["access_token"]),
        (other["client_token"], demo.access_token),
        (demo.client_token.upper(), demo.access_token),
        (demo.client_token, demo.access_token + " "),
        (facts["counterpoint"]["token"], facts["counterpoint"]["token"]),
        ("é" * 100_000, "x"),
    ]
    for client_token, access_token in pairs:
        stranger = replace(demo, client_token=client_token, access_token=access_token)
        refused(stranger.send(action, **BODIES[action]), 401, "Invalid ClientToken or AccessToken.")


async def test_a_line_break_cannot_be_moved_from_one_token_to_the_other(
    engine: Engine, http: httpx.Client, server: str
) -> None:
    hotel = await open_hotel(engine, http, server, client_token="one\ntwo", access_token="three")
    for pair in (("one", "two\nthree"), ("one\ntwo", "three")):
        stranger = replace(hotel.mews, client_token=pair[0], access_token=pair[1])
        refused(stranger.send("getAll", **BODIES["getAll"]), 401, "Invalid ClientToken or AccessToken.")


def test_credentials_come_before_the_rest_of_the_body(demo: Connection) -> None:
    stranger = replace(demo, access_token="wrong")
    refused(stranger.send("getAll", Limitation={"Count": 0}), 401, "Invalid ClientToken or AccessToken.")
    refused(demo.send("getAll", Limitation={"Count": 0}), 400, "Invalid Count.")


def test_a_good_caller_gets_a_request_id_too(demo: Connection) -> None:
    first, second = (demo.send("getAll", Limitation={"Count": 1}) for _ in range(2))
    assert uuid.UUID(first.headers["Request-Id"]) != uuid.UUID(second.headers["Request-Id"])


def test_languages_are_taken_and_change_nothing(demo: Connection) -> None:
    body = {"Limitation": {"Count": 1}}
    assert demo.ask("getAll", LanguageCode="nl-NL", CultureCode="nl-NL", **body) == demo.ask("getAll", **body)
    assert demo.ask("getAll", EnterpriseIds=[], **body) == demo.ask("getAll", **body)
    refused(demo.send("getAll", LanguageCode=7, **body), 400, "Invalid LanguageCode.")


async def test_another_tenant_sees_nothing_and_its_ids_are_invalid(
    hotel: Hotel, engine: Engine, http: httpx.Client, server: str
) -> None:
    ours, theirs = hotel.mews, await open_hotel(engine, http, server)
    guest = str((await hotel.guest()).id)
    (kept,) = ours.add(hotel.item(guest, IsPrimary=True, Points=7, LoyaltyTierId=hotel.tier_ids[0]))
    stranger = theirs.mews
    assert stranger.get_all(ActivityStates=["Active", "Deleted"]) == []
    assert stranger.get_all(LoyaltyMembershipIds=[kept["Id"]], ChainIds=[kept["ChainId"]]) == []
    refused(stranger.send("getAll", Limitation={"Count": 1, "Cursor": kept["Id"]}), 400, "Invalid Cursor.")
    own = str((await theirs.guest()).id)
    for item, name in (
        (theirs.item(guest), "AccountId"),
        (theirs.item(own, LoyaltyProgramId=hotel.program_ids[0]), "LoyaltyProgramId"),
        (theirs.item(own, LoyaltyTierId=hotel.tier_ids[0]), "LoyaltyTierId"),
    ):
        refused(stranger.send("add", LoyaltyMemberships=[item]), 400, f"Invalid {name}.")
    change = {"LoyaltyMembershipId": kept["Id"], "Points": {"Value": 0}}
    refused(stranger.send("update", LoyaltyMembershipUpdates=[change]), 400, "Invalid LoyaltyMembershipId.")
    refused(stranger.send("delete", LoyaltyMembershipIds=[kept["Id"]]), 400, "Invalid LoyaltyMembershipIds.")
    assert stranger.get_all() == []
    assert ours.get_all() == [kept]


async def test_a_token_of_one_chain_ignores_the_chain_in_writes(hotel: Hotel) -> None:
    guest = str((await hotel.guest()).id)
    (added,) = hotel.mews.add(hotel.item(guest), ChainId=str(uuid.uuid4()))
    assert added["ChainId"] == str(hotel.caller.chain_id)
    (changed,) = hotel.mews.update({"LoyaltyMembershipId": added["Id"]}, ChainId=None)
    assert changed == added
    hotel.mews.delete(added["Id"], ChainId=str(uuid.uuid4()))


async def test_a_portfolio_token_names_the_chain_in_writes(portfolio: Hotel) -> None:
    mews, chain_id = portfolio.mews, str(portfolio.caller.chain_id)
    guest = str((await portfolio.guest()).id)
    (added,) = mews.add(portfolio.item(guest), ChainId=chain_id)
    calls = {
        "add": {"LoyaltyMemberships": [portfolio.item(guest)]},
        "update": {"LoyaltyMembershipUpdates": [{"LoyaltyMembershipId": added["Id"]}]},
        "delete": {"LoyaltyMembershipIds": [added["Id"]]},
    }
    for action, body in calls.items():
        refused(mews.send(action, **body), 400, "Invalid ChainId.")
        refused(mews.send(action, **body, ChainId=str(uuid.uuid4())), 400, "Invalid ChainId.")
    assert mews.update({"LoyaltyMembershipId": added["Id"]}, ChainId=chain_id) == [added]
    mews.delete(added["Id"], ChainId=chain_id)
    assert mews.get_all(ActivityStates=["Deleted"], ChainIds=[chain_id])[0]["Id"] == added["Id"]


async def test_a_portfolio_token_reads_all_chains_and_writes_one(portfolio: Hotel) -> None:
    mews, chain_id, second = portfolio.mews, str(portfolio.caller.chain_id), uuid.uuid4()
    async with portfolio.engine.database.connection() as connection:
        await tenants.insert_chain(connection, portfolio.caller.tenant_id, second, "Second chain")
    program = str(await portfolio.program_of(second))
    guests = await portfolio.guests(2)
    (first,) = mews.add(portfolio.item(guests[0]), ChainId=chain_id)
    (other,) = mews.add(portfolio.item(guests[1], LoyaltyProgramId=program), ChainId=str(second))
    assert other["ChainId"] == str(second)
    assert mews.get_all() == [other, first]
    assert mews.get_all(cursor=other["Id"]) == [first]
    assert mews.get_all(cursor=other["Id"], ChainIds=[chain_id]) == [first]
    assert mews.get_all(ChainIds=[str(second), str(uuid.uuid4())]) == [other]
    item = portfolio.item(guests[0], LoyaltyProgramId=program)
    refused(mews.send("add", ChainId=chain_id, LoyaltyMemberships=[item]), 400, "Invalid LoyaltyProgramId.")
    refused(
        mews.send("delete", ChainId=chain_id, LoyaltyMembershipIds=[other["Id"]]), 400, "Invalid LoyaltyMembershipIds."
    )
