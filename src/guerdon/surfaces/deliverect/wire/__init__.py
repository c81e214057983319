"""Deliverect's bodies as they cross the wire: members without a value are null, dates are texts until mapped."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

EXISTING_CUSTOMERS, FUTURE_ANSWERS = "existing_customers", "future_answers"
SWITCHES = {
    EXISTING_CUSTOMERS: "creating a customer that is there already answers with that one, and changes nothing",
    FUTURE_ANSWERS: "validated programs have only the members that are there to stay",
}

Name = Annotated[str, Meta(max_length=255)]
Id = Annotated[str, Meta(min_length=1, max_length=255)]
Moment = Annotated[str, Meta(max_length=64)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""A number of things, or an amount in the smallest unit of the currency."""

Minor = Decimal
"""An amount in the smallest unit of the currency; a whole number, in any way of writing it."""
