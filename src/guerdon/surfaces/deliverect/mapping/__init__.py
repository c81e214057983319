"""Deliverect's words to commands, and what the engine answers to its words; pure."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from guerdon.core.points import exact
from guerdon.core.refusals import PointsOutOfRange
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

USUAL_DIGITS = 2
"""Of a currency, where an order does not say."""

_WIDE = Context(prec=200)


def money(name: str, minor: Decimal | None, digits: int) -> Decimal | None:
    """An amount in the smallest unit as units of the currency.

    Raises:
        InvalidField: no amount that anybody could pay.
    """
    if minor is None:
        return None
    try:
        return exact(minor).scaleb(-digits, _WIDE)
    except PointsOutOfRange:
        raise InvalidField(name, "not an amount of money") from None


def minor_of(amount: Decimal, digits: int) -> int:
    """Units of the currency in its smallest unit, rounded half up; percent, with two digits, in hundredths."""
    return int(amount.scaleb(digits, _WIDE).quantize(Decimal(1), ROUND_HALF_UP, _WIDE))


def moment(at: datetime | None) -> str | None:
    """A moment as it is written everywhere but in dates of birth: ISO 8601 in UTC, to the second."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def session_of(call: Call[Any]) -> str:
    """The channel's session as the engine knows it; without one, what the customer does is one session."""
    given: str | None = call.body.session_id
    return f"{call.caller.surface}:{given or '-'}"
