"""Checks rows of orders that were paid elsewhere one by one, and turns them into what is staged."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated

import msgspec
import uuid_utils
from msgspec import Meta, Struct

from guerdon.core.imports import Import
from guerdon.core.points import ZERO
from guerdon.core.refusals import PointsOutOfRange
from guerdon.core.rules.occasions import MONEY_DIGITS, Line, Occasion, spending
from guerdon.core.rules.reckonings import Reckoning
from guerdon.core.rules.sets import RuleSet
from guerdon.engine.sifting import Numbered, Sieve, Staged, Wrong, amount_of, check
from guerdon.storage import orders

COLUMNS = (
    "import_id", "row", "chunk", "error", "namespace", "canonical", "order_id", "reference", "placed_at", "amount",
    "points", "tier", "occasion", "reckoning",
)  # fmt: skip

LONGEST_NAME = 255
_PLACES = 14
_MOST_LINES = 500
_TRUTH = {"true": True, "false": False}

Text = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class _Line(Struct, forbid_unknown_fields=True):
    """A line as it is in a file: like one of `POST /v1/orders`."""

    unit_price: Decimal
    id: Text | None = None
    sku: Text | None = None
    category: Text | None = None
    quantity: Decimal | None = None
    tax: Decimal | None = None
    discount: Decimal | None = None


_lines = msgspec.json.Decoder(Annotated[list[_Line], Meta(min_length=1, max_length=_MOST_LINES)], float_hook=Decimal)


def _money(name: str, given: Decimal | str, *, above_zero: bool = False) -> Decimal:
    """Money or a quantity, as the native API takes it.

    Raises:
        Wrong: it is none.
    """
    try:
        value = Decimal(given)
    except InvalidOperation:
        raise Wrong(f"{name}: {str(given)[:40]!r} is no number") from None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or value.adjusted() >= MONEY_DIGITS or exponent < -_PLACES:
        raise Wrong(f"{name}: must be below 10^12, with at most 14 decimal places")
    if value < ZERO or (above_zero and not value):
        raise Wrong(f"{name}: must be above zero" if above_zero else f"{name}: must not be below zero")
    return Decimal(format(value, "f")) or ZERO


class Recount(Sieve):
    """Checks rows of one file of orders."""

    def __init__(self, made: Import, now: datetime) -> None:
        super().__init__(made, now)
        self._rules = RuleSet()

    def orders(self, rows: Numbered) -> Iterator[Staged]:
        """Rows as they are staged, in the order of COLUMNS."""
        for row, line in rows:
            chunk = (row - 1) // self.chunk_rows
            try:
                yield (self.import_id, row, chunk, None, *self._order(line))
            except Wrong as wrong:
                yield (self.import_id, row, chunk, str(wrong), *[None] * 10)

    def _order(self, line: Sequence[str | None]) -> Staged:
        *names, reference, at, amount, lines, discount, taxed, currency, location, channel, points, tier = line
        name = self.whose(names)
        check(reference, location, channel, tier)
        if any(text is not None and len(text) > LONGEST_NAME for text in (reference, location, channel)):
            raise Wrong(f"a text has more than {LONGEST_NAME} characters")
        if reference is None:
            raise Wrong("reference: missing")
        placed_at = self.past("at", at)
        if placed_at is None:
            raise Wrong("at: missing")
        if currency is not None and not (len(currency) == 3 and currency.isascii() and currency.isupper()):  # noqa: PLR2004
            raise Wrong(f"currency: {currency[:10]!r} is no code such as EUR")
        occasion = Occasion(
            at=placed_at,
            lines=_bought(amount, lines),
            currency=currency,
            location=location,
            channel=channel,
            prices_include_tax=lines is None or _flag(taxed),
            discount=ZERO if discount is None else _money("discount", discount),
        )
        values = spending(self._rules, occasion)
        reckoning = Reckoning(values=values, excluded=(), given=(), decimals=0)
        return (
            name.namespace, name.canonical, str(uuid_utils.uuid7()), reference, placed_at,
            f"{sum(values, ZERO):f}", _earned(points), tier, orders.text_of(occasion), orders.text_of(reckoning),
        )  # fmt: skip


def _flag(text: str | None) -> bool:
    if text is None:
        return True
    if text.lower() not in _TRUTH:
        raise Wrong(f"prices_include_tax: {text[:10]!r} is neither true nor false")
    return _TRUTH[text.lower()]


@lru_cache(20_000)
def _earned(text: str | None) -> str | None:
    """What an order earned elsewhere; None for nothing."""
    if text is None or text == "0":
        return None
    try:
        return amount_of(text)
    except (InvalidOperation, PointsOutOfRange):
        raise Wrong(f"points: {text[:40]!r} is no amount above 0") from None


def _bought(amount: str | None, text: str | None) -> tuple[Line, ...]:
    if (amount is None) == (text is None):
        raise Wrong("either amount or lines must say what was bought")
    if amount is not None:
        return (Line(id="1", unit_price=_money("amount", amount)),)
    try:
        given = _lines.decode(text or "")
    except msgspec.DecodeError as error:
        raise Wrong(f"lines: {error}"[:300]) from None
    found = tuple(_line(n, line) for n, line in enumerate(given, 1))
    if len({line.id for line in found}) < len(found):
        raise Wrong("lines: two have the same id")
    check(*(each for line in found for each in (line.id, line.sku, line.category)))
    return found


def _line(n: int, line: _Line) -> Line:
    def money(name: str, given: Decimal | None, *, above_zero: bool = False) -> Decimal:
        return _money(f"lines: {name} of line {n}", given or ZERO, above_zero=above_zero)

    read = Line(
        id=line.id or str(n),
        sku=line.sku,
        category=line.category,
        quantity=money("quantity", Decimal(1) if line.quantity is None else line.quantity, above_zero=True),
        unit_price=money("unit_price", line.unit_price),
        tax=money("tax", line.tax),
        discount=money("discount", line.discount),
    )
    if read.is_too_dear:
        raise Wrong(f"lines: quantity times unit_price of line {n} must be below 10^12")
    return read
