"""Counts and reports members that a vendor's model does not have: never refused, never silent."""

from collections import Counter
from collections.abc import Sequence

import structlog

log = structlog.get_logger()

seen: Counter[tuple[str, str, str]] = Counter()
"""How often each (surface, operation, member) came in since the start."""

MOST_KEPT = 1_000
LONGEST_NAME = 80


def report(surface: str, operation: str, strangers: Sequence[str]) -> None:
    """Counts strange members; each is logged the first time only, by name and never by value."""
    for stranger in strangers:
        key = (surface, operation, stranger[:LONGEST_NAME])
        if key not in seen and len(seen) >= MOST_KEPT:
            continue
        seen[key] += 1
        if seen[key] == 1:
            log.info("unknown member", surface=surface, operation=operation, member=key[2])
