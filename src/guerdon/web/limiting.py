"""Counts the requests of each caller, and says when one has had its share for now."""

import fcntl
import mmap
import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

from guerdon.web.failures import TooManyRequests

MOST_COUNTED = 10_000
"""Callers; beyond them, those whose time is over are forgotten, and if need be all."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds, counted from the first one of a burst."""

    requests: int
    seconds: int


class Limiter:
    """The requests of each caller since the first one of its burst.

    Args:
        rate: what one caller may ask.
        counts: a file in which all processes of a server count together; without one, this process counts for itself.
    """

    def __init__(self, rate: Rate, counts: Path | None = None) -> None:
        self._rate = rate
        self._bursts: _Bursts = _Shared(rate, counts) if counts else _Own(rate)

    def count(self, caller_id: UUID, now: datetime) -> tuple[int, int]:
        """Counts a request; how many are left of the share, and after how many seconds there is a new one.

        Raises:
            TooManyRequests: the caller has had its share; it says after how many seconds there is a new one.
        """
        at = (now - _EPOCH) // _MICROSECOND
        began, requests = self._bursts.counted(caller_id, at)
        seconds = max(1, -(-(began + self._rate.seconds * _SECOND - at) // _SECOND))
        if requests > self._rate.requests:
            raise TooManyRequests(seconds)
        return self._rate.requests - requests, seconds

    def forget(self, caller_id: UUID) -> None:
        """Nothing of a caller's counts any more: where wrong guesses are counted, for one that was right."""
        self._bursts.forget(caller_id)

    def told(self, left: int, seconds: int) -> dict[str, str]:
        """What a caller is told of its share (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"default";q={self._rate.requests};w={self._rate.seconds}',
            "RateLimit": f'"default";r={left};t={seconds}',
        }


class _Bursts(Protocol):
    """Where bursts are kept: when each began, in microseconds, and how many requests it has."""

    def counted(self, caller_id: UUID, at: int) -> tuple[int, int]:
        """The burst of a caller with one more request, or with the one that was too many."""

    def forget(self, caller_id: UUID) -> None:
        """The caller has no requests any more."""


def _with_one_more(rate: Rate, began: int, requests: int, at: int) -> tuple[int, int]:
    if not began <= at < began + rate.seconds * _SECOND:
        return at, 1
    return began, min(requests, rate.requests) + 1


class _Own:
    """In the memory of this process."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._kept: dict[UUID, tuple[int, int]] = {}

    def counted(self, caller_id: UUID, at: int) -> tuple[int, int]:
        burst = _with_one_more(self._rate, *self._kept.get(caller_id, (at, 0)), at)
        if caller_id not in self._kept and len(self._kept) >= MOST_COUNTED:
            self._forget(at)
        self._kept[caller_id] = burst
        return burst

    def forget(self, caller_id: UUID) -> None:
        self._kept.pop(caller_id, None)

    def _forget(self, at: int) -> None:
        length = self._rate.seconds * _SECOND
        self._kept = {known: burst for known, burst in self._kept.items() if at < burst[0] + length}
        if len(self._kept) >= MOST_COUNTED:
            self._kept.clear()


_PLACE = struct.Struct("=16sqq")
"""A caller, when its burst began, and its requests."""

PLACES = 16_384
NEIGHBOURS = 8
"""A caller is at one of so many places in a row; where others are at all of them, it takes the oldest one's."""


class _Shared:
    """In a file that all processes of a server have mapped, whoever of them is asked; it is zeros in the beginning."""

    def __init__(self, rate: Rate, path: Path) -> None:
        self._rate = rate
        self._lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._lock, (PLACES + NEIGHBOURS) * _PLACE.size)
        self._map = mmap.mmap(self._lock, 0)

    def counted(self, caller_id: UUID, at: int) -> tuple[int, int]:
        caller = caller_id.bytes
        # The lock of a process that is killed goes with it.
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            place, began, requests = self._found(caller, caller_id.int % PLACES * _PLACE.size)
            burst = _with_one_more(self._rate, began, requests, at)
            _PLACE.pack_into(self._map, place, caller, *burst)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        return burst

    def forget(self, caller_id: UUID) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            place, _, _ = self._found(caller_id.bytes, caller_id.int % PLACES * _PLACE.size)
            _PLACE.pack_into(self._map, place, caller_id.bytes, 0, 0)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _found(self, caller: bytes, first: int) -> tuple[int, int, int]:
        """The caller's place, and its burst there; one without requests in a place that it has from now on."""
        others = []
        for place in range(first, first + NEIGHBOURS * _PLACE.size, _PLACE.size):
            known, began, requests = _PLACE.unpack_from(self._map, place)
            if known == caller:
                return place, began, requests
            others.append((began, place))
        return min(others)[1], 0, 0
