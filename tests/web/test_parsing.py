"""JSON is read to the last digit, names in any case where the vendor does; strange members are told, not refused."""

import json
import time
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.web.failures import InvalidField, MalformedBody
from guerdon.web.parsing import DEEPEST, FORM, form, in_words, parse, plainly, read

signed = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
decimals = signed.filter(lambda number: number or not number.is_signed())
leaves = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text()
trees = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def encodable(text: str) -> bool:
    """Half of a character is not."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


class Line(Struct, rename="camel"):
    """A model within a model, and within itself."""

    item_name: str
    amount: Decimal | None = None
    parts: "list[Line]" = []


class Order(Struct, rename="pascal"):
    """A model with one of everything."""

    order_id: int
    note: str | None = None
    lines: list[Line] = []
    first: Line | None = None
    tags: list[str] = []


@given(trees)
def test_what_is_json_is_read_as_it_is(tree: Any) -> None:
    """Whatever a client may send."""
    raw = json.dumps(tree).encode()
    assert parse(raw) == tree
    assert parse(raw, trailing_commas=True) == tree


@given(decimals)
def test_every_digit_of_a_number_is_kept(number: Decimal) -> None:
    """A float would keep some sixteen of them."""
    text = f"{number:f}"
    assert Decimal(parse(b"[" + text.encode() + b"]")[0]).as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"{",
        b'{"a":}',
        b"NaN",
        b"Infinity",
        b"'a'",
        b"\xff",
        b'"\xff"',
        b'{"a":1}x',
        b"1e99999999999999999999",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b'"\\ud800',
    ],
    ids=lambda raw: str(raw[:12]),
)
@pytest.mark.parametrize("trailing_commas", [False, True])
def test_what_is_no_json_is_malformed(raw: bytes, *, trailing_commas: bool) -> None:
    """Never a crash, however deep or large."""
    with pytest.raises(MalformedBody):
        parse(raw, trailing_commas=trailing_commas)


def test_a_byte_order_mark_is_passed_over() -> None:
    """Old .NET clients send it."""
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@given(trees)
def test_trailing_commas_change_nothing_else(tree: Any) -> None:
    """A comma inside a text is the text's own, also next to quotes, braces and backslashes."""
    wrapped = {"a": [tree, ',]"}\\', {"b": ",}"}]}
    raw = json.dumps(wrapped).encode()
    loose = raw[:-2] + b" , ] ,\n}"
    assert parse(loose, trailing_commas=True) == wrapped
    with pytest.raises(MalformedBody):
        parse(loose)


def test_looking_for_trailing_commas_takes_no_longer_than_reading() -> None:
    """A hostile body must not keep the server busy: time grows with its length, not with the square."""
    began = time.perf_counter()
    for raw in (b'{"a' * 100_000, b"," * 300_000, b'"\\' * 150_000, b", " * 150_000):
        with pytest.raises(MalformedBody):
            parse(raw, trailing_commas=True)
    assert time.perf_counter() - began < 5


def test_a_model_is_filled() -> None:
    """Members of models within it too."""
    tree = {"OrderId": 1, "Lines": [{"itemName": "a", "amount": Decimal("20.37076232692728")}], "Tags": ["x"]}
    order, strangers = read(tree, Order)
    assert order == Order(1, None, [Line("a", Decimal("20.37076232692728"))], None, ["x"])
    assert strangers == []


def test_names_are_taken_in_any_case_where_the_vendor_does() -> None:
    """And only there."""
    order, strangers = read({"orderid": 1, "FIRST": {"ItemName": "a"}}, Order, fold_names=True)
    assert order == Order(1, first=Line("a"))
    assert strangers == []
    with pytest.raises(InvalidField, match="OrderId"):
        read({"orderid": 1}, Order)


def test_strangers_are_told_wherever_they_are() -> None:
    """Vendors add members without a word; their clients must not break for it."""
    parts = [{"itemName": "b", "parts": [{"itemName": "c", "newest": 3}]}]
    tree = {"OrderId": 1, "New": {"deep": 1}, "Lines": [{"itemName": "a", "newer": 2, "parts": parts}]}
    order, strangers = read(tree, Order)
    assert order == Order(1, lines=[Line("a", parts=[Line("b", parts=[Line("c")])])])
    assert sorted(strangers) == ["New", "newer", "newest"]


