"""Reads the worked examples of earning on the concept pages and runs them on a real engine, line by line."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conftest import NOW, Clock
from core.rules.baskets import line
from engine.buying import Store, open_store
from guerdon.core.memberships import Membership
from guerdon.core.orders import Order
from guerdon.core.rules.campaigns import left_of
from guerdon.core.rules.occasions import Line
from guerdon.engine import Engine, campaigning, ordering

_BLOCK = re.compile(r"^```earning\n(.*?)^```", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"(\w+) (buys|does|returns|cancels|has|leaves) (.*?)(?:\s*->\s*(.*))?")
_ITEM = re.compile(r"(?:([\d.]+) (\w+)(?:\[(\w+)\])? at )?([\d.]+)(?: tax ([\d.]+))?")
_WORDS = ("on", "in", "by", "off", "from", "as")


def blocks(text: str) -> list[list[str]]:
    """The lines of each worked example of a page: its rules as one line, then its steps, without comments."""
    found = []
    for block in _BLOCK.findall(text):
        rules, _, steps = block.partition("\n\n")
        lines = [step.partition("#")[0].rstrip() for step in steps.splitlines()]
        found.append([" ".join(rules.split()), *(step for step in lines if step)])
    return found


@dataclass
class Example:
    """A worked example as it is run: its store, who is there, and what was bought."""

    store: Store
    people: dict[str, Membership] = field(default_factory=dict)
    bought: dict[str, Order] = field(default_factory=dict)

    async def line(self, text: str) -> None:
        """Runs one line.

        Raises:
            AssertionError: something comes out otherwise than it is said.
            ValueError: a line that means nothing.
        """
        step = _STEP.fullmatch(text)
        if step is None:
            raise ValueError(text)
        who, verb, said, told = step.groups()
        if verb == "leaves":
            return await self._leaves(who, said)
        person = await self._person(who)
        found = await getattr(self, f"_{verb}")(person, said)
        expected = _pairs(told or "")
        # What gave points must be said; why something gave none need not.
        shown = {name: value for name, value in found.items() if name in expected or value[0].isdigit()}
        assert shown == expected, f"{text}\n  but {found}"
        return None

    async def _person(self, name: str) -> Membership:
        if name not in self.people:
            self.people[name] = await self.store.member()
        return self.people[name]

    async def _buys(self, person: Membership, said: str) -> dict[str, str]:
        """Items, parted by commas, and in any order when, where, how, off what, who referred, and under which id."""
        items, words = _options(said)
        more: dict[str, Any] = {}
        if "from" in words:
            more["referrer"] = await self._person(words["from"])
        more |= {name: words[word] for name, word in (("location", "in"), ("channel", "by")) if word in words}
        lines = [_line(n, each.strip()) for n, each in enumerate(items.split(","), 1)]
        at = _moment(words)
        placed = await self.store.buy(person, *lines, at=at, discount=Decimal(words.get("off", "0")), **more)
        self.bought[words.get("as", "")] = placed
        return _given(placed)

    async def _does(self, person: Membership, said: str) -> dict[str, str]:
        """An event by its name, with fields."""
        told, words = _options(said)
        name, *fields = told.split()
        brought = {key: Decimal(value) for key, value in (each.split("=") for each in fields)}
        return _given(await self.store.buy(person, event=name, fields=brought, at=_moment(words)))

    async def _returns(self, _: Membership, said: str) -> dict[str, str]:
        """Of an order units of an item, an amount, or all that is left."""
        name, *what = said.split()
        back: dict[str, Any] = {}
        if len(what) > 1:
            back["units"] = {what[1]: Decimal(what[0])}
        elif what:
            back["amount"] = Decimal(what[0])
        found = await self.store.give_back(self.bought[name], **back)
        return {"back": f"{found.given.points:f}"}

    async def _cancels(self, _: Membership, said: str) -> dict[str, str]:
        """An order."""
        await ordering.cancel(self.store.engine, self.store.shop.caller, self.bought[said].reference, NOW)
        return {}

    async def _has(self, person: Membership, said: str) -> dict[str, str]:
        """So many points."""
        assert await self.store.posted(person) == int(said), f"but {await self.store.posted(person)}"
        return {}

    async def _leaves(self, code: str, said: str) -> None:
        """A campaign so many points of its budget."""
        shop = self.store.shop
        shown = await campaigning.get(self.store.engine, shop.caller, shop.program.id, code, NOW)
        left = left_of(shown.campaign, shown.total.given)
        assert left == int(said), f"but {left}"


def _given(placed: Order) -> dict[str, str]:
    """What each rule gave, or why it gave nothing."""
    given = placed.reckoning.given if placed.reckoning else ()
    return {each.rule: f"{each.points:f}" if each.points else str(each.because or "nothing") for each in given}


def _pairs(told: str) -> dict[str, str]:
    words = told.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _options(said: str) -> tuple[str, dict[str, str]]:
    parts = re.split(rf" ({'|'.join(_WORDS)}) (\S+)", said)
    return parts[0], dict(zip(parts[1::3], parts[2::3], strict=True))


def _moment(words: dict[str, str]) -> datetime:
    return datetime.fromisoformat(words["on"]).replace(tzinfo=UTC) if "on" in words else NOW


def _line(n: int, text: str) -> Line:
    item = _ITEM.fullmatch(text)
    if item is None:
        raise ValueError(text)
    quantity, sku, category, price, tax = item.groups()
    made = line(price, sku or str(n), quantity or 1, category=category, tax=tax or "0")
    return made if sku else replace(made, sku=None)


async def run(dsn: str, lines: list[str]) -> None:
    """Runs an example on a tenant of its own.

    Raises:
        AssertionError, ValueError: as for a line.
    """
    rules = json.loads(lines[0], parse_float=Decimal)
    async with Engine.running(dsn, clock=Clock(), connections=2) as engine:
        store = await open_store(engine)
        await store.publish(*rules.pop("rules"), at=datetime(2026, 1, 1, tzinfo=UTC), **rules)
        example = Example(store)
        for each in lines[1:]:
            await example.line(each)
