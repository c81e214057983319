"""Reads the worked examples of the concept pages and runs them on a real ledger, step by step or in batches."""

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from conftest import Shop, open_shop
from guerdon.core import commands as verbs
from guerdon.core.commands import Basis, Command, Posting
from guerdon.core.histories import figures
from guerdon.core.programs import Expiry, ExpiryKind, ReturnPolicy
from guerdon.core.projections import project
from guerdon.core.refusals import InsufficientPoints, Refusal
from guerdon.engine import Engine
from guerdon.storage import books, ledger, lots
from guerdon.storage.books import Owner
from guerdon.storage.queries import Connection

_BLOCK = re.compile(r"^```ledger\n(.*?)^```", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"(\d{4}-\d\d-\d\d(?:T\d\d:\d\dZ?)?)\s+(?:(\w+): )?(\w+)(.*?)(?:\s*->\s*(.*))?")
_CHECK = re.compile(r"(?:(\w+) )?(lots|entries|paid|as of)(?: ([\w-]+(?:T\d\d:\d\dZ?)?))?: (.*)")
FIGURES = ("posted", "held", "available", "lifetime", "pending")


@dataclass(frozen=True)
class Step:
    """One line with a moment: what is asked of an account, and what is to come of it."""

    line: str
    moment: str
    account: str
    verb: str
    words: tuple[str, ...]
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """One line without a moment: what an account holds now."""

    line: str
    account: str
    what: str
    name: str
    told: str


def blocks(text: str) -> list[list[str]]:
    """The lines of each worked example of a page, without comments and empty ones."""
    found = []
    for block in _BLOCK.findall(text):
        lines = [line.partition("#")[0].rstrip() for line in block.splitlines()]
        found.append([line for line in lines if line])
    return found


def parsed(line: str) -> Step | Check:
    """A line of an example.

    Raises:
        ValueError: it is neither.
    """
    if step := _STEP.fullmatch(line):
        moment, account, verb, words, expected = step.groups()
        return Step(line, moment, account or "", verb, tuple(words.split()), tuple((expected or "").split()))
    if check := _CHECK.fullmatch(line):
        account, what, name, told = check.groups()
        return Check(line, account or "", what, name or "", told)
    raise ValueError(f"not a line of an example: {line}")


def rules(line: str) -> dict[str, Any]:
    """The program of an example, from its first line."""
    given = dict(word.split("=", 1) for word in line.split()[1:])
    kind, *details = given.pop("expiry", "never").split(":")
    expiry: dict[str, Any] = {"kind": ExpiryKind(kind), "time_zone": given.pop("zone", "UTC")}
    if kind == "fixed":
        expiry["dates"] = tuple(details[0].split(","))
    elif details:
        expiry |= {"count": int(details[0]), "unit": details[1], "round_to": details[2] if details[2:] else None}
    made = {
        "expiry": Expiry(**expiry),
        "return_policy": ReturnPolicy(given.pop("return", "within_balance")),
        "return_grace_days": int(given.pop("grace", "0")),
        "allow_negative": given.pop("negative", "no") == "yes",
    }
    if given:
        raise ValueError(f"a program has no {', '.join(given)}")
    return made


