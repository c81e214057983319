"""Credentials are read from the Authorization header, and nothing that only looks like them is."""

import base64

import pytest

from conftest import NOW
from guerdon.web.bearer import basic_of, token_of
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Operation, Request


async def nothing(_engine: object, _call: object) -> None:
    """Does nothing."""


OPERATION = Operation(name="Any", method="GET", paths=("/",), handle=nothing)


def sent(authorization: str | None) -> Request:
    """A request with such a header."""
    headers = {} if authorization is None else {"authorization": authorization}
    return Request(operation=OPERATION, id="1", at=NOW, headers=headers, path={}, query={})


def basic(text: str) -> str:
    """A basic header for a text."""
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER   abc "])
def test_the_scheme_is_taken_in_any_case(header: str) -> None:
    """As the standard has it."""
    assert token_of(sent(header)) == "abc"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer   ", "abc", "Basic abc", "Bearerabc"])
def test_without_a_token_nobody_is_let_in(header: str | None) -> None:
    """Also where the header is there and says nothing."""
    with pytest.raises(Unauthorized):
        token_of(sent(header))


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("shop:secret", ("shop", "secret")),
        ("shop:", ("shop", "")),
        (":secret", ("", "secret")),
        ("shop:se:cret", ("shop", "se:cret")),
        ("läden:geheim", ("läden", "geheim")),
    ],
)
def test_basic_is_a_name_and_a_secret(text: str, pair: tuple[str, str]) -> None:
    """The first colon parts them; the secret may have more."""
    assert basic_of(sent(basic(text))) == pair


@pytest.mark.parametrize("header", [None, "", "Bearer abc"])
def test_another_scheme_is_not_basic(header: str | None) -> None:
    """So that a surface may take either."""
    assert basic_of(sent(header)) is None


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YWJj", "Basic YQ", "Basic /////w=="])
def test_basic_that_cannot_be_read_is_refused(header: str) -> None:
    """Not Base64, no colon in it, or not UTF-8."""
    with pytest.raises(Unauthorized):
        basic_of(sent(header))
