"""The idempotency key of a call: bounded, and apart from the keys of other surfaces."""

from uuid import UUID

import pytest

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.web.failures import InvalidField
from guerdon.web.operations import LONGEST_KEY, Call, Operation, Request


async def nothing(_engine: object, _call: object) -> None:
    """Does nothing."""


OPERATION = Operation(name="Any", method="GET", paths=("/",), handle=nothing)


def called(surface: str, **headers: str) -> Call[None]:
    """A call on a surface."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(operation=OPERATION, id="1", at=NOW, headers=names, path={}, query={})
    return Call(request=request, caller=Caller(UUID(int=1), surface, UUID(int=2)), body=None)


def test_a_key_belongs_to_its_surface() -> None:
    """Two vendors' clients that number their orders from 1 must not meet."""
    assert called("native", idempotency_key="1").key != called("other", idempotency_key="1").key
    assert called("native", idempotency_key="1").key == called("native", idempotency_key="1").key
    assert called("native").key is None


@pytest.mark.parametrize("length", [0, LONGEST_KEY + 1])
def test_a_key_has_bounds(length: int) -> None:
    """It is kept forever."""
    with pytest.raises(InvalidField) as refused:
        _ = called("native", idempotency_key="k" * length).key
    assert refused.value.name == "Idempotency-Key"


def test_the_longest_key_is_taken() -> None:
    """To the last character."""
    assert str(called("native", idempotency_key="k" * LONGEST_KEY).key).endswith("k" * LONGEST_KEY)


def test_a_call_happens_when_its_request_came_in() -> None:
    """Not when somebody looks."""
    assert called("native").at == NOW


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"host": "shop.example.com:8080"}, "http://shop.example.com:8080/v1"),
        ({"host": "10.0.0.7", "x-forwarded-host": "shop.example.com"}, "http://shop.example.com/v1"),
        ({"host": "a", "x-forwarded-proto": "https"}, "https://a/v1"),
        ({"host": "a", "x-forwarded-proto": "https, http", "x-forwarded-host": "b, c"}, "https://b/v1"),
        ({}, "http://localhost/v1"),
    ],
)
def test_a_client_is_told_addresses_that_it_can_reach(headers: dict[str, str], address: str) -> None:
    """Those of the host that it asked, or that a proxy in front was asked for."""
    request = Request(operation=OPERATION, id="1", at=NOW, headers=headers, path={}, query={}, base="/v1")
    assert request.base_url == address
