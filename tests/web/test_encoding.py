"""Numbers in answers are exact, and as short as they can be; texts that look like numbers stay as they are."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.web.encoding import encode


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("28.50000000000000", "28.5"),
        ("0E-14", "0"),
        ("-3.00", "-3"),
        ("1E-7", "0.0000001"),
        ("-1.20E-9", "-0.0000000012"),
        ("1E+3", "1000"),
        ("1200", "1200"),
        ("99999999999999999999.0000000000000000000000000000000000000010", "99999999999999999999." + "0" * 38 + "1"),
    ],
)
def test_a_number_has_no_digit_that_says_nothing(written: str, shown: str) -> None:
    assert encode([{"a": Decimal(written), "b": [{"c": Decimal(written)}]}]) == (
        f'[{{"a":{shown},"b":[{{"c":{shown}}}]}}]'.encode()
    )


TEXTS = st.text() | st.lists(st.sampled_from(['"', ":", "\\", "a", "1.50", "1E-7", "}", ","])).map("".join)


@given(st.dictionaries(TEXTS, TEXTS | st.decimals(-(10**20), 10**20, allow_nan=False) | st.integers()))
def test_nothing_else_is_changed(value: dict[str, Any]) -> None:
    """Whatever the texts hold, and the amounts are equal."""
    assert json.loads(encode(value), parse_float=Decimal) == value
