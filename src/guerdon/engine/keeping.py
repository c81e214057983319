"""Keeps what surfaces wrote of long statements, within a bound, for as long as nothing new was posted."""

from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from guerdon.core.members import Identifier
from guerdon.core.statements import Known

MOST_BYTES = 32 * 1024 * 1024

OVERHEAD_BYTES = 1_000
"""Of each history beside its rows, about."""

Key = tuple[str, UUID, Identifier]
"""The surface, the tenant, and the name that was asked for."""


class History(NamedTuple):
    """The rows of a statement as a surface wrote them.

    Attributes:
        known: the account and its version; entries are never changed, so that the rows hold as long as it has no more.
        since: the beginning of the window that they were written for.
        first_at: the first entry in it: the rows are the same for a window that begins up to here.
        until: the end of the window.
        written: the rows.
    """

    known: Known
    since: datetime
    first_at: datetime
    until: datetime
    written: bytes


class Histories:
    """The histories that were asked for last."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, History] = OrderedDict()

    def get(self, key: Key, since: datetime, until: datetime) -> History | None:
        """The one for this window, if nothing was posted since."""
        kept = self._kept.get(key)
        if kept is None or not kept.since <= since <= kept.first_at or kept.until != until:
            return None
        self._kept.move_to_end(key)
        return kept

    def put(self, key: Key, history: History) -> None:
        """Keeps one, in the place of those that nobody has asked for the longest."""
        before = self._kept.pop(key, None)
        self._kept[key] = history
        self._bytes += len(history.written) + OVERHEAD_BYTES - (len(before.written) + OVERHEAD_BYTES if before else 0)
        while self._bytes > self._most_bytes:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone.written) + OVERHEAD_BYTES
