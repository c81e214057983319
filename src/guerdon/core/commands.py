"""The verbs of the ledger as values: what may be asked of one account, and what came of it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from guerdon.core.callers import Caller


class Basis(StrEnum):
    """Which figure of the account a `Set` writes."""

    POSTED = "posted"
    AVAILABLE = "available"


class HoldState(StrEnum):
    """Where a hold is in its life."""

    OPEN = "open"
    CAPTURED = "captured"
    VOIDED = "voided"


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
    def facts(self) -> tuple[object, ...]:
        """What the verb adds to the identity of the request."""
        return ()

    def fingerprint(self) -> bytes:
        """16 bytes that are equal exactly when two commands ask for the same thing.

        Time and caller are not part of it: a repeat comes later, and maybe through another credential.
        """
        parts = (self.verb, self.account_id, self.reason, self.reference, self.location, *self.facts)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


def _same(points: Decimal | None) -> str | None:
    """One text for equal amounts: 100 and 100.0 are the same request."""
    if points is None:
        return None
    return format(points, "f").rstrip("0").rstrip(".") if "." in format(points, "f") else format(points, "f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Earn(Command):
    """Adds points (above zero) to posted and lifetime.

    With `dated`, the effective time was asked for, so that another time is another request.
    """

    verb = "earn"
    points: Decimal
    dated: bool = False

    @property
    def facts(self) -> tuple[object, ...]:
        return (_same(self.points), self.at.astimezone(UTC).isoformat()) if self.dated else (_same(self.points),)


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
    points are equal and replaced in one step when they differ.
    """

    verb = "hold"
    hold_id: UUID
    points: Decimal
    once_per_reference: bool = False

    @property
    def facts(self) -> tuple[object, ...]:
        return (_same(self.points), self.once_per_reference)


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


@dataclass(frozen=True, slots=True)
class Posting:
    """What came of a command that was accepted.

    Attributes:
        account_id: the account.
        version: the entry written, or None where the verb writes none (hold, void, a set that changed nothing).
        points: the entry's signed points, 0 without an entry.
        posted: the account's posted points after the command.
        held: the account's held points after the command.
        hold_id: the hold that was placed, captured or voided.
        replayed: the answer of an earlier, equal request.
        recorded_at: when it was written; None in a replay.
    """

    account_id: UUID
    version: int | None
    points: Decimal
    posted: Decimal
    held: Decimal
    hold_id: UUID | None
    replayed: bool
    recorded_at: datetime | None = None
