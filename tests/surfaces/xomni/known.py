"""What operations for back offices are known to take."""

import base64
import uuid
from collections.abc import Callable

import httpx

from surfaces.known import Json, Request

PASSWORD = "s3cret-of-a-visitor"


def requests(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
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
