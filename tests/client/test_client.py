"""The client: the examples of its page run as they are written, and what got no answer is asked again with its key."""

import re
import threading
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from architecture.tree import ROOT
from guerdon.client import ApiError, AsyncClient, Client, operations
from guerdon.client.exchange import wait_seconds
from guerdon.surfaces.native.wire.keys import NewApiKey
from guerdon.surfaces.native.wire.points import EarnRequest
from guerdon.surfaces.native.wire.problems import FieldError, Problem
from guerdon.surfaces.native.wire.programs import NewProgram

PAGES = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/client.md")]
EXAMPLES = [found for page in PAGES for found in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=["readme", "first", "etag", "iterate", "async"])
def test_an_example_runs_as_it_is_written(example: str, server: str) -> None:
    text = example.replace("http://127.0.0.1:8080", server)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            exec(compile(text, "an example", "exec"), {"__name__": "example"})  # noqa: S102
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    thread = threading.Thread(target=run)  # an example may begin an event loop of its own
    thread.start()
    thread.join(60)
    assert failed == []


class Carrier:
    """Answers with what it is given, one after the other; None is no answer."""

    def __init__(self, *answers: httpx.Response | None) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if answer is None:
            raise httpx.ReadError("gone", request=request)
        return answer


BUSY = httpx.Response(503, headers={"Retry-After": "0"}, json={})
EMPTY = {"entry": None, "pending_earn": None, "balance": {"posted": 1.10, "held": 0, "available": 1}}
BODY = EarnRequest(points=Decimal("0.10"))


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits."""
    monkeypatch.setattr("guerdon.client.client.wait_seconds", _at_once(wait_seconds))


def _at_once(wait: object) -> object:
    return lambda *given: None if wait(*given) is None else 0.0  # type: ignore[operator]


def test_what_got_no_answer_is_asked_again_with_its_key() -> None:
    carrier = Carrier(None, BUSY, httpx.Response(200, json=EMPTY))
    with Client("http://x/v1", "t", http=httpx.Client(transport=httpx.MockTransport(carrier))) as client:
        reply = client.call(operations.earn, BODY, membership_id="a/b")
    assert reply.body.balance.available == 1
    keys = {request.headers["idempotency-key"] for request in carrier.requests}
    assert (len(carrier.requests), len(keys)) == (3, 1)
    assert carrier.requests[0].url.raw_path == b"/v1/memberships/a%2Fb/earn"
    assert b'"points":0.10' in carrier.requests[0].content


async def test_the_other_client_does_the_same_and_gives_up_in_the_end() -> None:
    carrier = Carrier(None, None, None, None)
    http = httpx.AsyncClient(transport=httpx.MockTransport(carrier))
    async with AsyncClient("http://x/v1", "t", http=http) as client:
        with pytest.raises(httpx.ReadError):
            await client.call(operations.list_programs, query={"limit": 1, "code": None})
    assert len(carrier.requests) == 4
    assert str(carrier.requests[0].url) == "http://x/v1/programs?limit=1"


PAGES_OF_MEMBERS = (
    {"data": [1, 2], "next_cursor": "c"},
    {"data": [], "next_cursor": "d"},
    {"data": [3], "next_cursor": None},
)


def _pages() -> Carrier:
    return Carrier(*(httpx.Response(200, json=page) for page in PAGES_OF_MEMBERS))


LIST: operations.Operation[None, Any] = operations.Operation(
    "list",
    "GET",
    "/of/{name}",
    msgspec.defstruct("Numbers", [("data", list[int]), ("next_cursor", str | None)]),
    is_keyed=False,
)


def test_a_list_is_gone_through_page_after_page_as_it_is_needed() -> None:
    carrier, query = _pages(), {"limit": 2}
    with Client("http://x/v1", "t", http=httpx.Client(transport=httpx.MockTransport(carrier))) as client:
        items = client.iterate(LIST, query=query, name="n")
        assert (next(items), next(items), len(carrier.requests)) == (1, 2, 1)
        assert (list(items), query) == ([3], {"limit": 2})
    asked = [str(request.url).rpartition("/")[2] for request in carrier.requests]
    assert asked == ["n?limit=2", "n?limit=2&cursor=c", "n?limit=2&cursor=d"]


async def test_the_other_client_goes_through_it_likewise() -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(_pages()))
    async with AsyncClient("http://x/v1", "t", http=http) as client:
        assert [item async for item in client.iterate(LIST, name="n")] == [1, 2, 3]


def test_what_cannot_be_repeated_is_not() -> None:
    carrier = Carrier(None)
    client = Client("http://x/v1", "t", http=httpx.Client(transport=httpx.MockTransport(carrier)))
    with client, pytest.raises(httpx.ReadError):
        client.call(operations.create_api_key, NewApiKey("n", ["read"]))
    assert "idempotency-key" not in carrier.requests[0].headers


def test_an_answer_of_a_proxy_is_an_error_too() -> None:
    carrier = Carrier(httpx.Response(502, text="<html>"))
    client = Client("http://x/v1", "t", http=httpx.Client(transport=httpx.MockTransport(carrier)))
    with client, pytest.raises(ApiError) as refused:
        client.call(operations.create_program, NewProgram(code="C", name="N"))
    assert (refused.value.problem.status, refused.value.problem.code) == (502, "unknown")


def test_an_error_says_where_it_is() -> None:
    errors = [FieldError("no such parameter", parameter="colour"), FieldError("Expected a number", pointer="/points")]
    refused = ApiError(Problem("urn:x", "Invalid request", 400, "no such parameter", "invalid_field", "r", errors))
    assert str(refused) == "400 invalid_field: colour no such parameter; /points Expected a number"
    assert str(ApiError(Problem("urn:x", "Forbidden", 403, "No.", "forbidden", "r"))) == "403 forbidden: No."
