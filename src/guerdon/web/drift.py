"""Counts and reports members that a vendor's model does not have: never refused, never silent."""

import re
from collections import Counter
from collections.abc import Sequence

import structlog

log = structlog.get_logger()

seen: Counter[tuple[str, str, str]] = Counter()
"""How often each (surface, operation, member) came in since the start."""

MOST_KEPT = 20
"""Names of an operation; whatever a client makes up, no more series than these."""

OTHERS = "(others)"
"""In the place of all names past those, and of what is no name: somebody's address, say."""

_NAME = re.compile(r"[A-Za-z_$][\w$-]{0,79}", re.ASCII)
_kept: Counter[tuple[str, str]] = Counter()


def report(surface: str, operation: str, strangers: Sequence[str]) -> None:
    """Counts strange members; each is logged the first time only, by name and never by value."""
    for stranger in strangers:
        key = (surface, operation, stranger)
        if key not in seen:
            if not _NAME.fullmatch(stranger) or _kept[surface, operation] >= MOST_KEPT:
                key = (surface, operation, OTHERS)
            else:
                _kept[surface, operation] += 1
        seen[key] += 1
        if seen[key] == 1:
            log.info("unknown member", surface=surface, operation=operation, member=key[2])