class Bounded(Struct):
    """Whole numbers and exact ones."""

    count: Annotated[int, Meta(ge=-5, le=1000)]
    named: int | str | None = None
    amount: Decimal | None = None


@pytest.mark.parametrize("written", ["100.0", "1e2", "1.000E+2", "10000e-2"])
def test_a_whole_number_may_be_written_with_a_point(written: str) -> None:
    """JSON Schema takes it for an integer; what is exact keeps its digits."""
    body = b'{"count":%b,"named":8.0,"amount":1.50,"more":2.5}' % written.encode()
    read_, strangers = read(parse(body), Bounded)
    assert (read_, strangers) == (Bounded(100, 8, Decimal("1.50")), ["more"])
    assert type(read_.count) is type(read_.named) is int


@pytest.mark.parametrize("written", ["1.5", "1e30", "1e400", "1e999999999", "1e-999999999", "1001.0", "-6.0", "1e-1"])
def test_another_number_is_no_whole_one(written: str) -> None:
    """Nor one out of bounds; whoever sends a short text for a long number gets no work out of us."""
    began = time.perf_counter()
    with pytest.raises(InvalidField) as refused:
        read({"count": Decimal(written)}, Bounded)
    assert refused.value.name == "count"
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("tree", "name", "missing"),
    [
        ({}, "OrderId", True),
        ({"OrderId": "1"}, "OrderId", False),
        ({"OrderId": Decimal("1.5")}, "OrderId", False),
        ({"OrderId": 1, "Note": 5}, "Note", False),
        ({"OrderId": 1, "Lines": {}}, "Lines", False),
        ({"OrderId": 1, "Lines": [{"amount": 1}]}, "itemName", True),
        ({"OrderId": 1, "Lines": [{"itemName": "a", "amount": []}]}, "amount", False),
        ({"OrderId": 1, "Note": "a\0b"}, "Note", False),
        ({"OrderId": 1, "First": {"itemName": "\0"}}, "itemName", False),
        ({"OrderId": 1, "Tags": ["a", "\0"]}, "Tags", False),
        ({"OrderId": 1, "First": {"itemName": "a", "parts": [{"itemName": "\0"}]}}, "itemName", False),
        ([], "", False),
        (None, "", False),
        ("text", "", False),
        (5, "", False),
    ],
)
def test_what_does_not_fit_is_named(tree: Any, name: str, *, missing: bool) -> None:
    """By its name on the wire: that is what the client's author will look for."""
    with pytest.raises(InvalidField) as refused:
        read(tree, Order)
    assert (refused.value.name, refused.value.missing) == (name, missing)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (int, "1", "n: is not a whole number"),
        (Decimal | None, True, "n: is not a number"),
        (Decimal, "ten", "n: is not a number"),
        (str | None, 5, "n: is not a text"),
        (list[int], {}, "n: is not a list"),
        (Line, [], "n: is not an object"),
        (Line, {}, "itemName: is required"),
        (bool, 1, "n: is not true or false"),
        (int | str | None, [], "n: is not a whole number or a text"),
        (UUID, "x", "n: is not a UUID"),
        (Literal["a", "b"], "c", "n: is not one of the known values"),
        (Annotated[str, Meta(pattern="^a$")], "b", "n: is not of the form that is asked for"),
        (Annotated[str, Meta(max_length=2)], "abc", "n: must have at most 2 characters"),
        (Annotated[list[int], Meta(min_length=1)], [], "n: must have at least 1 items"),
        (Annotated[int, Meta(ge=-3)], -4, "n: must be at least -3"),
        (Annotated[int, Meta(le=6)], 7, "n: must be at most 6"),
        (str, "a\0", "n: holds a NUL character"),
    ],
)
def test_what_does_not_fit_is_said_in_words(kind: Any, value: Any, words: str) -> None:
    """Without a name of a library's type: who reads it has sent JSON."""
    with pytest.raises(InvalidField) as refused:
        read({"n": value}, msgspec.defstruct("One", [("n", kind)]))
    assert in_words(refused.value) == words


def test_what_is_wrong_with_the_whole_body_is_said_of_it() -> None:
    with pytest.raises(InvalidField) as refused:
        read([], Order)
    assert in_words(refused.value) == "the body is not an object"
    assert in_words(InvalidField("", "a or b is required")) == "a or b is required"


