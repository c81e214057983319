"""Reads the worked examples of tiers on the concept page and runs them on a real engine, line by line."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conftest import NOW, Shop, open_shop
from engine.people import enrolled
from guerdon.core.memberships import Membership
from guerdon.core.programs import Basis, Downgrade, Qualifying, Tier, Window
from guerdon.engine import Engine, designing, ordering, placing, reading
from guerdon.engine.ordering import Placing

_BLOCK = re.compile(r"^```tiers\n(.*?)^```", re.MULTILINE | re.DOTALL)
_RULES = re.compile(r"by (\w+) (?:within (?:(\d+) )?(\w+?)s?|over a lifetime)((?:, \w+ [\w ]+)*)")
_WORDS = ("until", "keeping", "missing", "by", "notice")


def blocks(text: str) -> list[list[str]]:
    """The lines of each worked example of a page, without empty ones."""
    return [[line for line in block.splitlines() if line.strip()] for block in _BLOCK.findall(text)]


def rules(line: str) -> Qualifying:
    """What leads up the ladder of an example: its first line."""
    said = _RULES.fullmatch(line)
    if said is None:
        raise ValueError(line)
    basis, count, unit, rest = said.groups()
    more: dict[str, Any] = {}
    for part in filter(None, rest.split(", ")):
        name, value = part.split(" ", 1)
        if name == "down":
            more["downgrade"] = Downgrade(value.replace(" ", "_"))
        else:
            more[{"grace": "grace_days", "notice": "notice_days"}[name]] = int(value.removesuffix(" days"))
    if unit is None:
        return Qualifying(basis=Basis(basis), **more)
    window = Window.ROLLING if count else Window.CALENDAR
    return Qualifying(basis=Basis(basis), window=window, count=int(count or 1), unit=unit, **more)


@dataclass
class Example:
    """A worked example as it is run: its shop, and its one member."""

    engine: Engine
    shop: Shop
    member: Membership
    tiers: dict[str, Tier]

    async def line(self, line: str) -> None:
        """Runs one line.

        Raises:
            AssertionError: something comes out otherwise than it is said.
            ValueError: a line that means nothing.
        """
        _, day, verb, *words = line.split()
        at = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        caller = self.shop.caller
        if verb == "spends":
            ask = Placing(caller=caller, at=at, reference=day, membership=self.member, amount=Decimal(words[0]))
            await ordering.place(self.engine, ask)
        elif verb == "cancels":
            await ordering.cancel(self.engine, caller, words[0], at)
        elif verb == "given":
            until = datetime.fromisoformat(words[2]).replace(tzinfo=UTC) if words[1:] else None
            await placing.grant(self.engine, caller, at, self.member.id, self.tiers[words[0]].id, until)
        elif verb == "->":
            await self._compare(line, words, at)
        else:
            raise ValueError(line)

    async def _compare(self, line: str, words: list[str], at: datetime) -> None:
        now = await reading.membership(self.engine, self.shop.caller, self.member.id)
        place = await placing.standing(self.engine, now, at)
        known = {
            "until": place.until and f"{place.until:%Y-%m-%d}",
            "keeping": None if place.keeping is None else f"{place.keeping:f}",
            "missing": None if place.missing is None else f"{place.missing:f}",
            "by": place.by and f"{place.by:%Y-%m-%d}",
            "notice": "given" if place.is_warned else "none",
        }
        code, *told = words
        if len(told) % 2 or not set(told[::2]) <= {*_WORDS}:
            raise ValueError(line)
        expected = dict(zip(told[::2], told[1::2], strict=True))
        found = {name: known[name] for name in expected}
        assert (place.tier and place.tier.code, found) == (code, expected), (
            f"{line}\n  but {place.tier and place.tier.code} {found}"
        )


async def run(engine: Engine, lines: list[str]) -> None:
    """Runs an example on a tenant of its own: what leads up, the ladder, and what happens.

    Raises:
        AssertionError, ValueError: as for a line.
    """
    shop = await open_shop(engine)
    after = replace(shop.program, qualifying=rules(lines[0]), earning_rate=Decimal(0))
    await designing.change_program(engine, shop.caller, NOW, shop.program, after)
    steps = [step.split() for step in lines[1].split(", ")]
    tiers = {
        code: Tier(engine.new_id(), shop.program.id, code, code, None, None, None, Decimal(least), None, 1)
        for code, least in steps
    }
    for tier in tiers.values():
        await designing.add_tier(engine, shop.caller, NOW, tier)
    example = Example(engine, shop, (await enrolled(engine, shop)).membership, tiers)
    for line in lines[2:]:
        await example.line(line)
