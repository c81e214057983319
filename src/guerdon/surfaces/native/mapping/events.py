"""Events to what is placed; pure."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from guerdon.core.memberships import Membership
from guerdon.core.points import ZERO, exact
from guerdon.core.refusals import PointsOutOfRange
from guerdon.core.rules.occasions import Occasion
from guerdon.engine.ordering import Placing
from guerdon.surfaces.native.mapping import moments
from guerdon.surfaces.native.mapping.orders import fingerprint
from guerdon.surfaces.native.wire import events as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

LONGEST_VALUE = 1_000
MOST_FIELDS = 100


def to_occasion(at: datetime, body: wire.Happened) -> Occasion:
    """What happened at a moment.

    Raises:
        InvalidField: a value of a field that cannot be.
    """
    if len(body.fields) > MOST_FIELDS:
        raise InvalidField("fields", f"has more than {MOST_FIELDS} members")
    return Occasion(
        at=at,
        location=body.location,
        channel=body.channel,
        event=body.name,
        fields={name: _value(name, value) for name, value in body.fields.items()},
    )


def to_placing(
    call: Call[wire.EventRequest], membership: Membership, referred_by: UUID | None, event_id: UUID
) -> Placing:
    """An event that may earn.

    Raises:
        InvalidField: as for `to_occasion`.
    """
    body = call.body
    occasion = to_occasion(moments.past("at", body.at, call.at), body)
    return Placing(
        caller=call.caller,
        at=call.at,
        reference=body.reference,
        membership=membership,
        amount=ZERO,
        occasion=occasion,
        id=event_id,
        fingerprint=fingerprint(body),
        referrer=referred_by,
    )


def _value(name: str, given: Any) -> str | bool | Decimal:
    if isinstance(given, bool) or (isinstance(given, str) and len(given) <= LONGEST_VALUE and "\0" not in given):
        return given
    if not isinstance(given, int | Decimal):
        raise InvalidField(
            name, f"must be a number, true, false or a text of at most {LONGEST_VALUE} characters", path=("fields",)
        )
    try:
        return exact(given)
    except PointsOutOfRange:
        raise InvalidField(name, "out of range", path=("fields",)) from None
