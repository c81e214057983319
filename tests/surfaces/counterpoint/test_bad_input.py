"""What is not right is refused in clear words and changes nothing: numbers, texts and bodies of every wrong kind."""

from typing import Any

import pytest

from surfaces.counterpoint.tills import REQUIRED, Customer, Till, refused

NUMBERS = (
    b"-1",
    b"1.5",
    b"100.5",
    b'"100"',
    b'""',
    b"true",
    b"false",
    b"[1]",
    b"{}",
    b"2147483648",
    b"-2147483649",
    b"9223372036854775807",
    b"9223372036854775808",
    b"18446744073709551616",
    b"1e400",
    b"-1e400",
    b"1e-400",
    b"NaN",
    b"Infinity",
    b"9" * 5_000,
    b"0x10",
    b"01",
)
"""None of them is a whole number of points above zero in 32 bits; some are no JSON."""

MONEY = (
    b"-0.01",
    b"true",
    b"[1]",
    b"{}",
    b'""',
    b'"much"',
    b'"NaN"',
    b'"Infinity"',
    b'"-1"',
    b"NaN",
    b"1e400",
    b"1e20",
    b"1e-41",
    b"9" * 5_000,
)
"""None of them is an amount of money."""


def short(value: bytes) -> str:
    """A name for a parameter."""
    return value.decode()[:24]


def unchanged(customer: Customer) -> None:
    """Nothing has happened to a customer with 100 points and a hold of 10."""
    loyalty = customer.loyalty()
    assert [row["PointAmount"] for row in loyalty["History"]] == [100, 10]
    assert customer.figures() == (100, 10, 90)


@pytest.fixture
def holder(customer: Customer) -> Customer:
    """A customer with 100 points and a hold of 10."""
    customer.earned(100)
    customer.authorized("S-0", 10)
    return customer


@pytest.mark.parametrize("points", [*NUMBERS, b"0", b"-0", b"null", b""], ids=short)
def test_points_that_cannot_be_earned(holder: Customer, points: bytes) -> None:
    """Whatever is not a whole number from 1 to 2,147,483,647."""
    body = b'{"CustomerNumber":"%s","Points":%s}' % (holder.number.encode(), points)
    refused(holder.till.send("POST", "/Loyalty/Earn", body), 400, "Bad Request")
    unchanged(holder)


@pytest.mark.parametrize("points", [*NUMBERS, b"0", b"null", b""], ids=short)
def test_points_that_cannot_be_held(holder: Customer, points: bytes) -> None:
    """The same, in this method's words; nothing is held for the money beside them either."""
    for more in (b"", b',"RequestedAmount":-1'):
        body = b'{"Type":"loyalty","Ref":"%s","SaleId":"S-1","RequestedPoints":%s%s}' % (
            holder.number.encode(),
            points,
            more,
        )
        refused(holder.till.send("POST", "/Loyalty/Authorize", body), 400, REQUIRED)
    unchanged(holder)


@pytest.mark.parametrize("amount", MONEY, ids=short)
def test_money_that_cannot_be_held(holder: Customer, amount: bytes) -> None:
    """Alone, and beside points that could be."""
    for points in (b"", b',"RequestedPoints":5'):
        body = b'{"Type":"loyalty","Ref":"%s","SaleId":"S-1","RequestedAmount":%s%s}' % (
            holder.number.encode(),
            amount,
            points,
        )
        refused(holder.till.send("POST", "/Loyalty/Authorize", body), 400, REQUIRED)
    unchanged(holder)


def test_points_missing(holder: Customer) -> None:
    """And the number missing, or not a text."""
    bodies: tuple[dict[str, Any], ...] = (
        {"CustomerNumber": holder.number},
        {"Points": 5},
        {},
        {"CustomerNumber": "", "Points": 5},
        {"CustomerNumber": None, "Points": 5},
        {"CustomerNumber": 2059378440, "Points": 5},
        {"CustomerNumber": [holder.number], "Points": 5},
        {"CustomerNumber": holder.number + "\0", "Points": 5},
    )
    for body in bodies:
        refused(holder.till.post("/Loyalty/Earn", **body), 400, "Bad Request")
    unchanged(holder)


