"""The database goes away in the middle of a request, at every place: whoever asked is told to come back, and how."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from cutting import Wire, error_message, wired
from guerdon.core.refusals import OutcomeUnknown, Overloaded
from guerdon.demo import client
from guerdon.engine import Engine
from guerdon.serve import Places, listening
from guerdon.surfaces import SURFACES
from guerdon.web.surface import Surface

MOST_ANSWERS = 200
"""Of the database to one request; a test that cuts after so many has gone astray."""

TERMINATED = error_message("FATAL", "57P01")
"""What a session is told that an administrator ends."""


@dataclass
class Cut:
    """A server behind a wire that can be cut."""

    wire: Wire
    engine: Engine
    http: httpx.AsyncClient
    facts: dict[str, Any]

    async def asked(self, surface: Surface, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        """Asks with the demo client's credentials, which the server has forgotten."""
        self.engine.admitted.clear()
        known, headers = self.facts[surface.name], {}
        if surface.token_in_body:
            pair = {"ClientToken": known["client_token"], "AccessToken": known["access_token"], "Client": "t"}
            body = {**pair, **(body or {})}
        else:
            headers["Authorization"] = f"Bearer {known['token']}"
        return await self.http.request(method, known["base_url"] + path, json=body, headers=headers)

    async def everywhere(
        self, surface: Surface, method: str, path: str, body: dict[str, Any] | None
    ) -> list[httpx.Response]:
        """What the request is answered where the first answer of the database is lost, the second, and so on."""
        answers: list[httpx.Response] = []
        for after in range(MOST_ANSWERS):
            cut = self.wire.cut
            self.wire.arm(after=after, last_words=TERMINATED if after % 2 else b"")
            answer = await self.asked(surface, method, path, body)
            if self.wire.cut == cut:
                self.wire.arm(times=0)
                assert answer.status_code < 500, answer.text
                return answers
            answers.append(answer)
        raise AssertionError


@pytest.fixture
async def cut(dsn: str) -> AsyncIterator[Cut]:
    """A server with one connection to its database."""
    async with (
        wired(dsn) as (address, wire),
        Engine.running(address, connections=1) as engine,
        listening(engine, Places("127.0.0.1", 0)) as server,
        httpx.AsyncClient(timeout=30) as http,
    ):
        yield Cut(wire, engine, http, client.facts(server.base_url))


def reading(surface: Surface, facts: dict[str, Any]) -> tuple[str, str, dict[str, Any] | None]:
    """A question that changes nothing."""
    links, number = facts["deliverect"], facts["counterpoint"]["customer"]
    return {
        "counterpoint": ("GET", f"/Loyalty/{number}/BalanceCheck", None),
        "deliverect": ("GET", f"/loyalty/{links['channel_link']}/tiers", None),
        "mews": ("POST", "/api/connector/v1/loyaltyMemberships/getAll", {"Limitation": {"Count": 1}}),
        "native": ("GET", "/members?limit=1", None),
        "xomni": ("GET", "/private/pii/users?skip=0&take=1", None),
    }[surface.name]


def writing(surface: Surface, facts: dict[str, Any]) -> tuple[str, str, dict[str, Any] | None]:
    """A change of which no more than one comes to be, however often it is asked for."""
    name = uuid.uuid4().hex
    hold = {"Type": "loyalty", "Ref": facts["counterpoint"]["customer"], "SaleId": name, "RequestedPoints": 1}
    return {
        "counterpoint": ("POST", "/Loyalty/Authorize", hold),
        "native": ("POST", "/members", {"email": f"{name}@example.org"}),
    }[surface.name]


def is_told_to_come_back(surface: Surface, answer: httpx.Response) -> bool:
    """In the surface's own words, and when."""
    wanted = surface.spell(None, "id", Overloaded(1))
    return answer.status_code == wanted.status and answer.headers.get("Retry-After") == "1"


@pytest.mark.parametrize("surface", SURFACES)
async def test_a_question_can_be_asked_again(surface: Surface, cut: Cut) -> None:
    """Nothing was done, wherever it was: no question is ever answered by a fault of ours."""
    answers = await cut.everywhere(surface, *reading(surface, cut.facts))
    assert len(answers) > 1
    assert all(is_told_to_come_back(surface, answer) for answer in answers), [answer.text for answer in answers]


@pytest.mark.parametrize("surface", [surface for surface in SURFACES if surface.name in {"counterpoint", "native"}])
async def test_a_change_is_unknown_only_where_it_was_being_committed(surface: Surface, cut: Cut) -> None:
    """Before that it was not made; a hold for a sale is asked for again by the server itself."""
    answers = await cut.everywhere(surface, *writing(surface, cut.facts))
    others = [answer for answer in answers if not is_told_to_come_back(surface, answer)]
    assert len(answers) > len(others) + 1
    unknown = surface.spell(None, "id", OutcomeUnknown()).status
    settled = {"counterpoint": 200}.get(surface.name, unknown)
    assert {answer.status_code for answer in others} <= {settled}, [answer.text for answer in others]
    assert len([answer for answer in others if answer.status_code == unknown]) <= 1


async def test_the_server_is_not_ready_then(cut: Cut) -> None:
    """And says so, whether the connection is lost at work or cannot be had."""
    url = cut.facts["native"]["base_url"].replace("/v1", "/health/ready")
    seen = []
    for after in range(MOST_ANSWERS):
        before = cut.wire.cut
        cut.wire.arm(after=after)
        answer = await cut.http.get(url)
        if cut.wire.cut == before:
            cut.wire.arm(times=0)
            break
        seen.append((answer.status_code, answer.json()))
    assert seen
    assert all(found == (503, {"status": "not ready"}) for found in seen)
    assert (await cut.http.get(url)).status_code == 200
