"""Amounts, moments and days as they are shown to people, and values as JSON."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

_INSTANT = timedelta(microseconds=1)
_encoder = msgspec.json.Encoder(decimal_format="number")


def amount(points: Decimal) -> str:
    """With thousands apart, every digit that counts, and no zeros after them."""
    text = f"{points:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(points: Decimal) -> str:
    """Likewise, with its sign."""
    return f"+{amount(points)}" if points > 0 else amount(points)


def moment(at: datetime, zone: str) -> str:
    """To the minute, in a time zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def last_day(ends: datetime | None, zone: str) -> str:
    """The last day on which something is good that ends at a moment; `no day` where it never does."""
    return "no day" if ends is None else f"{(ends - _INSTANT).astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def json(value: object) -> str:
    """As JSON over several lines, amounts exact."""
    return msgspec.json.format(_encoder.encode(value), indent=1).decode()
