"""Mews' words to filters and changes, and what the engine answers to its words; pure."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.dates import iso_instant
from guerdon.core.memberships import Interval
from guerdon.engine.joining import KEEP, Keep
from guerdon.surfaces.mews import wire
from guerdon.web.failures import Forbidden, InvalidField
from guerdon.web.operations import Request

MOST_MONTHS = 3
_INSTANT = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)

Value_co = TypeVar("Value_co", covariant=True)
Value = TypeVar("Value")
Mapped = TypeVar("Mapped")


class Wrapper(Protocol[Value_co]):
    """Any of the update wrappers."""

    @property
    def value(self) -> Value_co:
        """What is to be written."""


def minimal(request: Request) -> bool:
    """Whether the client would rather have no body than one without content (RFC 7240)."""
    preferences = request.headers.get("prefer", "").replace('"', "").lower().split(",")
    return "return=minimal" in [preference.strip() for preference in preferences]


def states(body_states: Sequence[wire.ActivityState] | None, request: Request) -> tuple[bool, bool]:
    """Whether active records are wanted, and whether deleted ones are; active ones only where nothing is said."""
    every = list(wire.ActivityState) if wire.DELETED_TOO in request.switches else [wire.ActivityState.ACTIVE]
    wanted = body_states or every
    return wire.ActivityState.ACTIVE in wanted, wire.ActivityState.DELETED in wanted


def limited(sent: wire.Limitation | None, request: Request) -> wire.Limitation:
    """How many items are wanted, and from where on.

    Raises:
        InvalidField: nothing is said, and nothing is to be assumed.
    """
    if sent is not None:
        return sent
    if wire.LENIENT not in request.switches:
        raise InvalidField("Limitation", "is required", missing=True)
    return wire.Limitation(count=wire.ASSUMED_ITEMS)


def in_scope(named: Iterable[UUID] | None, chains: frozenset[UUID]) -> list[UUID]:
    """The chains that a filter names, as far as the caller may see them; all of those where it names none."""
    return sorted(chains if named is None else chains.intersection(named))


def to_bound(caller: Caller) -> Caller:
    """The caller of an operation that portfolio tokens cannot call.

    Raises:
        Forbidden: it has one.
    """
    if caller.chain_id is None:
        raise Forbidden
    return caller


def to_writer(caller: Caller, chain_id: UUID | None, chains: frozenset[UUID]) -> Caller:
    """The caller, bound to one chain: its own, or the one that a caller with several of them names.

    Raises:
        InvalidField: a caller with several chains names none of them.
    """
    if caller.chain_id is not None:
        return caller
    if chain_id not in chains:
        raise InvalidField("ChainId", "not a chain within scope", missing=chain_id is None)
    return replace(caller, chain_id=chain_id)


def interval(name: str, sent: wire.TimeInterval | None) -> Interval:
    """From the start (in) to the end (out); equal ends are that one instant.

    Raises:
        InvalidField: it is too long, ends before it starts, or has ends that are no dates.
    """
    if sent is None:
        return None, None
    start, end = instant("StartUtc", sent.start_utc), instant("EndUtc", sent.end_utc)
    if start > end:
        raise InvalidField(name, f"{name} starts after its end")
    if end > _latest_end(start):
        raise InvalidField(name, wire.INTERVAL_TOO_LONG)
    if start < end:
        return start, end
    return start, _later(start, _INSTANT)


def _latest_end(start: datetime) -> datetime:
    """Three months and a day after the start; the last day of a shorter month stands for the days it lacks."""
    years, month = divmod(start.month - 1 + MOST_MONTHS, 12)
    year = start.year + years
    if year > _LAST.year:
        return _LAST
    day = min(start.day, monthrange(year, month + 1)[1])
    return _later(start.replace(year=year, month=month + 1, day=day), timedelta(days=1))


def _later(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return _LAST


def instant(name: str, text: str) -> datetime:
    """A moment; a date is its midnight, and without an offset it is UTC.

    Raises:
        InvalidField: it is none.
    """
    moment = iso_instant(text)
    if moment is None:
        raise InvalidField(name, f"{name} is not an ISO 8601 date")
    return moment


def set_(wrapper: Wrapper[Value] | None) -> Value | Keep:
    """What a wrapper sets; without one, what is stored is kept."""
    return KEEP if wrapper is None else wrapper.value


def set_as(mapped: Callable[[Value], Mapped], wrapper: Wrapper[Value | None] | None) -> Mapped | Keep | None:
    """What a wrapper sets, in our words; null clears."""
    if wrapper is None:
        return KEEP
    return None if wrapper.value is None else mapped(wrapper.value)


def spelled_instant(at: datetime) -> str:
    """A moment in whole seconds of UTC."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