@pytest.mark.parametrize(
    "more",
    [
        {"Reason": "x" * 1_001},
        {"Reference": "x" * 256},
        {"Reason": "a\0b"},
        {"Reference": "\0"},
        {"Reason": 5},
        {"Reference": 123456789},
        {"Reason": ["x"]},
        {"Reference": {}},
        {"Reason": True},
    ],
    ids=lambda more: str(more)[:40],
)
def test_texts_that_cannot_be_kept(holder: Customer, more: dict[str, Any]) -> None:
    """Too long, with a NUL, or no text: never cut and never turned into one."""
    refused(holder.till.earn(holder.number, 5, **more), 400, "Bad Request")
    unchanged(holder)


def test_texts_come_back_as_they_were_sent(customer: Customer) -> None:
    """As long as they may be, in any script, with blanks and quotes."""
    for reason, reference in (
        ("x" * 1_000, "y" * 255),
        ("ÿ😀" * 500, "Ω" * 255),
        (' "quoted" \\ \n\t', " R-1 "),
        ("<b>&amp;</b>", "'; DROP TABLE entries; --"),
    ):
        customer.earned(1, Reason=reason, Reference=reference)
        row = customer.loyalty()["History"][-1]
        assert (row["Reason"], row["Document"]) == (reason, reference)


BODIES = {
    "empty": b"",
    "blanks": b" \n ",
    "no json": b"Points=100&CustomerNumber=1",
    "a list": b"[]",
    "a list of one": b'[{"CustomerNumber":"x","Points":5}]',
    "null": b"null",
    "a text": b'"x"',
    "cut off": b'{"CustomerNumber":"x","Points":',
    "two": b"{}{}",
    "a comma too many": b'{"CustomerNumber":"x","Points":5,}',
    "single quotes": b"{'CustomerNumber':'x','Points':5}",
    "bad utf-8": b'{"CustomerNumber":"\xff\xfe","Points":5}',
    "half a surrogate": b'{"CustomerNumber":"\\ud800","Points":5}',
    "utf-16": '{"CustomerNumber":"x","Points":5}'.encode("utf-16"),
    "deep": b'{"Reason":' * 10_000 + b"1" + b"}" * 10_000,
    "deep lists": b'{"Reason":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep in a stranger": b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "large": b'{"CustomerNumber":"' + b"x" * 10_000_000 + b'","Points":5}',
}


@pytest.mark.parametrize("what", BODIES)
def test_bodies_that_cannot_be_read(till: Till, what: str) -> None:
    """In each method's words, never a fault of ours."""
    for path, text in (
        ("/Loyalty/Earn", "Bad Request"),
        ("/Loyalty/Authorize", REQUIRED),
        ("/Authorize/Confirm", "Bad Request"),
        ("/Authorize/Cancel", "Bad Request"),
    ):
        refused(till.send("POST", path, BODIES[what]), 400, text)


def test_a_large_body_that_is_not_announced(till: Till) -> None:
    """Read no further than the limit."""
    chunks = (b" " * 100_000 for _ in range(100))
    headers = {"Authorization": f"Bearer {till.token}"}
    refused(till.http.post(f"{till.base_url}/Loyalty/Earn", content=chunks, headers=headers), 400, "Bad Request")


def test_members_that_the_vendor_does_not_have(customer: Customer) -> None:
    """Are passed over, whatever they hold."""
    strange: dict[str, Any] = {"x-note": {"a": [1, None, "\0"]}, "Customer": 5, "points ": "many"}
    customer.earned(40, **strange)
    answer = customer.authorize("S-1", 10, **strange).json()
    assert list(answer) == ["Type", "Ref", "SaleId", "RequestedPoints", "AuthCode"]
    strange.pop("Customer")
    code = {"Ref": customer.number, "AuthCode": answer["AuthCode"], **strange}
    assert customer.till.post("/Authorize/Confirm", **code).status_code == 204
    assert customer.figures() == (30, 0, 30)
    assert len(customer.loyalty(**strange)["History"]) == 2


@pytest.mark.parametrize("key", ["k" * 256, "k" * 7_000], ids=len)
def test_keys_that_are_too_long(holder: Customer, key: str) -> None:
    """Not cut: two requests could become one."""
    refused(holder.till.earn(holder.number, 5, key), 400, "Bad Request")
    refused(holder.authorize("S-1", 5, key), 400, "Bad Request")
    unchanged(holder)


def test_an_empty_key(holder: Customer) -> None:
    """Is no key, and not the same as none."""
    headers = {"Authorization": f"Bearer {holder.till.token}", "Idempotency-Key": ""}
    body = {"CustomerNumber": holder.number, "Points": 5}
    url = f"{holder.till.base_url}/Loyalty/Earn"
    refused(holder.till.http.post(url, json=body, headers=headers), 400, "Bad Request")
    unchanged(holder)
