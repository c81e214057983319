"""A web shop as CP Extender's documents have it: it signs in, finds its customer, and takes points for orders."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import UNSET, Struct, UnsetType


class Login(Struct, forbid_unknown_fields=True):
    """The token, under its name with a spelling of its own."""

    APItoken: str


class Row(Struct, rename="pascal", forbid_unknown_fields=True):
    """A row of the history; what has no value is left out, and never null."""

    date: str
    point_amount: int
    activity: str | UnsetType = UNSET
    location: str | UnsetType = UNSET
    document: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class Loyalty(Struct, rename="pascal", forbid_unknown_fields=True):
    """What a balance check tells."""

    customer_number: str
    program_name: str
    earning_description: str
    redemption_description: str
    status: str
    point_balance: int
    open_authorizations: int
    pending_points_earned: int
    available_point_balance: int
    history: list[Row]


class Authorized(Struct, rename="pascal", forbid_unknown_fields=True):
    """The request once more, and the code."""

    type: str
    ref: str
    sale_id: str
    requested_points: int
    auth_code: str
    requested_amount: float | UnsetType = UNSET


class Address(Struct, rename="pascal", forbid_unknown_fields=True):
    """Where to bill or to ship to."""

    company: str = ""
    full_name: str = ""
    first_name: str = ""
    last_name: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""


class CustomerInfo(Struct, rename="pascal", forbid_unknown_fields=True):
    """A customer of the store."""

    customer_id: str = msgspec.field(name="CPCustomerID")
    bill_address: Address
    ship_address: Address
    category: str = ""
    company: str = ""
    full_name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    newsletter_subscribe: str = ""


class Message(Struct, rename="pascal", forbid_unknown_fields=True):
    """Why not."""

    message: str


class Refused(Exception):  # noqa: N818 - what happened
    """Any answer but success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status, self.message = status, message


Read = TypeVar("Read")


@dataclass
class WebShop:
    """The shop's client; it signs in at its first call, and once more when its token is no longer good."""

    http: httpx.Client
    base_url: str
    user_name: str
    password: str
    token: str = field(default="", repr=False)

    def call(self, method: str, path: str, model: type[Read], body: Any = None, *, again: bool = True) -> Read:
        """One call, with the content type that is asked for on every request.

        Raises:
            Refused: what every answer but success is.
        """
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token or 'none'}"}
        content = None if body is None else msgspec.json.encode(body)
        answer = self.http.request(method, self.base_url + path, content=content, headers=headers)
        if answer.status_code == 401 and again and path != "/SSO/Login":
            self.login()
            return self.call(method, path, model, body, again=False)
        if not answer.is_success:
            raise Refused(answer.status_code, msgspec.json.decode(answer.content, type=Message).message)
        assert (answer.status_code == 204) == (model is type(None))
        return msgspec.json.decode(answer.content or b"null", type=model)

    def login(self) -> None:
        """Trades name and password for a token."""
        body = {"UserName": self.user_name, "Password": self.password}
        self.token = self.call("POST", "/SSO/Login", Login, body).APItoken

    def status(self) -> str:
        """Whether the store is there."""
        return str(self.call("GET", "/Connection/Status", dict[str, Any])["Status"])

    def find(self, email: str) -> CustomerInfo:
        """The customer with an address."""
        return self.call("GET", f"/Customer/FromEmail/{email}", dict[str, CustomerInfo])["CustomerInfo"]

    def customer(self, number: str) -> CustomerInfo:
        """The customer with a number."""
        return self.call("GET", f"/Customer/FromId/{number}", dict[str, CustomerInfo])["CustomerInfo"]

    def earn(self, number: str, points: int, reason: str, reference: str) -> None:
        """Gives points for an event."""
        body = {"CustomerNumber": number, "Points": points, "Reason": reason, "Reference": reference}
        self.call("POST", "/Loyalty/Earn", type(None), body)

    def balance(self, number: str, since: datetime | None = None) -> Loyalty:
        """What the customer has; the window is the body of a GET."""
        body = {"startDate": f"{since:%m/%d/%Y %H:%M:%S}.{since.microsecond // 1000:03}"} if since else None
        return self.call("GET", f"/Loyalty/{number}/BalanceCheck", dict[str, Loyalty], body)["Loyalty"]

    def authorize(self, number: str, sale_id: str, **figure: Any) -> Authorized:
        """Holds points for an order."""
        body = {"Type": "loyalty", "Ref": number, "SaleId": sale_id, **figure}
        return self.call("POST", "/Loyalty/Authorize", Authorized, body)

    def confirm(self, held: Authorized) -> None:
        """The order was placed."""
        self.call("POST", "/Authorize/Confirm", type(None), {"Ref": held.ref, "AuthCode": held.auth_code})

    def cancel(self, held: Authorized) -> None:
        """The order was not placed."""
        self.call("POST", "/Authorize/Cancel", type(None), {"Ref": held.ref, "AuthCode": held.auth_code})