@dataclass
class Example:
    """A worked example as it is run: its accounts, and what its names stand for."""

    connection: Connection
    shop: Shop
    accounts: dict[str, UUID] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    now: datetime = datetime(1900, 1, 1, tzinfo=UTC)

    def moment(self, text: str) -> datetime:
        """A day or a minute in the program's time zone, or in UTC with a Z behind it."""
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)

    @property
    def zone(self) -> str:
        """The program's time zone."""
        return self.shop.program.expiry.time_zone

    async def account(self, name: str) -> UUID:
        """The account with a name, opened when it is first named."""
        if name not in self.accounts:
            self.accounts[name] = uuid.uuid4()
            opened = [(self.accounts[name], self.shop.program.id)]
            await ledger.open_accounts(self.connection, self.shop.caller.tenant_id, opened, self.now)
        return self.accounts[name]

    async def command(self, step: Step) -> Command | None:
        """What a step asks for; nothing where somebody only looks."""
        if step.verb == "look":
            return None
        words = list(step.words)
        named: dict[str, str] = {}
        for word in ("as", "until", "on", "at", "key", "to"):
            if word in words:
                place = words.index(word)
                named[word] = words.pop(place + 1)
                words.pop(place)
        at = self.moment(named["at"]) if "at" in named else self.now
        facts: dict[str, Any] = {"caller": self.shop.caller, "account_id": await self.account(step.account), "at": at}
        facts["key"] = named.get("key")
        if "until" in named:
            facts["expires_at"] = self.moment(named["until"])
        if "to" in named:
            facts["to_account_id"] = await self.account(named["to"])
        return MAKERS[step.verb](self, facts, words, named)

    def new(self, name: str) -> UUID:
        """The id of a hold or pending earn that is placed under a name."""
        return self.ids.setdefault(name, uuid.uuid4())

    def version(self, name: str) -> int:
        """The version of an entry by its name, which may be its version."""
        return int(name) if name.isdigit() else self.versions[name]

    async def run(self, steps: Sequence[Step]) -> None:
        """Runs steps of one moment in one call, and holds every answer against what is said of it.

        Raises:
            AssertionError: it is another.
        """
        self.now = self.moment(steps[0].moment)
        asked = [(step, await self.command(step)) for step in steps]
        answers = iter(await ledger.post(self.connection, [each for _, each in asked if each], self.now))
        for step, command in asked:
            await ledger.settle(self.connection, [await self.account(step.account)], self.now)
            answer = next(answers) if command else None
            if isinstance(answer, Posting) and answer.version is not None and "as" in step.words:
                self.versions[step.words[step.words.index("as") + 1]] = answer.version
            # Of a batch only the answers say what was so after each of its commands.
            known = await self._figures(step.account) if len(steps) == 1 else {}
            told = " ".join(_differences(step.expected, answer, known))
            assert not told, f"{step.line}\n  but {told}"

    async def _figures(self, account: str) -> dict[str, Decimal]:
        statement = "SELECT posted, held, posted - held AS available, lifetime, pending FROM accounts WHERE id = $1"
        row = await self.connection.fetchrow(statement, await self.account(account))
        return dict(row or {})

    async def check(self, check: Check) -> None:
        """Holds what an account has against what is said of it.

        Raises:
            AssertionError: it is something else.
        """
        account_id = await self.account(check.account)
        if check.what == "as of":
            told = list(_differences(check.told.split(), None, await self._figures_at(account_id, check.name)))
            assert not told, f"{check.line}\n  but {' '.join(told)}"
            return
        if check.what == "lots":
            found = await lots.of_account(self.connection, account_id, open_only=True, limit=200)
            told = [f"{_plain(lot.remaining)} until {self._day(lot.expires_at)}" for lot in found]
        elif check.what == "entries":
            entries = await ledger.entries_page(self.connection, account_id, before=2**62, limit=200)
            told = [f"{each.kind} {_plain(each.points)} on {self._day(each.effective_at)}" for each in entries[::-1]]
        else:
            trace = await lots.trace(self.connection, account_id, self.version(check.name))
            names = {version: name for name, version in self.versions.items()}
            paid = trace.paid_by if trace else ()
            told = [f"{_plain(p.points)} {'from ' + names[p.lot.version] if p.lot else 'owed'}" for p in paid]
        assert check.told.split(", ") == (told or ["none"]), f"{check.line}\n  but {', '.join(told) or 'none'}"

    async def _figures_at(self, account_id: UUID, moment: str) -> dict[str, Decimal]:
        at = self.moment(moment)
        tenant_id = self.shop.caller.tenant_id
        owner = Owner(uuid.uuid4(), uuid.uuid4(), tenant_id, account_id, "shop", "P", "Program")
        read = await books.read(self.connection, owner, open_only=False)
        then = project(read, at) if at >= self.now else figures(read, at)
        return {name: getattr(then, name) for name in FIGURES}

    def _day(self, moment: datetime | None) -> str:
        if moment is None:
            return "never"
        here = moment.astimezone(ZoneInfo(self.zone))
        return f"{here:%Y-%m-%d}" if (here.hour, here.minute) == (0, 0) else f"{here:%Y-%m-%dT%H:%M}"


