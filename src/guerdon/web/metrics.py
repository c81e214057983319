"""Counts requests, and tells that and unknown members to Prometheus, for all processes that share an address."""

import asyncio
import os
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from guerdon.web import drift

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
INTERVAL_SECONDS = 1.0
"""Between two looks at whether there is news for the other processes."""

_requests: dict[tuple[str, str, str], int] = {}


def count(surface: str, operation: str, status: str) -> None:
    """Counts an answer: to every request one, so that this is all that it may do."""
    key = (surface, operation, status)
    _requests[key] = _requests.get(key, 0) + 1


class _Counted(msgspec.Struct):
    """Pairs of labels and a number, by what is counted."""

    requests: list[tuple[tuple[str, str, str], int]]
    members: list[tuple[tuple[str, str, str], int]]


def _counted() -> _Counted:
    return _Counted(list(_requests.items()), list(drift.seen.items()))


class Figures(Collector):
    """What has been counted, here and, where there is a folder, by all processes that write theirs into it.

    What a process has told stays told when it ends. A figure is written down before it is told, so that whichever
    process is asked next, none is lower.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._own = folder / f"{uuid.uuid4()}.json" if folder else None
        self._written = b""
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """All figures as Prometheus reads them."""
        return generate_latest(self._registry)

    def describe(self) -> list[CounterMetricFamily]:
        """Nothing that would have to be read when the registry is made."""
        return []

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The sums over all processes."""
        requests: Counter[tuple[str, str, str]] = Counter()
        members: Counter[tuple[str, str, str]] = Counter()
        for counted in self._everybodys():
            requests.update(dict(counted.requests))
            members.update(dict(counted.members))
        yield _family("guerdon_requests", "Answers given.", ("surface", "operation", "status"), requests)
        yield _family(
            "guerdon_unknown_members",
            "Members of bodies that no model has; past some names of an operation, the others together.",
            ("surface", "operation", "member"),
            members,
        )

    def _everybodys(self) -> Iterator[_Counted]:
        if self._own is None:
            yield _counted()
            return
        self.write()
        for path in self._own.parent.glob("*.json"):
            yield msgspec.json.decode(path.read_bytes(), type=_Counted)

    def write(self) -> None:
        """Leaves word of what this process has counted, where there is a folder and there is news."""
        raw = msgspec.json.encode(_counted())
        if self._own is None or raw == self._written:
            return
        draft = self._own.with_suffix(".new")
        draft.write_bytes(raw)
        os.replace(draft, self._own)  # noqa: PTH105 - in one step, whoever reads
        self._written = raw

    @asynccontextmanager
    async def written(self) -> AsyncIterator[None]:
        """Leaves word now and then during the block, and at its end."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            self.write()

    async def _keep(self) -> None:
        while True:
            self.write()
            await asyncio.sleep(INTERVAL_SECONDS)


def _family(
    name: str, told: str, labels: tuple[str, str, str], counted: Counter[tuple[str, str, str]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, told, labels=labels)
    for values, number in sorted(counted.items()):
        family.add_metric(values, number)
    return family
