"""A back office and a tablet as the .NET client was: whole objects go out, and what comes back must fit its classes."""

import base64
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import Struct, field

UNSET_DATE = "0001-01-01T00:00:00"
"""What a date without a value is in .NET."""


class LoyaltyUser(Struct, rename="pascal", forbid_unknown_fields=True):
    """The class of the client: what may be null there, and nothing else, may be null here."""

    user_name: str
    id: int = 0
    created_date: str = UNSET_DATE
    pii_user_type_id: int = field(name="PIIUserTypeId", default=0)
    available_points: Decimal | None = None
    street_address_1: str | None = None
    street_address_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    phone_number: str | None = None
    e_mail_address: str | None = None
    gender: str | None = None
    date_of_birth: str | None = None
    password: str | None = None
    name: str | None = None
    pii_user_type: str | None = field(name="PIIUserType", default=None)
    initiated_social_like_count: int = 0


class Page(Struct, rename="pascal", forbid_unknown_fields=True):
    """A page of a list."""

    results: list[LoyaltyUser]
    total_count: int


class Metadata(Struct, rename="pascal", forbid_unknown_fields=True):
    """A pair."""

    loyalty_user_id: int
    key: str
    value: str


class OwnUser(Struct, rename="pascal", forbid_unknown_fields=True):
    """What the public API tells a user of itself."""

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


class OwnPair(Struct, rename="pascal", forbid_unknown_fields=True):
    """What the public API tells a user of its metadata."""

    key: str
    value: str


class Anonymous(Struct, rename="pascal", forbid_unknown_fields=True):
    """Somebody anonymous, with the password that is told once."""

    user_name: str
    password: str
    name: str | None
    pii_user_type: str = field(name="PIIUserType")


class Problem(Struct, rename="pascal", forbid_unknown_fields=True):
    """The class that every error is read as."""

    identifier_guid: uuid.UUID
    identifier_tick: int
    friendly_description: str


class XomniError(Exception):
    """An answer that is none of success."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{status}: {problem.friendly_description}")
        self.status, self.problem = status, problem


Read = TypeVar("Read")
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Client:
    """Sends as the client does, and reads strictly."""

    http: httpx.Client
    base_url: str
    authorization: str
    accept: str = "application/json, application/vnd.xomni.api-v3_1"
    pii: tuple[str, str] | None = None

    def call(self, method: str, path: str, model: type[Read], body: Any = None) -> Read:
        """One call; what comes back must be the model, to the last member.

        Raises:
            XomniError: what every answer but success is.
        """
        headers = {"Authorization": self.authorization, "Accept": self.accept}
        if self.pii is not None:
            headers["PIIToken"] = base64.b64encode("username:{};password:{}".format(*self.pii).encode()).decode()
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        content = None if body is None else _encoder.encode(body)
        response = self.http.request(method, self.base_url + path, content=content, headers=headers)
        if not response.is_success:
            raise XomniError(response.status_code, msgspec.json.decode(response.content, type=Problem))
        return msgspec.json.Decoder(model, float_hook=Decimal).decode(response.content or b"null")


class BackOffice(Client):
    """The private API: loyalty users and their metadata."""

    def add(self, user: LoyaltyUser) -> LoyaltyUser:
        """Creates a user; the path has a slash at its end."""
        return self.call("POST", "/private/pii/loyalty/", LoyaltyUser, user)

    def get(self, user_id: int) -> LoyaltyUser:
        """Reads a user."""
        return self.call("GET", f"/private/pii/loyalty/{user_id}", LoyaltyUser)

    def page(self, skip: int, take: int) -> Page:
        """Reads a page."""
        return self.call("GET", f"/private/pii/loyalties?skip={skip}&take={take}", Page)

    def count(self) -> int:
        """How many users there are: a list of nobody is not found."""
        try:
            return self.page(0, 1).total_count
        except XomniError as error:
            if error.status != 404:
                raise
            return 0

    def update(self, user: LoyaltyUser) -> LoyaltyUser:
        """Writes a user; the hole in the path is never filled."""
        return self.call("PUT", "/private/pii/loyalty/%7B0%7D", LoyaltyUser, user)

    def patch(self, **changes: Any) -> LoyaltyUser:
        """Changes some members of a user."""
        return self.call("PATCH", "/private/pii/loyalty/%7B0%7D", LoyaltyUser, changes)

    def delete(self, user_id: int) -> None:
        """Deletes a user."""
        self.call("DELETE", f"/private/pii/loyalty/{user_id}", type(None))

    def note(self, user_id: int, key: str, value: str) -> Metadata:
        """Adds a pair."""
        return self.call("POST", "/private/pii/loyaltymetadata", Metadata, Metadata(user_id, key, value))

    def renote(self, user_id: int, key: str, value: str) -> Metadata:
        """Changes a pair."""
        return self.call("PUT", "/private/pii/loyaltymetadata", Metadata, Metadata(user_id, key, value))

    def notes(self, user_id: int) -> list[Metadata]:
        """All pairs of a user."""
        return self.call("GET", f"/private/pii/loyaltymetadata?loyaltyUserId={user_id}", list[Metadata])


class Tablet(Client):
    """The public API, for the visitor in front of the tablet."""

    def own(self) -> OwnUser:
        """The visitor as a loyalty user."""
        return self.call("GET", "/pii/loyalty", dict[str, OwnUser])["Data"]

    def pairs(self) -> list[OwnPair]:
        """The visitor's metadata."""
        return self.call("GET", "/pii/loyaltymetadata", dict[str, list[OwnPair]])["Data"]

    def anonymous(self, user_name: str) -> Anonymous:
        """Somebody anonymous."""
        return self.call("POST", "/pii/anonymous", dict[str, Anonymous], {"UserName": user_name, "Name": None})["Data"]
