"""The verbs of the ledger as values: what may be asked of one account, and what came of it."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.members import Identifier
from guerdon.core.points import ZERO


class Basis(StrEnum):
    """Which figure of the account a `Set` writes."""

    POSTED = "posted"
    AVAILABLE = "available"


class HoldState(StrEnum):
    """Where a hold is in its life."""

    OPEN = "open"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


class PendingState(StrEnum):
    """Where a pending earn is in its life."""

    OPEN = "open"
    ACTIVATED = "activated"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every verb carries.

    Attributes:
        caller: who asks; tenant, surface and credential go onto the entry.
        account_id: the one account the command touches.
        at: the effective time, with zone; passed in, never read from a clock here.
        key: idempotency key, unique in the tenant forever; None where the vendor has none.
        reason: free text shown to people.
        reference: the caller's own id of the event.
        location: where it happened, in the merchant's words.
        cause: which rule version asked for it, where one did.
    """

    verb: ClassVar[str]
    caller: Caller
    account_id: UUID
    at: datetime
    key: str | None = None
    reason: str | None = None
    reference: str | None = None
    location: str | None = None
    cause: str | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether asking twice has one effect, and is answered alike."""
        return self.key is not None

    @property
    def facts(self) -> tuple[object, ...]:
        """What the verb adds to the identity of the request."""
        return ()

    def fingerprint(self) -> bytes:
        """16 bytes that are equal exactly when two commands ask for the same thing.

        Time and caller are not part of it: a repeat comes later, and maybe through another credential.
        """
        parts = (self.verb, self.account_id, self.reason, self.reference, self.location, *self.facts)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


NOBODY = UUID(int=0)
"""The account of a command of which only the member is known."""


@dataclass(frozen=True, slots=True)
class Named:
    """A command to the account that stands for a member, which the ledger finds in the same call.

    A capture and a void go to the account that the hold is on, which must be one of the member's.

    Attributes:
        names: one value, in each namespace where it may be somebody's; the first that anybody answers to counts.
        command: without a key, of which the account is a part; its account is `NOBODY`.
    """

    names: tuple[Identifier, ...]
    command: Command

    @property
    def key(self) -> None:
        """None: nobody can ask again for the same."""
        return

    def at(self, account_id: UUID) -> Command:
        """The command, to an account."""
        return replace(self.command, account_id=account_id)


def bare(asked: Command | Named) -> Command:
    """The command, whether or not its account is known."""
    return asked.command if isinstance(asked, Named) else asked


def _same(points: Decimal | None) -> str | None:
    """One text for equal amounts: 100 and 100.0 are the same request."""
    if points is None:
        return None
    return format(points, "f").rstrip("0").rstrip(".") if "." in format(points, "f") else format(points, "f")


def _moment(at: datetime | None) -> str | None:
    """One text for one moment, whatever zone it is written in."""
    return None if at is None else at.astimezone(UTC).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Earn(Command):
    """Adds points (above zero) to posted and lifetime, as a lot of their own.

    Attributes:
        points: how many.
        dated: the effective time was asked for, so that another time is another request.
        expires_at: when the lot lapses; None leaves it to the program's policy.
        pending_id: given, the points are promised under this id and not in the balance until they are activated.
        activates_at: when a pending earn becomes one by itself; None waits for `Activate`.
    """

    verb = "earn"
    points: Decimal
    dated: bool = False
    expires_at: datetime | None = None
    pending_id: UUID | None = None
    activates_at: datetime | None = None

    @property
    def facts(self) -> tuple[object, ...]:
        plain = (_same(self.points), _moment(self.at)) if self.dated else (_same(self.points),)
        if self.pending_id is None and self.expires_at is None:
            return plain
        return (*plain, _moment(self.expires_at), self.pending_id is not None, _moment(self.activates_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate(Command):
    """Turns a pending earn into an earn now, whatever day it waits for."""

    verb = "activate"
    pending_id: UUID

    @property
    def facts(self) -> tuple[object, ...]:
        return (self.pending_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """Takes a pending earn back before it was ever in the balance."""

    verb = "cancel"
    pending_id: UUID

    @property
    def facts(self) -> tuple[object, ...]:
        return (self.pending_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Command):
    """Adds signed points; down only as far as they are available."""

    verb = "adjust"
    points: Decimal

    @property
    def facts(self) -> tuple[object, ...]:
        return (_same(self.points),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Command):
    """Writes an absolute figure, as an entry of the difference computed under the account's lock."""

    verb = "set"
    points: Decimal
    basis: Basis

    @property
    def facts(self) -> tuple[object, ...]:
        return (_same(self.points), self.basis.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Command):
    """Reserves points.

    With `once_per_reference`, an open hold that was placed so with the same reference is answered again when the
    points are equal and replaced in one step when they differ. From `expires_at` on it reserves nothing; an end that
    `is_usual` is no part of what is asked for: a repeat comes later, and would have another.
    """

    verb = "hold"
    hold_id: UUID
    points: Decimal
    once_per_reference: bool = False
    expires_at: datetime | None = None
    is_usual: bool = False

    @property
    def is_repeatable(self) -> bool:
        return self.key is not None or self.once_per_reference

    @property
    def facts(self) -> tuple[object, ...]:
        plain = (_same(self.points), self.once_per_reference)
        return plain if self.expires_at is None or self.is_usual else (*plain, _moment(self.expires_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Command):
    """Takes held points: all that remain (None), or a part; `release_rest` frees what is left."""

    verb = "capture"
    hold_id: UUID
    points: Decimal | None = None
    release_rest: bool = False

    @property
    def facts(self) -> tuple[object, ...]:
        return (self.hold_id, _same(self.points), self.release_rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Command):
    """Frees what a hold still reserves."""

    verb = "void"
    hold_id: UUID

    @property
    def facts(self) -> tuple[object, ...]:
        return (self.hold_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse(Command):
    """Undoes an entry of the account, in part or as far as it has not been undone.

    Attributes:
        version: the entry; earns, adjusts, sets, captures and lapses can be undone.
        points: how many, above zero; None is all that is left of it.
        expires_at: when points that go back to a lot which has lapsed meanwhile lapse again; None leaves it to the
            program's grace.
    """

    verb = "reverse"
    version: int
    points: Decimal | None = None
    expires_at: datetime | None = None

    @property
    def facts(self) -> tuple[object, ...]:
        return (self.version, _same(self.points), _moment(self.expires_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Command):
    """Moves available points to another account of the program; each keeps its day. None moves all of them."""

    verb = "transfer"
    to_account_id: UUID
    points: Decimal | None = None

    @property
    def facts(self) -> tuple[object, ...]:
        return (self.to_account_id, _same(self.points))


@dataclass(frozen=True, slots=True)
class Posting:
    """What came of a command that was accepted.

    Attributes:
        account_id: the account.
        version: the entry written, or None where the verb writes none (hold, void, a pending earn, a set that changed
            nothing).
        points: the entry's signed points, 0 without an entry.
        posted: the account's posted points after the command.
        held: the account's held points after the command.
        hold_id: the hold that was placed, captured or voided, or the pending earn that was placed, activated or
            cancelled.
        replayed: the answer of an earlier, equal request.
        recorded_at: when it was written; None in a replay.
        shortfall: what a reversal could not take back, by the program's return policy.
    """

    account_id: UUID
    version: int | None
    points: Decimal
    posted: Decimal
    held: Decimal
    hold_id: UUID | None
    replayed: bool
    recorded_at: datetime | None = None
    shortfall: Decimal = ZERO