@given(trees)
def test_any_json_fits_or_is_refused(tree: Any) -> None:
    """There is no third way out."""
    try:
        order, _ = read(tree, Order, fold_names=True)
    except InvalidField:
        return
    assert msgspec.json.encode(order)


class Plain(Struct, rename="pascal"):
    """A model with texts and numbers only."""

    order_id: Annotated[int, Meta(ge=-(2**31), lt=2**31)]
    serial: int | None = None
    amount: Decimal | UnsetType = UNSET
    note: Annotated[str, Meta(max_length=5)] | None = None
    tags: list[str] = []
    open: bool = False


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, 1, -1, 2**31, 2**63, 2**64, 10**40]),
    st.text(max_size=6),
    st.sampled_from(["1", "1.50", "\0", "a\0", "\\u0000", "é", "1e3"]),
    st.lists(st.text(max_size=3) | st.integers(), max_size=3),
)
names = st.sampled_from(["OrderId", "Serial", "Amount", "Note", "Tags", "Open", "orderid", "Stranger"])
NUMBERS = ["10.0", "1.50", "1e2", "1E-7", "-0", "-0.0", "0.1", "123456789012345678901234567890.123456789", "1e400"]
numbers = st.sampled_from(NUMBERS)


@given(st.lists(st.tuples(names, scalars.map(json.dumps) | numbers), max_size=6), st.sampled_from([[], ["7"]]))
def test_what_is_plain_is_what_the_careful_way_reads(members: list[tuple[str, str]], known: list[str]) -> None:
    """To the last digit, and never where the careful way would refuse, or report a member."""
    members = [*(("OrderId", value) for value in known), *members]
    raw = ("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members) + "}").encode()
    got = plainly(raw, Plain)
    if got is None:
        return
    wanted, strangers = read(parse(raw), Plain)
    assert strangers == []
    assert repr(msgspec.structs.astuple(got)) == repr(msgspec.structs.astuple(wanted))


def test_what_is_plain() -> None:
    """The everyday body is; the names in another case, a NUL, a stranger, a model within, and what is wrong are not."""
    assert plainly(b' {"OrderId": 7, "Amount": 1.50} ', Plain) is not None
    assert plainly(b"{}", Order) is None
    for raw in (
        b'{"orderid": 7}',
        b'{"OrderId": 7, "Note": "\\u0000"}',
        b'{"OrderId": 7, "Else": 1}',
        b'{"OrderId": "7"}',
        b'{"OrderId": 7,}',
        b'\xef\xbb\xbf{"OrderId": 7}',
        b'{"OrderId": 7} {}',
        b'{"OrderId": 7, "Note": "\xff"}',
        b"[]",
        b"",
    ):
        assert plainly(raw, Plain) is None, raw


@given(
    st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text(min_size=1).filter(encodable), max_size=9)
)
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    """Whatever is in it; a field without a value is as one that was left out (RFC 6749, 3.2)."""
    raw = f"{urlencode(fields)}&empty=".removeprefix("&").encode()
    assert form(raw, f"{FORM}; charset=UTF-8") == fields


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        (b"a=1", "application/json"),
        (b"a=1", ""),
        (b"a", FORM),
        (b"a=1&", FORM),
        (b"a=1&a=2", FORM),
        (b"a=1&A=2", FORM),
        (b'{"client_secret":"x=y"}', FORM),
        (b"a=\xff", FORM),
        (b"a=%ff", FORM),
        (b"&".join(b"a%d=1" % n for n in range(101)), FORM),
    ],
)
def test_what_is_no_form(raw: bytes, media_type: str) -> None:
    """JSON that calls itself a form is none: its text must not be taken for the name of a field, which is told."""
    with pytest.raises(MalformedBody) as refused:
        form(raw, media_type)
    assert "client_secret" not in refused.value.detail


def test_nesting_has_an_end() -> None:
    """Of lists and maps, closed or not a part of texts: what walks a tree calls itself."""
    for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
        assert parse(opened * DEEPEST + b"1" + closed * DEEPEST)
        with pytest.raises(MalformedBody):
            parse(opened * (DEEPEST + 1) + b"1" + closed * (DEEPEST + 1))
    assert len(parse(b"[" + b",".join([b'["[[["]'] * 500) + b"]")) == 500
