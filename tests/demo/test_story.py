"""The story is told to its end on a running server, and whatever a surface says in it is what the ledger says."""

import io
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from rich.console import Console

from guerdon.demo import story

LINE = re.compile(r"^ *(?P<who>\w+)  +(?P<what>.+?)  +(?P<says>.+?)  +(?P<figures>\d+ +\d+ +\d+) *$")


def told(http: httpx.Client, facts: Mapping[str, Any]) -> list[tuple[str, str, list[int]]]:
    """The lines of the story: who, what it says, and the ledger's figures."""
    out = io.StringIO()
    story.tell(http, facts, Console(file=out, width=160))
    lines = [found for line in out.getvalue().splitlines() if (found := LINE.match(line))]
    return [(line["who"], line["says"], [int(figure) for figure in line["figures"].split()]) for line in lines]


def test_every_surface_reads_the_same_balance(server: str, facts: dict[str, Any], http: httpx.Client) -> None:
    """Each time with a new member, so that it can be told again."""
    for _ in range(2):
        assert told(http, facts) == [
            ("Deliverect", "a Bronze customer", [0, 0, 0]),
            ("Counterpoint", "balance 1504", [1504, 0, 1504]),
            ("Counterpoint", "504 available", [1504, 1000, 504]),
            ("Mews", "1504 points", [1504, 1000, 504]),
            ("Mews", "1754 points", [1754, 1000, 754]),
            ("XOMNI", "754 available", [1754, 1000, 754]),
            ("Counterpoint", "hotel: 754 points", [754, 0, 754]),
        ]


def test_it_says_to_whom_it_happened(server: str, facts: dict[str, Any], http: httpx.Client) -> None:
    """By id, number and address, so that the reader can go and look; also on a narrow screen."""
    out = io.StringIO()
    story.tell(http, facts, Console(file=out, width=80))
    end = " ".join(out.getvalue().split())
    said = re.search(r"one member: ([0-9a-f-]{36}), number (\d+), (\S+@example\.com)\.", end)
    assert said, end
    got = http.get(
        f"{facts['native']['base_url']}/members?email={said[3]}",
        headers={"Authorization": f"Bearer {facts['native']['token']}"},
    )
    (member,) = got.json()["data"]
    assert (member["id"], member["number"]) == (said[1], said[2])


@pytest.mark.parametrize("surface", ["deliverect", "counterpoint", "mews", "xomni", "native"])
def test_it_stops_where_a_surface_says_no(server: str, facts: dict[str, Any], http: httpx.Client, surface: str) -> None:
    """With the surface's own words."""
    secret = "access_token" if surface == "mews" else "token"
    spoiled = {**facts, surface: {**facts[surface], secret: "wrong"}}
    with pytest.raises(story.Stopped, match=f"^{surface} answered 40[0-9] to "):
        told(http, spoiled)
