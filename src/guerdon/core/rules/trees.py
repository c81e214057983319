"""Takes plain JSON values apart, and notes what is wrong with each, by its place."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from guerdon.core.dates import iso_instant

MOST_PROBLEMS = 50
LONGEST_TEXT = 255
_DIGITS = 12
_PLACES = 6
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)

Choice = TypeVar("Choice", bound=StrEnum)
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


@dataclass
class Reader:
    """Reads members of JSON objects. What is wrong is noted, and something harmless returned in its place.

    With `is_kept`, what contradicts itself is let be: it was taken once, and points are given by it.
    """

    is_kept: bool = False
    problems: list[Problem] = field(default_factory=list)
    path: list[str] = field(default_factory=list)

    def wrong(self, detail: str, *names: str) -> None:
        """Notes that something is wrong, here or at members below."""
        if len(self.problems) < MOST_PROBLEMS:
            steps = [name.replace("~", "~0").replace("/", "~1") for name in (*self.path, *names)]
            self.problems.append(Problem("".join("/" + step for step in steps), detail))

    def contradicts(self, detail: str, *names: str) -> None:
        """Notes that something can be read and never be met."""
        if not self.is_kept:
            self.wrong(detail, *names)

    def ordered(self, given: Mapping[str, Any], least: Decimal | None, most: Decimal | None) -> None:
        """Notes that bounds are the wrong way round, or leave none of some values."""
        if least is not None and most is not None and least > most:
            self.contradicts("must not be below min", "max")
        if given.get("one_of") == []:
            self.contradicts("must not be empty; leave it out instead", "one_of")

    @contextmanager
    def at(self, *names: str) -> Iterator[None]:
        """Reads below members."""
        self.path += names
        try:
            yield
        finally:
            del self.path[len(self.path) - len(names) :]

    def members(self, tree: object, known: Sequence[str], required: Sequence[str] = ()) -> Mapping[str, Any]:
        """The members of an object; others than those that are known are wrong."""
        if not isinstance(tree, dict):
            self.wrong("must be an object")
            return {}
        for name in tree:
            if name not in known:
                self.wrong(f"is not known here; known are {', '.join(known)}", str(name)[:LONGEST_TEXT])
        for name in required:
            if name not in tree:
                self.wrong("is required", name)
        return {name: tree[name] for name in known if tree.get(name) is not None}

    def items(self, tree: object, most: int, read: Callable[[object], Read]) -> tuple[Read, ...]:
        """The items of a list, each read below its index."""
        if not isinstance(tree, list):
            self.wrong("must be a list")
            return ()
        if len(tree) > most:
            self.wrong(f"has more than {most} items")
        found: list[Read] = []
        for n, item in enumerate(tree[:most]):
            with self.at(str(n)):
                found.append(read(item))
        return tuple(found)

    def number(self, tree: object, *, above: int | None = None, least: int | None = None) -> Decimal:
        """A number with at most twelve digits before the point and six behind it."""
        if isinstance(tree, bool) or not isinstance(tree, int | Decimal):
            self.wrong("must be a number")
            return Decimal(1)
        value = Decimal(tree)
        exponent = value.as_tuple().exponent
        if not value.is_finite() or not isinstance(exponent, int) or exponent < -_PLACES or value.adjusted() >= _DIGITS:
            self.wrong(f"must have at most {_DIGITS} digits before the point and {_PLACES} behind it")
            return Decimal(1)
        if above is not None and value <= above:
            self.wrong(f"must be above {above}")
        if least is not None and value < least:
            self.wrong(f"must not be below {least}")
        return Decimal(format(value, "f"))

    def integer(self, tree: object, least: int, most: int) -> int:
        """A whole number within bounds."""
        if isinstance(tree, bool) or not isinstance(tree, int) or not least <= tree <= most:
            self.wrong(f"must be a whole number from {least} to {most}")
            return least
        return tree

    def flag(self, tree: object) -> bool:
        """True or false."""
        if not isinstance(tree, bool):
            self.wrong("must be true or false")
        return tree is True

    def text(self, tree: object) -> str:
        """A text that is not empty and not too long."""
        if not isinstance(tree, str) or not 1 <= len(tree) <= LONGEST_TEXT or "\0" in tree:
            self.wrong(f"must be a text of 1 to {LONGEST_TEXT} characters")
            return ""
        return tree

    def texts(self, tree: object) -> frozenset[str]:
        """Some texts, at least one."""
        found = self.items(tree, 1000, self.text)
        if tree == []:
            self.wrong("must not be empty; leave it out instead")
        return frozenset(found)

    def choice(self, tree: object, choices: type[Choice], but: Sequence[Choice] = ()) -> Choice:
        """One of the words of an enumeration."""
        words = [word for word in choices if word not in but]
        if tree not in words or not isinstance(tree, str):
            self.wrong(f"must be one of {', '.join(words)}")
            return words[0]
        return choices(tree)

    def moment(self, tree: object) -> datetime:
        """An RFC 3339 date-time with its offset."""
        found = iso_instant(tree) if isinstance(tree, str) and _MOMENT.fullmatch(tree) else None
        if found is None:
            self.wrong("must be a date-time such as 2026-07-01T12:00:00Z")
            return datetime(1, 1, 1, tzinfo=UTC)
        return found

    def clock(self, tree: object) -> time:
        """A time of day, as 16:00."""
        found = _TIME.fullmatch(tree) if isinstance(tree, str) else None
        if found is None:
            self.wrong("must be a time of day such as 16:00")
            return time.min
        return time.fromisoformat(found[0])
