"""XOMNI's bodies as they cross the wire; names are taken in any case, a member without a value is null."""

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta, Struct, field

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


class ErrorBody(Struct, rename="pascal"):
    """Every failure: a GUID to ask support about, the moment in .NET ticks, and a text for people."""

    identifier_guid: str
    identifier_tick: int
    friendly_description: str
