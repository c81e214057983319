"""What operations for channels are known to take."""

import uuid
from collections.abc import Callable

import httpx

from surfaces.deliverect.partners import code_for
from surfaces.known import Json, Request, email

NO_CARD = "none"
"""A card that there is not: one that there is would be reserved, and not be there for other tests."""


def requests(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
    """What the demo's channels and the partner's caller send, by operation; a customer is made for them."""
    known = facts["deliverect"]
    headers = {"Authorization": f"Bearer {known['token']}"}
    made = http.post(
        f"{known['base_url']}/loyalty/{known['channel_link']}/customer", json={"email": email()}, headers=headers
    )
    customer = made.json()["providerId"]
    path = {"channelLinkId": known["channel_link"], "accountId": known["account"], "partner": known["partner"]}
    profile = {"loyaltyProfileId": known["loyalty_profile"]}
    order = {"order": {"orderType": 1, "customer": {"loyaltyProviderCustomerId": customer}}}
    wallet = {**order, "wallet": {"type": "cash", "amount": 1}}
    programs = {**order, "programIds": ["3-off"]}

    def request(operation: str) -> Request:
        notice = {**profile, "orderId": uuid.uuid4().hex}
        bodies: dict[str, Json] = {
            "Get Access Token": {
                "client_id": known["client_id"],
                "client_secret": known["client_secret"],
                "grant_type": "client_credentials",
            },
            "Create Loyalty Customer": {"email": email()},
            "Get Loyalty Programs": order,
            "Validate Loyalty Programs": programs,
            "Validate Wallet Application": wallet,
            "Validate Compensation Cards": {**order, "compensationCardIds": [NO_CARD]},
            "Register Loyalty Partner": {**profile, "accountId": known["account"], "apiKey": known["api_key"]},
            "Loyalty SSO Token Exchange": {
                "grant_type": "authorization_code",
                "client_id": known["partner"],
                "client_secret": known["api_key"],
                "code": code_for(http, facts, customer) if operation == "Loyalty SSO Token Exchange" else "",
            },
            "Create Loyalty Customer (partner)": {**profile, "email": email()},
            "Validate Wallet (partner)": {**profile, **wallet},
            "Get Loyalty Programs (partner)": {**profile, **order},
            "Validate Programs (partner)": {**profile, **programs},
            "Loyalty Order Notification": {**notice, **order["order"]},
            "Cancel Loyalty Order": notice,
        }
        query = {"code": "used"} if operation == "Loyalty SSO Redirect" else {**profile, "providerId": customer}
        return Request(path, query, bodies.get(operation, {}))

    return request