Maker = Callable[[Example, dict[str, Any], list[str], dict[str, str]], Command]


def _captured(example: Example, facts: dict[str, Any], words: list[str], _: dict[str, str]) -> Command:
    name, *rest = words
    taken = Decimal(rest[0]) if rest and rest[0] != "release" else None
    return verbs.Capture(**facts, hold_id=example.ids[name], points=taken, release_rest="release" in rest)


MAKERS: dict[str, Maker] = {
    "earn": lambda _, facts, words, named: verbs.Earn(**facts, points=Decimal(words[0]), dated="at" in named),
    "promise": lambda e, facts, words, named: verbs.Earn(
        **facts,
        points=Decimal(words[0]),
        pending_id=e.new(named["as"]),
        activates_at=e.moment(named["on"]) if "on" in named else None,
    ),
    "activate": lambda e, facts, words, _: verbs.Activate(**facts, pending_id=e.ids[words[0]]),
    "cancel": lambda e, facts, words, _: verbs.Cancel(**facts, pending_id=e.ids[words[0]]),
    "adjust": lambda _, facts, words, __: verbs.Adjust(**facts, points=Decimal(words[0])),
    "set": lambda _, facts, words, __: verbs.Set(**facts, basis=Basis(words[0]), points=Decimal(words[1])),
    "hold": lambda e, facts, words, named: verbs.Hold(**facts, points=Decimal(words[0]), hold_id=e.new(named["as"])),
    "capture": _captured,
    "void": lambda e, facts, words, _: verbs.Void(**facts, hold_id=e.ids[words[0]]),
    "reverse": lambda e, facts, words, _: verbs.Reverse(
        **facts, version=e.version(words[0]), points=Decimal(words[1]) if words[1:] else None
    ),
    "transfer": lambda _, facts, words, __: verbs.Transfer(
        **facts, points=None if words[0] == "all" else Decimal(words[0])
    ),
}
"""The verbs of an example, with what stands behind each."""


def _plain(points: Decimal) -> str:
    return format(points.normalize(), "f")


def _differences(
    expected: Sequence[str], answer: Posting | Refusal | None, figures: dict[str, Decimal]
) -> Iterator[str]:
    """What an answer is that was not expected, in words."""
    words = list(expected)
    again = bool(words[:1] == ["again"] and words.pop(0))
    refused = words.pop(0) if words[:1] == ["refused"] and words.pop(0) else None
    if (answer.code if isinstance(answer, Refusal) else None) != refused:
        yield f"refused {answer.code}" if isinstance(answer, Refusal) else "not refused"
        return
    if answer is not None and again != answer.replayed:
        yield "not again" if again else "again"
    known = dict(figures)
    if isinstance(answer, InsufficientPoints):
        known["available"] = answer.available
    if isinstance(answer, Posting):
        known |= {"posted": answer.posted, "held": answer.held, "available": answer.posted - answer.held}
        known |= {"shortfall": answer.shortfall, "points": answer.points}
    if len(words) % 2 or not set(words[::2]) <= {*FIGURES, "shortfall", "points"}:
        raise ValueError(f"not figures: {' '.join(words)}")
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name in known and known[name] != Decimal(value):
            yield f"{name} {_plain(known[name])}"


async def run(engine: Engine, lines: Sequence[str], *, batched: bool) -> None:
    """Runs an example: step by step, or with the steps of each moment in one call.

    Raises:
        AssertionError: something comes out otherwise than it is said.
        ValueError: a line that means nothing.
    """
    has_program = lines[0].startswith("program")
    shop = await open_shop(engine, **rules(lines[0] if has_program else "program"))
    told = [parsed(line) for line in lines[has_program:]]
    async with engine.database.transaction() as connection:
        example = Example(connection, shop)
        for key, group in groupby(enumerate(told), lambda each: _group(*each, batched=batched)):
            members = [line for _, line in group]
            if key[0] == "check":
                for line in members:
                    assert isinstance(line, Check)
                    await example.check(line)
            else:
                await example.run([line for line in members if isinstance(line, Step)])


def _group(number: int, line: Step | Check, *, batched: bool) -> tuple[str, str]:
    if isinstance(line, Check):
        return ("check", "")
    return ("step", line.moment if batched else f"{number}")
