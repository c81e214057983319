"""XOMNI's bodies as they cross the wire; names are taken in any case, a member without a value is null."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

LIMITS = {
    "UserName": 256,
    "StreetAddress1": 600,
    "StreetAddress2": 600,
    "City": 100,
    "State": 100,
    "Zip": 20,
    "PhoneNumber": 50,
    "EMailAddress": 200,
    "Gender": 20,
    "Password": 200,
    "Name": 1_000,
}
"""The longest texts, in UTF-16 code units as .NET counts; those of UserName, Password and Name are ours."""

METADATA_LIMITS = {"Key": 200, "Value": 4_000}
"""The same of metadata; all of them are ours."""


RIGHTS = {"public": (1, "PublicAPI"), "private": (2, "PrivateAPI")}
"""What an API user may do: number and word, by the scope of its credential."""


NO_PASSWORD_ECHO = "no_password_echo"  # noqa: S105 - the name of a switch
PLAIN_HTTP = "plain_http"
SWITCHES = {
    NO_PASSWORD_ECHO: "no answer has a password, not even that of the request which brought it",
    PLAIN_HTTP: "credentials are taken without TLS too: for development, and on for the demo",
}


INSECURE = "Credentials are taken over HTTPS only."


def _up_to(name: str) -> Meta:
    return Meta(extra_json_schema={"maxLength": LIMITS[name]})


class NewLoyaltyUser(Struct, rename="pascal"):
    """What a client sends: only `UserName` is required, and members that the server owns do not count."""

    user_name: Annotated[str, _up_to("UserName")]
    id: Any = None
    created_date: Any = None
    pii_user_type_id: Any = field(name="PIIUserTypeId", default=None)
    available_points: Decimal | None = None
    street_address_1: Annotated[str | None, _up_to("StreetAddress1")] = None
    street_address_2: Annotated[str | None, _up_to("StreetAddress2")] = None
    city: Annotated[str | None, _up_to("City")] = None
    state: Annotated[str | None, _up_to("State")] = None
    zip: Annotated[str | None, _up_to("Zip")] = None
    phone_number: Annotated[str | None, _up_to("PhoneNumber")] = None
    e_mail_address: Annotated[str | None, _up_to("EMailAddress")] = None
    gender: Annotated[str | None, _up_to("Gender")] = None
    date_of_birth: str | None = None
    password: Annotated[str | None, _up_to("Password")] = None
    name: Annotated[str | None, _up_to("Name")] = None
    pii_user_type: Any = field(name="PIIUserType", default=None)
    initiated_social_like_count: Any = None


class ChangedLoyaltyUser(Struct, rename="pascal"):
    """A loyalty user to write anew or in part: `Id` says which, wherever the path leads."""

    id: int | str | None = None
    user_name: Annotated[str | None, _up_to("UserName")] | UnsetType = UNSET
    created_date: Any = None
    pii_user_type_id: Any = field(name="PIIUserTypeId", default=None)
    available_points: Decimal | UnsetType | None = UNSET
    street_address_1: Annotated[str | None, _up_to("StreetAddress1")] | UnsetType = UNSET
    street_address_2: Annotated[str | None, _up_to("StreetAddress2")] | UnsetType = UNSET
    city: Annotated[str | None, _up_to("City")] | UnsetType = UNSET
    state: Annotated[str | None, _up_to("State")] | UnsetType = UNSET
    zip: Annotated[str | None, _up_to("Zip")] | UnsetType = UNSET
    phone_number: Annotated[str | None, _up_to("PhoneNumber")] | UnsetType = UNSET
    e_mail_address: Annotated[str | None, _up_to("EMailAddress")] | UnsetType = UNSET
    gender: Annotated[str | None, _up_to("Gender")] | UnsetType = UNSET
    date_of_birth: str | UnsetType | None = UNSET
    password: Annotated[str | None, _up_to("Password")] | UnsetType = UNSET
    name: Annotated[str | None, _up_to("Name")] | UnsetType = UNSET
    pii_user_type: Any = field(name="PIIUserType", default=None)
    initiated_social_like_count: Any = None


class LoyaltyUser(Struct, rename="pascal"):
    """A loyalty user as the server shows it, every member present and in this order."""

    user_name: str
    id: int
    created_date: str
    pii_user_type_id: int = field(name="PIIUserTypeId")
    available_points: Decimal | None
    street_address_1: str | None
    street_address_2: str | None
    city: str | None
    state: str | None
    zip: str | None
    phone_number: str | None
    e_mail_address: str | None
    gender: str | None
    date_of_birth: str | None
    password: str | None
    name: str | None
    pii_user_type: str = field(name="PIIUserType")
    initiated_social_like_count: int


class LoyaltyUserPage(Struct, rename="pascal"):
    """One page of a list; `TotalCount` counts what all pages have."""

    results: list[LoyaltyUser]
    total_count: int


class LoyaltyUserMetadata(Struct, rename="pascal"):
    """A text under a key of a loyalty user."""

    loyalty_user_id: int
    key: Annotated[str, Meta(extra_json_schema={"maxLength": METADATA_LIMITS["Key"]})]
    value: Annotated[str, Meta(extra_json_schema={"maxLength": METADATA_LIMITS["Value"]})]


class NewPIIUser(Struct, rename="pascal"):
    """A PII user to make: only `UserName` is required, and members that the server owns do not count."""

    user_name: Annotated[str, _up_to("UserName")]
    password: Annotated[str | None, _up_to("Password")] = None
    name: Annotated[str | None, _up_to("Name")] = None
    pii_user_type: Any = field(name="PIIUserType", default=None)
    id: Any = None
    pii_user_type_id: Any = field(name="PIIUserTypeId", default=None)
    created_date: Any = None
    initiated_social_like_count: Any = None


class PIIUser(Struct, rename="pascal"):
    """Any PII user, loyalty users among them."""

    user_name: str
    password: str | None
    name: str | None
    pii_user_type: str = field(name="PIIUserType")
    id: int
    pii_user_type_id: int = field(name="PIIUserTypeId")
    created_date: str
    initiated_social_like_count: int


class PIIUserPage(Struct, rename="pascal"):
    """One page of a list; `TotalCount` counts what all pages have."""

    results: list[PIIUser]
    total_count: int


class ApiUserRight(Struct, rename="pascal"):
    """What an API user may do."""

    id: int
    description: str


class Principal(Struct, rename="pascal"):
    """Who is calling; the password is never told."""

    api_user_name: str
    api_user_encrypted_password: str | None
    api_user_first_last_name: str
    api_user_rights: list[ApiUserRight]


class PublicLoyaltyUser(Struct, rename="pascal"):
    """A loyalty user as it is shown to itself."""

    available_points: Decimal | None
    street_address_1: str | None
    street_address_2: str | None
    city: str | None
    state: str | None
    zip: str | None
    phone_number: str | None
    e_mail_address: str | None
    gender: str | None
    date_of_birth: str | None
    user_name: str
    password: str | None
    name: str | None
    pii_user_type: str = field(name="PIIUserType")


class PublicLoyaltyUserData(Struct, rename="pascal"):
    """What the public API has around everything."""

    data: PublicLoyaltyUser


class PublicMetadata(Struct, rename="pascal"):
    """A text under a key."""

    key: str
    value: str


class PublicMetadataData(Struct, rename="pascal"):
    """What the public API has around everything."""

    data: list[PublicMetadata]


class NewAnonymousUser(Struct, rename="pascal"):
    """An anonymous PII to make: the name of it is `FirstLastName` on the vendor's page, and `Name` in its clients."""

    user_name: Annotated[str, _up_to("UserName")]
    name: Annotated[str | None, _up_to("Name")] = None
    first_last_name: Annotated[str | None, _up_to("Name")] = None


class AnonymousUser(Struct, rename="pascal"):
    """An anonymous PII with the password that was made for it: it is told here and never again."""

    user_name: str
    password: str
    name: str | None
    pii_user_type: str = field(name="PIIUserType")


class AnonymousUserData(Struct, rename="pascal"):
    """What the public API has around everything."""

    data: AnonymousUser


class ErrorBody(Struct, rename="pascal"):
    """Every failure: a GUID to ask support about, the moment in .NET ticks, and a text for people."""

    identifier_guid: str
    identifier_tick: int
    friendly_description: str


class TokenRequest(Struct):
    """`POST /oauth/token`, a form (RFC 6749): an application's id and secret, or an API user's name and password.

    An application may show its own two in the `Authorization` header.
    """

    grant_type: Literal["client_credentials", "password"]
    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    scope: str | None = None


class Token(Struct):
    """A token of 64 hexadecimal digits, how many seconds it is good for, and the rights that it gives."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class TokenErrorBody(Struct):
    """Why there is no token: as OAuth's clients read it, and as all other clients read every failure."""

    error: str
    error_description: str
    identifier_guid: str = field(name="IdentifierGuid")
    identifier_tick: int = field(name="IdentifierTick")
    friendly_description: str = field(name="FriendlyDescription")
