"""Customers, tiers and wallets of channels as they cross the wire."""

from decimal import Decimal
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from guerdon.surfaces.deliverect.wire import Moment, Name


class CreateCustomerRequest(Struct, rename="camel"):
    """`POST /loyalty/{channelLinkId}/customer`: the phone number in E.164 form, the date of birth in ISO form."""

    email: Name | None = None
    phone_number: Name | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    date_of_birth: Moment | None = None


class Requirements(Struct, rename="camel"):
    """Between which lifetime points a tier is stood on."""

    max_lifetime_points: int | None
    min_lifetime_points: int


class Media(Struct, rename="camel"):
    """A tier's picture; of all places, a customer's tier has its requirements in here."""

    url: str | None
    media_type: str | None
    requirements: Requirements


class Tier(Struct):
    """The tier that a customer stands on."""

    name: str
    media: Media
    description: str | None


class Customer(Struct, rename="camel", kw_only=True):
    """A customer; one who was just created on a channel link that does not show tiers has no `status`."""

    tier: Tier | None
    email: str | None
    status: Literal["activation_pending", "active", "blocked_by_provider"] | UnsetType = UNSET
    last_name: str | None
    first_name: str | None
    provider_id: str
    date_of_birth: str | None
    phone_number: str | None
    lifetime_points_balance: int


class Picture(Struct, rename="camel"):
    """A picture or film."""

    url: str | None
    media_type: str | None


class ListedTier(Struct):
    """A step of the ladder; in the list, its requirements are beside the picture."""

    name: str
    description: str | None
    media: Picture
    requirements: Requirements


class Expiration(Struct):
    """What can be spent up to and on a day, `YYYY-MM-DD`, and no longer."""

    amount: Decimal
    date: str


class Cash(Struct, rename="camel"):
    """Money in whole units with decimals; `balanceAmount` is the same in the smallest unit."""

    balance: Decimal
    balance_amount: int
    expirations: list[Expiration]


class Points(Struct):
    """Points that can be spent."""

    balance: Decimal
    expirations: list[Expiration]


class Wallet(Struct):
    """What a customer has."""

    cash: Cash
    points: Points
