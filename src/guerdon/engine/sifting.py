"""Checks rows of members and balances one by one, and turns them into what is staged: fast for what is usual."""

import re
import secrets
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zlib import crc32

import msgspec
import uuid_utils

from guerdon.core.buckets import BUCKETS
from guerdon.core.dates import is_ahead, iso_date, iso_instant
from guerdon.core.imports import NAMES, PROFILE, Import
from guerdon.core.members import EMAIL, PHONE, Identifier, Profile
from guerdon.core.points import positive
from guerdon.core.refusals import PointsOutOfRange, Refusal
from guerdon.engine import contacts
from guerdon.engine.enrolling import NUMBER_DIGITS

LONGEST = 512
"""Of any text."""

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing happened before it, as on `/v1`: what tiers and rules count back from there is still in the calendar."""

_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)
_DIGITS = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_FIRST_NUMBER = 10 ** (NUMBER_DIGITS - 1)
_encode = msgspec.json.Encoder().encode
_NUL = "\\u0000"
_ZERO = re.compile(r"0+(?:\.0+)?", re.ASCII)
NOTHING = (None, None, None)
"""What a row without points opens with."""

Staged = tuple[Any, ...]
Numbered = Iterator[tuple[int, Sequence[str | None]]]
MEMBER_COLUMNS = (
    "import_id", "row", "chunk", "error", "member_id", "membership_id", "account_id", "bucket", "name", "number",
    "email", "email_given", "phone", "profile", "joined_at", "points", "earned_at", "expires_at",
)  # fmt: skip
BALANCE_COLUMNS = (
    "import_id", "row", "chunk", "error", "namespace", "canonical", "points", "earned_at", "expires_at", "reason",
    "reference",
)  # fmt: skip


_instant = lru_cache(20_000)(iso_instant)
"""Days come again and again."""


@lru_cache(20_000)
def amount_of(text: str) -> str:
    """An amount of points, as PostgreSQL reads it.

    Raises:
        InvalidOperation, PointsOutOfRange: it is none.
    """
    return format(positive(Decimal(text)), "f")


def _numbers() -> Iterator[str]:
    """Public numbers, as enrolling draws them: random digits."""
    while True:
        for (drawn,) in struct.iter_unpack("Q", secrets.token_bytes(8_000)):
            yield str(_FIRST_NUMBER + drawn % (9 * _FIRST_NUMBER))


class Wrong(Exception):  # noqa: N818 - what is wrong with a row
    """What is wrong with a row, in words for people."""


def check(*texts: str | None) -> None:
    """Texts that can be kept.

    Raises:
        Wrong: one cannot.
    """
    for text in texts:
        if text is not None and (len(text) > LONGEST or "\x00" in text):
            raise Wrong("a text is too long or has a NUL")


class Sieve:
    """Checks rows of one file.

    Args:
        made: what the file is imported by.
        now: what must lie ahead is after it.
    """

    def __init__(self, made: Import, now: datetime) -> None:
        self.import_id = made.id
        self.chunk_rows = made.chunk_rows
        self._now = now
        self._namespace = made.namespace
        self._domains: dict[str, str | None] = {}
        self._dials: dict[tuple[str, int], bool] = {}
        self._numbers = _numbers()

    def members(self, rows: Numbered) -> Iterator[Staged]:
        """Rows of a file of members as they are staged, in the order of MEMBER_COLUMNS."""
        new_id = uuid_utils.uuid7
        for row, line in rows:
            chunk = (row - 1) // self.chunk_rows
            try:
                made = self._member(line)
            except Wrong as wrong:
                yield (self.import_id, row, chunk, str(wrong), *[None] * 14)
                continue
            account_id = new_id()
            bucket = crc32(account_id.bytes) % BUCKETS
            yield (
                self.import_id, row, chunk, None, new_id(), new_id(), account_id, bucket, *made,
            )  # fmt: skip

    def _member(self, line: Sequence[str | None]) -> Staged:
        if not any(line):
            raise Wrong("has nothing in it")
        name, email, phone, *rest = line
        details, (joined, points, earned, expires) = rest[:-4], rest[-4:]
        profile = {key: text for key, text in zip(PROFILE, details, strict=True) if text is not None}
        check(name)
        if "date_of_birth" in profile:
            born = iso_date(profile["date_of_birth"])
            if born is None or is_ahead(born, self._now):
                raise Wrong(f"date_of_birth: {'lies ahead' if born else 'no ISO 8601 date'}")
        joined_at = self.past("joined_at", joined) or self._now
        canonical = None
        given = None
        if email is not None:
            given = self._email(email)
            canonical = given.casefold()
            profile[EMAIL] = email
        if phone is not None:
            phone = profile[PHONE] = self._phone(phone)
        opening = self._opening(points, earned, expires, joined_at)
        text = _encode(profile).decode()
        if len(text) > LONGEST or _NUL in text:  # of one text it may be too much, else of none
            check(*profile.values())
        return (name, next(self._numbers), canonical, given, phone, text, joined_at, *opening)

    def balances(self, rows: Numbered) -> Iterator[Staged]:
        """Rows of a file of balances as they are staged, in the order of BALANCE_COLUMNS."""
        for row, line in rows:
            chunk = (row - 1) // self.chunk_rows
            try:
                yield (self.import_id, row, chunk, None, *self._balance(line))
            except Wrong as wrong:
                yield (self.import_id, row, chunk, str(wrong), *[None] * 7)

    def _balance(self, line: Sequence[str | None]) -> Staged:
        *names, points, earned, expires, reason, reference = line
        check(reason, reference)
        name = self.whose(names)
        if points is None:
            raise Wrong("points: missing")
        opening = self._opening(points, earned, expires, self._now)
        if opening == NOTHING:
            raise Wrong(f"points: {points[:40]!r} is no amount above 0")
        return (name.namespace, name.canonical, *opening, reason, reference)

    def whose(self, names: Sequence[str | None]) -> Identifier:
        """Who a row is about, by the one of its first columns that says so.

        Raises:
            Wrong: none does, several do, or it cannot be.
        """
        given = [(namespace, text) for namespace, text in zip(NAMES, names, strict=True) if text is not None]
        if len(given) != 1:
            raise Wrong(f"one of {', '.join(NAMES)} must say whose it is")
        ((namespace, text),) = given
        check(text)
        if namespace == EMAIL:
            text = self._email(text)
        elif namespace == PHONE:
            text = self._phone(text)
        return Identifier(self._namespace if namespace == "id" else namespace, text)

    def _opening(self, points: str | None, earned: str | None, expires: str | None, joined_at: datetime) -> Staged:
        """Points, when they were earned, and when they lapse; nothing of it without points, or with none."""
        if points is None or points == "0":
            return NOTHING
        try:
            amount = amount_of(points)
        except (InvalidOperation, PointsOutOfRange):
            if _ZERO.fullmatch(points):
                return NOTHING
            raise Wrong(f"points: {points[:40]!r} is no amount above 0") from None
        earned_at = self.past("earned_at", earned) or joined_at
        expires_at = None if expires is None else self._moment("expires_at", expires)
        if expires_at is not None and expires_at <= self._now:
            raise Wrong("expires_at: is past, so these points have lapsed")
        return (amount, earned_at, expires_at)

    def past(self, name: str, text: str | None) -> datetime | None:
        """A moment that has come.

        Raises:
            Wrong: it is none, lies ahead, or too far back.
        """
        if text is None:
            return None
        moment = self._moment(name, text)
        if moment > self._now:
            raise Wrong(f"{name}: is in the future")
        if moment < EARLIEST:
            raise Wrong(f"{name}: is too long ago")
        return moment

    @staticmethod
    def _moment(name: str, text: str) -> datetime:
        moment = _instant(text)
        if moment is None:
            raise Wrong(f"{name}: {text[:40]!r} is no ISO 8601 date or date-time")
        return moment

    def _email(self, text: str) -> str:
        local, at, domain = text.rpartition("@")
        if at and len(local) <= 64 and _LOCAL.fullmatch(local):  # noqa: PLR2004 - as RFC 5321 says
            if domain not in self._domains:
                self._domains[domain] = self._checked(Profile(email=f"a@{domain}"))
            if (found := self._domains[domain]) is not None:
                return local + found[1:]
        if (whole := self._checked(Profile(email=text))) is not None:
            return whole
        raise Wrong(f"email: {text[:60]!r} is none")

    def _phone(self, text: str) -> str:
        if _DIGITS.fullmatch(text):
            # Whether a number can be one depends on its country and its length.
            dial = (text[:4], len(text))
            if dial not in self._dials:
                self._dials[dial] = self._checked(Profile(phone=text)) is not None
            if self._dials[dial]:
                return text
        raise Wrong(f"phone: {text[:40]!r} is no number in E.164 form")

    @staticmethod
    def _checked(profile: Profile) -> str | None:
        """The one name in a profile, where it is good."""
        try:
            return contacts.checked(profile)[0].value
        except Refusal:
            return None
