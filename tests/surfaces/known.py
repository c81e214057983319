"""What operations for channels and for back offices are known to take: requests that are drawn go round it."""

import base64
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from requests import PreparedRequest

Json = dict[str, Any]
PASSWORD = "s3cret-of-a-visitor"
SIGNATURE = "X-Server-Authorization-HMAC-SHA256"
NO_CARD = "none"
"""A card that there is not: one that there is would be reserved, and not be there for other tests."""


@dataclass(frozen=True)
class Request:
    """What a request must have to be answered as a good one."""

    path: Json = field(default_factory=dict)
    query: Json = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def channel(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
    """What the demo's channels and the partner's caller send, by operation; a customer is made for them."""
    known = facts["deliverect"]
    headers = {"Authorization": f"Bearer {known['token']}"}
    made = http.post(
        f"{known['base_url']}/loyalty/{known['channel_link']}/customer", json={"email": _email()}, headers=headers
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
            "Create Loyalty Customer": {"email": _email()},
            "Get Loyalty Programs": order,
            "Validate Loyalty Programs": programs,
            "Validate Wallet Application": wallet,
            "Validate Compensation Cards": {**order, "compensationCardIds": [NO_CARD]},
            "Register Loyalty Partner": {**profile, "accountId": known["account"], "apiKey": known["api_key"]},
            "Loyalty SSO Token Exchange": {
                "grant_type": "authorization_code",
                "client_id": known["partner"],
                "client_secret": known["api_key"],
            },
            "Create Loyalty Customer (partner)": {**profile, "email": _email()},
            "Validate Wallet (partner)": {**profile, **wallet},
            "Get Loyalty Programs (partner)": {**profile, **order},
            "Validate Programs (partner)": {**profile, **programs},
            "Loyalty Order Notification": {**notice, **order["order"]},
            "Cancel Loyalty Order": notice,
        }
        query = {"code": "used"} if operation == "Loyalty SSO Redirect" else {**profile, "providerId": customer}
        return Request(path, query, bodies.get(operation, {}))

    return request


def office(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
    """What the demo's back office and tablets send, by operation; a user with metadata is made for them."""
    known = facts["xomni"]
    headers = {"Authorization": f"Bearer {known['token']}"}

    def create() -> Json:
        body = {"UserName": uuid.uuid4().hex, "Password": PASSWORD}
        made = http.post(f"{known['base_url']}/private/pii/loyalty", json=body, headers=headers).json()
        pair = {"LoyaltyUserId": made["Id"], "Key": "size", "Value": "42"}
        http.post(f"{known['base_url']}/private/pii/loyaltymetadata", json=pair, headers=headers)
        return {**body, "Id": made["Id"]}

    user = create()
    shown = base64.b64encode(f"username:{user['UserName']};password:{PASSWORD}".encode()).decode()

    def request(operation: str) -> Request:
        mine = create() if operation.startswith(("Deleting", "Updating", "Patching")) else user
        pair = {"LoyaltyUserId": mine["Id"], "Key": "size", "Value": "43"}
        whole = {"Id": mine["Id"], "UserName": mine["UserName"]}
        bodies: dict[str, Json] = {
            "Creating a new loyalty user": {"UserName": uuid.uuid4().hex},
            "Updating an existing loyalty user": whole,
            "Patching an existing loyalty user": whole,
            "Creating a new metadata": {**pair, "Key": uuid.uuid4().hex},
            "Updating an existing metadata": pair,
            "Creating a new PII user": {"UserName": uuid.uuid4().hex},
            "Requesting an anonymous PII": {"UserName": uuid.uuid4().hex},
            "Requesting an access token": {
                "grant_type": "password",
                "username": known["user_name"],
                "password": known["password"],
            },
        }
        query = {"loyaltyUserId": mine["Id"], "metadataKey": "size", "skip": 0, "take": 10}
        return Request({"id": mine["Id"]}, query, bodies.get(operation, {}), {"PIIToken": shown})

    return request


def signed(secret: str) -> Callable[[PreparedRequest], PreparedRequest]:
    """Signs a request as it goes out, over the bytes of its body."""

    def sign(request: PreparedRequest) -> PreparedRequest:
        body = request.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        request.headers[SIGNATURE] = hmac.new(secret.encode(), content, "sha256").hexdigest()
        return request

    return sign


def _email() -> str:
    return f"{uuid.uuid4().hex}@example.com"
