"""Reads the worked examples of rewards on the concept pages and runs them on a real engine, line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from conftest import Clock
from engine.catalogues import Catalogue, open_catalogue
from guerdon.core.memberships import Membership
from guerdon.core.rewards import Basket
from guerdon.engine import Engine, ordering, redeeming
from guerdon.engine.redeeming import Payment

_BLOCK = re.compile(r"^```rewards\n(.*?)^```", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"(\w+): (\w+)(.*?)(?:\s*->\s*(.*))?")


def blocks(text: str) -> list[list[str]]:
    """The lines of each worked example of a page, without comments and empty ones."""
    found = [[line.partition("#")[0].rstrip() for line in block.splitlines()] for block in _BLOCK.findall(text)]
    return [[line for line in lines if line] for lines in found]


@dataclass
class Example:
    """A worked example as it is run: its shop, and who has what."""

    shop: Catalogue
    clock: Clock
    buyers: dict[str, Membership] = field(default_factory=dict)

    async def line(self, line: str) -> None:
        """Runs one line.

        Raises:
            AssertionError: something comes out otherwise than it is said.
            ValueError: a line that means nothing.
        """
        if line.startswith("reward "):
            _, code, cost, *facts = line.split()
            await self.shop.add(code, int(cost), **dict(_facts(facts)))
        elif line.startswith("later "):
            self.clock.now += timedelta(minutes=int(line.split()[1]))
        elif has := re.fullmatch(r"(\w+) has (\d+)", line):
            self.buyers[has[1]] = await self.shop.buyer(int(has[2]))
        elif step := _STEP.fullmatch(line):
            who, verb, words, told = step.groups()
            said = await getattr(self, f"_{verb}")(await self.shop.look(self.buyers[who]), words.split())
            await self._compare(line, self.buyers[who], said, (told or "").split())
        else:
            raise ValueError(line)

    async def _compare(self, line: str, buyer: Membership, said: str, told: list[str]) -> None:
        balance = (await self.shop.look(buyer)).balance
        known = {name: f"{getattr(balance, name):f}" for name in ("posted", "held", "available", "lifetime")}
        known["refused"] = said
        if len(told) % 2 or not set(told[::2]) <= set(known):
            raise ValueError(line)
        expected = dict(zip(told[::2], told[1::2], strict=True))
        found = {name: known[name] for name in expected} | ({"refused": said} if said else {})
        assert found == expected, f"{line}\n  but {found}"

    async def _reserve(self, buyer: Membership, words: list[str]) -> str:
        """Rewards for a session; how the first one is refused that is."""
        session, total, codes = "visit", None, []
        for word, following in pairwise([*words, ""]):
            if word == "in":
                session = following
            elif word == "for":
                total = Decimal(following)
        codes = [word for word, before in zip(words, ["", *words], strict=False) if not {word, before} & {"in", "for"}]
        basket = Basket(subtotal=total, total=total)
        found = await self.shop.reserve(buyer, *codes, session=session, at=self.clock.now, basket=basket)
        return next((objection.value for each in found for objection in each.objections), "")

    async def _pay(self, buyer: Membership, words: list[str]) -> str:
        """Points in the place of an amount of money."""
        ask = Payment(
            caller=self.shop.shop.caller,
            at=self.clock.now,
            membership=buyer,
            session="visit",
            amount=Decimal(words[0]),
            most=None,
        )
        return next((objection.value for objection in (await redeeming.pay(self.shop.engine, ask)).objections), "")

    async def _order(self, buyer: Membership, words: list[str]) -> str:
        """An order by its id, for what was paid, with the rewards that were used and what was paid with points."""
        reference, of, amount, *rest = words
        if of != "of":
            raise ValueError(" ".join(words))
        paid = Decimal(rest.pop(rest.index("paying") + 1)) if "paying" in rest else None
        codes = [word for word in rest if word not in {"with", "paying"}]
        await self.shop.place(
            buyer, *codes, amount=amount, reference=reference, at=self.clock.now, session="visit", paid=paid
        )
        return ""

    async def _cancel(self, _: Membership, words: list[str]) -> str:
        """An order by its id."""
        await ordering.cancel(self.shop.engine, self.shop.shop.caller, words[0], self.clock.now)
        return ""


def _facts(words: list[str]) -> Iterator[tuple[str, Any]]:
    names = {"stock": "stock_left", "each": "most_per_member", "from": "min_spend"}
    for name, value in zip(words[::2], words[1::2], strict=True):
        yield names[name], Decimal(value) if name == "from" else int(value)


async def run(dsn: str, lines: list[str]) -> None:
    """Runs an example on a tenant of its own.

    Raises:
        AssertionError, ValueError: as for a line.
    """
    clock = Clock()
    async with Engine.running(dsn, clock=clock, connections=2) as engine:
        rate = next((line.split()[1] for line in lines if line.startswith("rate ")), "1")
        example = Example(await open_catalogue(engine, earning_rate=Decimal(rate)), clock)
        for line in lines:
            if not line.startswith("rate "):
                await example.line(line)
