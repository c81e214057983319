"""What operations for property management systems are known to take."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx

from surfaces.known import Json, Request, email

FEW = {"Limitation": {"Count": 10}}


class Integration:
    """A connection of the demo's, and what is made by it for what changes it."""

    def __init__(self, http: httpx.Client, known: Json) -> None:
        self._http, self._base_url = http, known["base_url"]
        self.shown = {"ClientToken": known["client_token"], "AccessToken": known["access_token"], "Client": "test"}
        self.club_id = self.made("LoyaltyPrograms", self.program())

    def call(self, operation: str, **body: Any) -> Json:
        """What came of a call that must be good."""
        answer = self._http.post(f"{self._base_url}/api/connector/v1/{operation}", json={**self.shown, **body})
        assert answer.status_code == 200, answer.text
        sent: Json = answer.json()
        return sent

    def made(self, kind: str, item: Json) -> str:
        """The id of something new."""
        made_id: str = self.call(f"{kind[0].lower()}{kind[1:]}/add", **{kind: [item]})[kind][0]["Id"]
        return made_id

    def guest(self) -> str:
        guest_id: str = self.call("customers/add", LastName="Bos", Email=email(), OverwriteExisting=False)["Id"]
        return guest_id

    def program(self) -> Json:
        return {"Name": "Club", "Code": uuid.uuid4().hex, "Type": "Hotel", "Subscription": "Free"}

    def tier(self) -> Json:
        return {"LoyaltyProgramId": self.club_id, "Name": "Gold", "Code": uuid.uuid4().hex, "Ordering": 1}

    def membership(self) -> Json:
        return {"LoyaltyProgramId": self.club_id, "AccountId": self.guest(), "IsPrimary": True}


def requests(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
    """What an integration sends, by operation; what it changes is made for it."""
    hotel = Integration(http, facts["mews"])

    def program_id() -> str:
        return hotel.made("LoyaltyPrograms", hotel.program())

    def tier_id() -> str:
        return hotel.made("LoyaltyTiers", hotel.tier())

    def membership_id() -> str:
        return hotel.made("LoyaltyMemberships", hotel.membership())

    bodies: dict[str, Callable[[], Json]] = {
        "loyaltyMemberships/getAll": lambda: FEW,
        "loyaltyMemberships/add": lambda: {"LoyaltyMemberships": [hotel.membership()]},
        "loyaltyMemberships/update": lambda: {
            "LoyaltyMembershipUpdates": [{"LoyaltyMembershipId": membership_id(), "Points": {"Value": 5}}]
        },
        "loyaltyMemberships/delete": lambda: {"LoyaltyMembershipIds": [membership_id()]},
        "loyaltyPrograms/getAll": lambda: FEW,
        "loyaltyPrograms/add": lambda: {"LoyaltyPrograms": [hotel.program()]},
        "loyaltyPrograms/update": lambda: {
            "LoyaltyProgramUpdates": [{"LoyaltyProgramId": program_id(), "Name": {"Value": "Other club"}}]
        },
        "loyaltyPrograms/delete": lambda: {"LoyaltyProgramIds": [program_id()]},
        "loyaltyTiers/getAll": lambda: {"LoyaltyProgramIds": [hotel.club_id], **FEW},
        "loyaltyTiers/add": lambda: {"LoyaltyTiers": [hotel.tier()]},
        "loyaltyTiers/update": lambda: {
            "LoyaltyTierUpdates": [{"LoyaltyTierId": tier_id(), "Name": {"Value": "Silver"}}]
        },
        "loyaltyTiers/delete": lambda: {"LoyaltyTierIds": [tier_id()]},
        "customers/getAll": lambda: {"CustomerIds": facts["mews"]["account_ids"], **FEW},
        "customers/add": lambda: {"LastName": "Bos", "Email": email(), "OverwriteExisting": False},
        "customers/update": lambda: {"CustomerId": hotel.guest(), "Email": email()},
        "accounts/merge": lambda: {
            "AccountMergeParameters": [{"SourceAccountIds": [hotel.guest()], "TargetAccountId": hotel.guest()}]
        },
        "companies/getAll": lambda: FEW,
    }

    def request(operation: str) -> Request:
        return Request(body={**hotel.shown, **bodies.get(operation, dict)()})

    return request
