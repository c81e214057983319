"""What Deliverect asks of a loyalty partner, and how the partner answers, as it crosses the wire."""

from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from guerdon.surfaces.deliverect.wire import Id, Name
from guerdon.surfaces.deliverect.wire.customers import CreateCustomerRequest, Expiration, Picture, Requirements


class RegistrationRequest(Struct, rename="camel", kw_only=True):
    """A merchant installs the partner; an older guide has only `account`."""

    api_key: Name
    loyalty_profile_id: Id | None = None
    account_id: Id | None = None
    account: Id | None = None


_URLS = {
    "customer_url": "customerURL",
    "customer_wallet_url": "customerWalletURL",
    "loyalty_programs_url": "loyaltyProgramsURL",
    "order_url": "orderURL",
    "validate_wallet_url": "validateWalletURL",
    "loyalty_validate_programs_url": "loyaltyValidateProgramsURL",
    "tiers_url": "tiersURL",
    "cancel_order_url": "cancelOrderURL",
    "oauth_url": "oauthUrl",
    "oauth_client_id": "oauthClientId",
    "oauth_client_secret": "oauthClientSecret",
}


class RegistrationResponse(Struct, kw_only=True, rename=_URLS):
    """Where Deliverect finds everything from now on, and what it shows where it trades a code for a token."""

    customer_url: str
    customer_wallet_url: str
    loyalty_programs_url: str
    order_url: str
    validate_wallet_url: str
    loyalty_validate_programs_url: str
    tiers_url: str
    cancel_order_url: str
    oauth_url: str
    oauth_client_id: str
    oauth_client_secret: str


class CodeExchangeRequest(Struct, kw_only=True, rename={"account_id": "accountId", "profile_id": "loyaltyProfileId"}):
    """`POST {oauthUrl}/token`: what a browser brought to the shop is traded for what tells who it is."""

    grant_type: Literal["authorization_code"]
    client_id: Name
    client_secret: str
    code: str
    account_id: Any = None
    profile_id: Any = None


class CodeExchangeResponse(Struct):
    """The token goes with the look-up of the customer; `created_at` is unix seconds, as a text."""

    access_token: str
    created_at: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a kind of token
    scope: str = ""


class PartnerTier(Struct):
    """A step of the ladder."""

    name: str
    description: str | None
    media: Picture
    requirements: Requirements


_CUSTOMER = {
    "provider_id": "providerId",
    "accepted_at": "acceptedTCAt",
    "phone_number": "phoneNumber",
    "first_name": "firstName",
    "last_name": "lastName",
    "date_of_birth": "dateOfBirth",
    "lifetime_points_balance": "lifetimePointsBalance",
}


class NamedTier(Struct):
    """The tier that a customer stands on."""

    name: str
    description: str | None
    media: Picture


class CreatePartnerCustomerRequest(CreateCustomerRequest, rename="camel", kw_only=True):
    """`POST {customerURL}`."""

    loyalty_profile_id: Id
    account_id: Any = None
    location_id: Any = None
    channel_link_id: Any = None


class PartnerCustomer(Struct, rename=_CUSTOMER, kw_only=True):
    """A customer; when the terms were accepted is when the member came to be."""

    provider_id: str
    status: Literal["activation_pending", "active", "blocked_by_provider"]
    accepted_at: str
    email: str | None
    phone_number: str | None
    first_name: str | None
    last_name: str | None
    date_of_birth: str | None
    lifetime_points_balance: int
    balance: int
    tier: NamedTier | None


class PartnerCash(Struct, rename="camel"):
    """Money in the smallest unit."""

    balance_amount: int
    expirations: list[Expiration]


class PartnerPoints(Struct):
    """Points that can be spent."""

    balance: Decimal
    expirations: list[Expiration]


class PartnerWallet(Struct):
    """What a customer has."""

    cash: PartnerCash
    points: PartnerPoints
