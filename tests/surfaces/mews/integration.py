"""An integration as a partner of Mews would write it from the published schema: typed, knowing nothing of Guerdon."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx


class ConnectorError(Exception):
    """What the Connector API refused: a status and a message, and the id to give to support."""

    def __init__(self, response: httpx.Response) -> None:
        body = response.json()
        self.status = response.status_code
        self.message = body["Message"]
        self.request_id = body.get("RequestId") or response.headers["Request-Id"]
        super().__init__(f"{self.status} {self.message} ({self.request_id})")


@dataclass(frozen=True, kw_only=True)
class Program:
    """A loyalty program."""

    id: UUID
    chain_id: UUID
    name: str
    code: str
    type: str
    subscription: str


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A loyalty tier."""

    id: UUID
    loyalty_program_id: UUID
    name: str
    code: str
    ordering: int


@dataclass(frozen=True, kw_only=True)
class LoyaltyMembership:
    """A loyalty membership; what the schema lets be absent or null may be None."""

    id: UUID
    chain_id: UUID
    account_id: UUID
    loyalty_program_id: UUID
    state: str
    is_primary: bool
    creator: str
    updater: str
    provider_membership_id: str | None = None
    membership_number: str | None = None
    points: int | None = None
    expiration_date: datetime | None = None
    url: str | None = None
    loyalty_tier_id: UUID | None = None

    @classmethod
    def read(cls, sent: dict[str, Any]) -> "LoyaltyMembership":
        """Reads one, and fails where a required member is not there or is of another type."""
        tier, expires = sent.get("LoyaltyTierId"), sent.get("ExpirationDate")
        assert sent["State"] in {"New", "Pending", "Enrolled", "Canceled", "Declined"}
        assert isinstance(sent["IsPrimary"], bool)
        assert sent.get("Code") == sent.get("MembershipNumber")
        points = sent.get("Points")
        assert points is None or (isinstance(points, int) and -(2**31) <= points < 2**31)
        return cls(
            id=UUID(sent["Id"]),
            chain_id=UUID(sent["ChainId"]),
            account_id=UUID(sent["AccountId"]),
            loyalty_program_id=UUID(sent["LoyaltyProgramId"]),
            state=sent["State"],
            is_primary=sent["IsPrimary"],
            creator=sent["CreatorProfile"]["Discriminator"],
            updater=sent["UpdaterProfile"]["Discriminator"],
            provider_membership_id=sent.get("ProviderMembershipId"),
            membership_number=sent.get("MembershipNumber"),
            points=points,
            expiration_date=datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if expires else None,
            url=sent.get("Url"),
            loyalty_tier_id=UUID(tier) if tier else None,
        )


@dataclass
class Connector:
    """The Connector API behind one platform address, with the tokens of one connection."""

    platform_address: str
    client_token: str
    access_token: str
    http: httpx.Client
    client: str = "Harbour Club 2.4"

    def call(self, operation: str, **body: Any) -> dict[str, Any]:
        """One operation.

        Raises:
            ConnectorError: it was refused.
        """
        credentials = {"ClientToken": self.client_token, "AccessToken": self.access_token, "Client": self.client}
        url = f"{self.platform_address}/api/connector/v1/{operation}"
        response = self.http.post(url, json={**credentials, **body}, headers={"Prefer": "return=minimal"})
        if response.status_code == 204:
            return {}
        if response.status_code != 200:
            raise ConnectorError(response)
        assert response.headers["Content-Type"].startswith("application/json")
        answer: dict[str, Any] = response.json()
        return answer

    def pages(self, operation: str, collection: str, count: int, **filters: Any) -> Iterator[dict[str, Any]]:
        """Every item, page by page, until there is no cursor."""
        cursor: str | None = None
        while True:
            page = self.call(operation, Limitation={"Count": count, "Cursor": cursor}, **filters)
            yield from page.get(collection, [])
            cursor = page.get("Cursor")
            if cursor is None:
                return

    def chain_id(self) -> UUID:
        """The chain of the property that is connected."""
        enterprise = self.call("configuration/get")["Enterprise"]
        assert {"Id", "Name", "ChainName", "TimeZoneIdentifier", "DefaultLanguageCode", "Currencies"} <= set(enterprise)
        return UUID(enterprise["ChainId"])

    def program(self, code: str, name: str) -> Program:
        """Our program, made where it is not there."""
        for sent in self.pages("loyaltyPrograms/getAll", "LoyaltyPrograms", 100, Codes=[code]):
            return _program(sent)
        new = {"Code": code, "Name": name, "Type": "Hotel", "Subscription": "Free"}
        return _program(self.call("loyaltyPrograms/add", LoyaltyPrograms=[new])["LoyaltyPrograms"][0])

    def tiers(self, program: Program, *names: str) -> list[Tier]:
        """Tiers of our program, the highest first."""
        new = [
            {"LoyaltyProgramId": str(program.id), "Name": name, "Code": name[:3].upper(), "Ordering": ordering}
            for ordering, name in enumerate(names, 1)
        ]
        return [_tier(sent) for sent in self.call("loyaltyTiers/add", LoyaltyTiers=new)["LoyaltyTiers"]]

    def customer(self, last_name: str, email: str, **more: Any) -> UUID:
        """A guest by email address, made where there is none."""
        extent = {"Customers": True, "Addresses": False}
        for sent in self.pages("customers/getAll", "Customers", 100, Emails=[email], Extent=extent):
            return UUID(sent["Id"])
        made = self.call("customers/add", LastName=last_name, Email=email, OverwriteExisting=True, **more)
        return UUID(made["Id"])

    def enrol(self, account_id: UUID, program: Program, **more: Any) -> LoyaltyMembership:
        """A membership for a guest."""
        item = {"AccountId": str(account_id), "LoyaltyProgramId": str(program.id), "IsPrimary": True, **more}
        (made,) = self.call("loyaltyMemberships/add", LoyaltyMemberships=[item])["LoyaltyMemberships"]
        return LoyaltyMembership.read(made)

    def write(self, membership: LoyaltyMembership, **values: Any) -> LoyaltyMembership:
        """Sets members of a membership, each in its wrapper."""
        change = {"LoyaltyMembershipId": str(membership.id)} | {n: {"Value": v} for n, v in values.items()}
        (made,) = self.call("loyaltyMemberships/update", LoyaltyMembershipUpdates=[change])["LoyaltyMemberships"]
        return LoyaltyMembership.read(made)

    def memberships(self, count: int = 100, **filters: Any) -> list[LoyaltyMembership]:
        """Every membership that the filters let through."""
        found = self.pages("loyaltyMemberships/getAll", "LoyaltyMemberships", count, **filters)
        return [LoyaltyMembership.read(sent) for sent in found]

    def unlink(self, *memberships: LoyaltyMembership) -> None:
        """Deletes memberships here; the program knows nothing of it."""
        self.call("loyaltyMemberships/delete", LoyaltyMembershipIds=[str(each.id) for each in memberships])


def _program(sent: dict[str, Any]) -> Program:
    return Program(
        id=UUID(sent["Id"]),
        chain_id=UUID(sent["ChainId"]),
        name=sent["Name"],
        code=sent["Code"],
        type=sent["Type"],
        subscription=sent["Subscription"],
    )


def _tier(sent: dict[str, Any]) -> Tier:
    return Tier(
        id=UUID(sent["Id"]),
        loyalty_program_id=UUID(sent["LoyaltyProgramId"]),
        name=sent["Name"],
        code=sent["Code"],
        ordering=sent["Ordering"],
    )
