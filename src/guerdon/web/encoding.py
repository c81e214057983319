"""Writes answers as JSON in which every number is exact, and as short as it can be without an exponent."""

import re
from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")

_ZEROS = re.compile(rb"\.\d*0(?=[,}])")
_POWER = re.compile(rb'(?<=\w":)-?\d+(?:\.\d+)?E[+-]?\d+(?=[,}])')
# A quotation mark behind a letter and before a colon ends a member's name: within a text no such mark is bare.
_NAMED = re.compile(rb'\w":-?\d+\Z')
_REACH = 64
"""Bytes of a number before its point, and of what stands before it, that are looked at."""


def encode(value: Any) -> bytes:
    """A wire model as JSON: 28.5 where the ledger has 28.50, and 0 for 0E-14.

    It is done here, for the values of all members, and not to every amount: few are longer than they need to be, and
    looking for them in the text costs a tenth of looking at each number.
    """
    text = _encoder.encode(value)
    if b"E" in text and (b"E-" in text or b"E+" in text):  # one byte is found ten times as fast as two
        text = _POWER.sub(lambda number: format(Decimal(number[0].decode()), "f").encode(), text)
    return _ZEROS.sub(_shortened, text) if b"." in text else text


def _shortened(part: "re.Match[bytes]") -> bytes:
    start = part.start()
    is_number = _NAMED.search(part.string, max(0, start - _REACH), start)
    return part[0].rstrip(b"0").rstrip(b".") if is_number else part[0]
