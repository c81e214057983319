"""Counts the requests of each caller, and says when one has had its share for now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from guerdon.web.failures import TooManyRequests

MOST_COUNTED = 10_000
"""Callers; beyond them, those whose time is over are forgotten, and if need be all."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds, counted from the first one of a burst."""

    requests: int
    seconds: int


class Limiter:
    """The requests of each caller since the first one of its burst; each server process counts for itself."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._length = timedelta(seconds=rate.seconds)
        self._bursts: dict[UUID, tuple[datetime, int]] = {}

    def count(self, caller_id: UUID, now: datetime) -> tuple[int, int]:
        """Counts a request; how many are left of the share, and after how many seconds there is a new one.

        Raises:
            TooManyRequests: the caller has had its share; it says after how many seconds there is a new one.
        """
        began, requests = self._bursts.get(caller_id, (now, 0))
        if not began <= now < began + self._length:
            began, requests = now, 0
        seconds = max(1, ceil((began + self._length - now).total_seconds()))
        if requests >= self._rate.requests:
            raise TooManyRequests(seconds)
        if caller_id not in self._bursts and len(self._bursts) >= MOST_COUNTED:
            self._forget(now)
        self._bursts[caller_id] = (began, requests + 1)
        return self._rate.requests - requests - 1, seconds

    def told(self, left: int, seconds: int) -> dict[str, str]:
        """What a caller is told of its share (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"default";q={self._rate.requests};w={self._rate.seconds}',
            "RateLimit": f'"default";r={left};t={seconds}',
        }

    def _forget(self, now: datetime) -> None:
        self._bursts = {known: burst for known, burst in self._bursts.items() if now < burst[0] + self._length}
        if len(self._bursts) >= MOST_COUNTED:
            self._bursts.clear()
