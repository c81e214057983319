"""CP Extender's bodies as they cross the wire; names are taken in any case, dates are texts until mapped."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

FORMATS = ("%m/%d/%Y %H:%M:%S.%f", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")
"""How dates are written, UTC: the month comes first, and the end may be left out."""

STORE, DRAWER, USER = "WEB", "1", "GUERDON"
"""What there is of an installation with no Counterpoint behind it."""

VERSION = "1.0.0.0"


def moment_of(text: str) -> datetime | None:
    """A date as the vendor writes it, or None."""
    for form in FORMATS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


@lru_cache(maxsize=4096)
def day_text(day: date) -> str:
    """A day as the vendor writes it."""
    return f"{day:%m/%d}/{day.year:04}"


Text = Annotated[str, Meta(max_length=1_000)]
Reference = Annotated[str, Meta(max_length=255)]
Whole = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
"""Counterpoint keeps points in a 32-bit integer column."""


class LoginRequest(Struct, rename="pascal"):
    """`SSO/Login`."""

    user_name: str
    password: str


class LoginResponse(Struct):
    """The token's name has its own spelling."""

    APItoken: str


class EarnRequest(Struct, rename="pascal"):
    """`Loyalty/Earn`; `Points` are whole and above zero."""

    customer_number: Annotated[str, Meta(min_length=1)]
    points: Annotated[int, Meta(ge=1, lt=2**31)]
    reason: Text | None = None
    reference: Reference | None = None


class BalanceCheckRequest(Struct, rename="camel"):
    """`Loyalty/{id}/BalanceCheck`: an optional body on a GET; UTC, `MM/dd/yyyy HH:mm:ss.fff`."""

    start_date: str | None = None
    end_date: str | None = None


class HistoryRow(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """One row; a member without a value is left out."""

    activity: str | UnsetType = UNSET
    date: str
    point_amount: int
    location: str | UnsetType = UNSET
    document: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class Loyalty(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """The figures of a customer and the rows that explain them."""

    customer_number: str
    program_name: str | UnsetType = UNSET
    earning_description: str
    redemption_description: str
    status: str
    point_balance: int
    open_authorizations: int
    pending_points_earned: int
    available_point_balance: int
    history: list[HistoryRow]


class BalanceCheckResponse(Struct, rename="pascal"):
    """The one member of a balance check's answer."""

    loyalty: Loyalty


class AuthorizeRequest(Struct, rename="pascal"):
    """`Loyalty/Authorize`: required are `Type`, `Ref`, `SaleId` and one of the two figures."""

    type: str | None = None
    ref: str | None = None
    sale_id: Reference | None = None
    requested_points: Whole | None = None
    requested_amount: Decimal | None = None


UNIQUE_REFERENCES, STRICT_ECHO = "unique_references", "strict_echo"
SWITCHES = {
    UNIQUE_REFERENCES: "an Earn with the customer's and the reference of another is that one, and adds nothing",
    STRICT_ECHO: "Authorize answers without an `AuthCode`, as the published sample",
}


TOKENS, HOLDS = "tokens", "holds"
"""Times that can be set."""


class AuthorizeResponse(Struct, rename="pascal", omit_defaults=True):
    """The request's members again, and what Confirm and Cancel ask for."""

    type: str
    ref: str
    sale_id: str
    requested_points: int
    requested_amount: Decimal | UnsetType = UNSET
    auth_code: str = ""


class AuthorizationRef(Struct, rename="pascal"):
    """`Authorize/Confirm` and `Authorize/Cancel`: the authorization's `Ref`, not its `SaleId`."""

    ref: Annotated[str, Meta(min_length=1)]
    auth_code: Annotated[str, Meta(min_length=1)]


class ConnectionStatus(Struct, rename="pascal"):
    """`Connection/Status`."""

    status: str
    global_defaults: "GlobalDefaults"


class ControlDefaults(Struct, rename="pascal"):
    """The web store and its drawer."""

    str_id: str
    drw_id: str


class InstallationSettings(Struct, rename="pascal"):
    """The user that documents are written by, and what gift cards are sold as."""

    usr_id: str
    mg_gc_product_type: str
    cp_gc_item_no: str


class GlobalDefaults(Struct, rename="camel"):
    """What the installation is set to."""

    e_commerce_control_defaults: ControlDefaults
    installation_settings: InstallationSettings


class ConnectionVersion(Struct, rename="pascal"):
    """`Connection/GetVersion`."""

    version: str


class Address(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """Where to bill or to ship to; a member without a value is left out."""

    company: str | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    address1: str | UnsetType = UNSET
    address2: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    zip_code: str | UnsetType = UNSET


class CustomerInfo(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """A customer; nothing of loyalty is in it, and a member without a value is left out."""

    customer_id: str = field(name="CPCustomerID")
    category: str | UnsetType = UNSET
    company: str | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    newsletter_subscribe: str | UnsetType = UNSET
    bill_address: Address
    ship_address: Address


class CustomerResponse(Struct, rename="pascal"):
    """The one member of a customer's answer."""

    customer_info: CustomerInfo


class ErrorBody(Struct, rename="pascal"):
    """Every failure."""

    message: str
