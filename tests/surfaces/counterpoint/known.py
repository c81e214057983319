"""What operations for tills are known to take."""

import uuid
from collections.abc import Callable

import httpx

from guerdon.demo.tenant import CUSTOMER_NAMESPACE, DEMO, id_of
from surfaces.known import Json, Request, email


def requests(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
    """What a till sends, by operation; a customer with points is made for it, whom the merchant knows by email too."""
    known, merchant = facts["counterpoint"], facts["native"]
    number, address = uuid.uuid4().hex, email()

    def made(base_url: str, path: str, body: Json, token: str) -> httpx.Response:
        answer = http.post(base_url + path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.is_success, answer.text
        return answer

    customer = {"profile": {"email": address}, "identifiers": {CUSTOMER_NAMESPACE: number}}
    made(merchant["base_url"], "/members", {**customer, "program_id": str(id_of(DEMO, "program"))}, merchant["token"])
    earned = {"CustomerNumber": number, "Points": 1_000_000}
    made(known["base_url"], "/Loyalty/Earn", earned, known["token"])

    def sale() -> Json:
        return {"Type": "loyalty", "Ref": number, "SaleId": uuid.uuid4().hex, "RequestedPoints": 5}

    def authorized() -> Json:
        answer = made(known["base_url"], "/Loyalty/Authorize", sale(), known["token"])
        return {"Ref": number, "AuthCode": answer.json()["AuthCode"]}

    bodies: dict[str, Callable[[], Json]] = {
        "SSO/Login": lambda: {"UserName": known["user_name"], "Password": known["password"]},
        "Loyalty/Earn": lambda: {"CustomerNumber": number, "Points": 5},
        "Loyalty/Authorize": sale,
        "Authorize/Confirm": authorized,
        "Authorize/Cancel": authorized,
    }

    def request(operation: str) -> Request:
        return Request({"id": number, "email": address}, body=bodies.get(operation, dict)())

    return request
