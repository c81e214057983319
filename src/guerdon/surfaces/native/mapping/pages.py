"""Pages of lists: a cursor names the item that a page ended with, so that others may come meanwhile; pure."""

import base64
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import UnsetType

from guerdon.core.refusals import CursorNotFound

Item = TypeVar("Item")
Key = TypeVar("Key")

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")


def paged(
    found: Sequence[Item], limit: int, sort: str, key: Callable[[Item], object]
) -> tuple[Sequence[Item], str | None]:
    """A page of what was found, which is one more than fits where there are more; and the cursor of the next page."""
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, base64.urlsafe_b64encode(msgspec.json.encode((sort, str(key(page[-1]))))).decode().rstrip("=")


def after_cursor(cursor: str | UnsetType, sort: str, read: Callable[[str], Key]) -> Key | None:
    """What a page comes after: the key of the last item of the page before.

    Raises:
        CursorNotFound: no list in this order gave the cursor.
    """
    if isinstance(cursor, UnsetType):
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        order, key = msgspec.json.decode(raw, type=tuple[str, str])
        if order != sort:
            raise CursorNotFound(cursor)
        return read(key)
    except (ValueError, OverflowError, msgspec.DecodeError):
        raise CursorNotFound(cursor) from None


def up_to(most: int) -> Callable[[str], int]:
    """Reads a key that is a number from 1 on."""

    def read(key: str) -> int:
        if not _NUMBER.fullmatch(key) or int(key) > most:
            raise ValueError("out of range")
        return int(key)

    return read
