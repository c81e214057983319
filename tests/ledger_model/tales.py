"""A shop in which small stories are told by hand, on the model alone or on whatever is compared with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from guerdon.core import commands as verbs
from guerdon.core.callers import Caller
from guerdon.core.commands import Command
from guerdon.core.refusals import Refusal
from ledger_model.accounts import ModelAccount, ModelEntry
from ledger_model.model import Model, Outcome

START = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)
Number = int | str


@dataclass
class Tale:
    """Commands in few words; accounts by index, days from the start.

    Attributes:
        posted: posts a command at a moment.
        settled: makes happen what is due on all accounts by a moment.
    """

    model: Model
    caller: Caller
    accounts: list[UUID]
    posted: Callable[[Command, datetime], Outcome]
    settled: Callable[[datetime], None]
    now: datetime = START
    ids: dict[str, UUID] = field(default_factory=dict)

    def id_of(self, name: str) -> UUID:
        """The hold or pending earn with this name; later names have greater ids."""
        return self.ids.setdefault(name, UUID(int=1000 + len(self.ids)))

    def do(self, kind: type[Command], account: int = 0, **named: Any) -> Outcome:
        """Posts a command now."""
        plain: dict[str, Any] = {"caller": self.caller, "account_id": self.accounts[account], "at": self.now}
        if named.get("points") is not None:
            named["points"] = Decimal(named["points"])
        return self.posted(kind(**plain | named), self.now)

    def earn(self, points: Number, account: int = 0, **named: Any) -> Outcome:
        """Points come in."""
        return self.do(verbs.Earn, account, points=points, **named)

    def promise(self, name: str, points: Number, account: int = 0, **named: Any) -> Outcome:
        """Points that come in later."""
        return self.earn(points, account, pending_id=self.id_of(name), **named)

    def adjust(self, points: Number, account: int = 0, **named: Any) -> Outcome:
        """Points in or out."""
        return self.do(verbs.Adjust, account, points=points, **named)

    def hold(self, name: str, points: Number, account: int = 0, **named: Any) -> Outcome:
        """Points reserved."""
        return self.do(verbs.Hold, account, hold_id=self.id_of(name), points=points, **named)

    def capture(self, name: str, points: Number | None = None, account: int = 0, **named: Any) -> Outcome:
        """Reserved points out."""
        return self.do(verbs.Capture, account, hold_id=self.id_of(name), points=points, **named)

    def void(self, name: str, account: int = 0) -> Outcome:
        """Reserved points free."""
        return self.do(verbs.Void, account, hold_id=self.id_of(name))

    def reverse(self, version: int, points: Number | None = None, account: int = 0, **named: Any) -> Outcome:
        """An entry undone."""
        return self.do(verbs.Reverse, account, version=version, points=points, **named)

    def transfer(self, target: int, points: Number | None = None, account: int = 0, **named: Any) -> Outcome:
        """Points to another account."""
        return self.do(verbs.Transfer, account, to_account_id=self.accounts[target], points=points, **named)

    def wait(self, days: float) -> None:
        """Time goes on, and what is due happens."""
        self.pass_by(days)
        self.settled(self.now)

    def pass_by(self, days: float) -> None:
        """Time goes on, and nobody looks."""
        self.now += timedelta(days=days)

    def account(self, index: int = 0) -> ModelAccount:
        """What the model knows of an account."""
        return self.model.accounts[self.accounts[index]]

    def told(self, since: int = 1, account: int = 0) -> list[tuple[str, Any]]:
        """Kind and points of the entries from a version on."""
        return [(entry.kind, entry.points) for entry in self.account(account).entries[since - 1 :]]

    def last(self, account: int = 0) -> ModelEntry:
        """The newest entry."""
        return self.account(account).entries[-1]

    def left(self, account: int = 0) -> dict[tuple[int, int], Any]:
        """What is left of each lot."""
        return {lot.id: lot.remaining for lot in self.account(account).lots}

    def paid(self, debit: int, account: int = 0) -> dict[tuple[int, int], Any]:
        """By lot, what paid for an entry and what went back, in all."""
        net: dict[tuple[int, int], Decimal] = {}
        for (version, _, lot_id), points in self.account(account).consumed.items():
            if version == debit:
                net[lot_id] = net.get(lot_id, Decimal(0)) + points
        return net

    def figures(self, account: int = 0) -> tuple[Any, ...]:
        """Posted, held, pending and lifetime."""
        found = self.account(account)
        return found.posted, found.held, found.pending, found.lifetime


def day(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def refused(outcome: Outcome, kind: type[Refusal], **facts: object) -> bool:
    """Whether it was refused so, with these facts among others."""
    return outcome.refusal is not None and outcome.refusal[0] is kind and set(facts.items()) <= set(outcome.refusal[1:])
