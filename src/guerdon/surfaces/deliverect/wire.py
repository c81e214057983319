"""Deliverect's bodies as they cross the wire: members without a value are null, dates are texts until mapped."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Name = Annotated[str, Meta(max_length=255)]
Moment = Annotated[str, Meta(max_length=64)]


class TokenRequest(Struct):
    """`POST /oauth/token`; old pages ask for the grant `token`, and clients send many kinds of audience."""

    client_id: Name
    client_secret: str
    grant_type: Literal["client_credentials", "token"]
    audience: str | None = None


class TokenResponse(Struct):
    """`expires_at` in unix seconds; clients keep the token until then."""

    access_token: str
    expires_at: int
    expires_in: int
    scope: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a kind of token


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
    """A customer; `status` is there only on channel links that show tiers."""

    tier: Tier | None
    email: str | None
    status: Literal["activation_pending", "active", "blocked_by_provider"] | UnsetType = UNSET
    last_name: str | None
    first_name: str | None
    provider_id: str
    date_of_birth: str | None
    phone_number: str | None
    lifetime_points_balance: int


class ErrorBody(Struct):
    """What the loyalty routes answer when they do not do what was asked; both texts are the same."""

    error: str
    http_code: int
    description: str


class CredentialsError(Struct):
    """A token that is not good, or not good enough."""

    code: str
    description: str


class TokenError(Struct):
    """What the token endpoint answers when it gives none."""

    error: str
    error_description: str


class ServerFault(Struct):
    """What went wrong on our side."""

    code: str
    message: str


class ServerError(Struct):
    """The one member of the answer to a fault of our own."""

    error: ServerFault
