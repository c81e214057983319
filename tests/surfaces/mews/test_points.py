"""Points are one balance: what Mews sets is what the till sees, and what the till holds Mews cannot take."""

from decimal import Decimal
from typing import Any

import httpx

from conftest import NOW
from guerdon.core.commands import Earn
from guerdon.core.members import NUMBER, Identifier, Member
from guerdon.engine import finding, posting
from surfaces.mews.hotels import Hotel
from surfaces.mews.test_auth import refused

RESERVED = "The points are reserved by open authorizations and cannot be set that low."


def till(hotel: Hotel, method: str, path: str, **body: Any) -> httpx.Response:
    """A call of the cash register, in its own dialect."""
    headers = {"Authorization": f"Bearer {hotel.counterpoint_token}"}
    url = f"{hotel.mews.server}/counterpoint/Loyalty/{path}"
    response = hotel.mews.http.request(method, url, headers=headers, json=body or None)
    assert response.is_success, response.text
    return response


def balance(hotel: Hotel, guest: Member) -> dict[str, Any]:
    """What the till knows of a guest."""
    loyalty: dict[str, Any] = till(hotel, "GET", f"{guest.number}/BalanceCheck").json()["Loyalty"]
    return loyalty


def points(membership_id: str, value: int | None) -> dict[str, Any]:
    """An update of nothing but points."""
    return {"LoyaltyMembershipId": membership_id, "Points": {"Value": value}}


async def earn(hotel: Hotel, guest: Member, amount: str) -> None:
    """Points from elsewhere, with all their digits."""
    account = await finding.account(hotel.engine, hotel.caller, [Identifier(NUMBER, guest.number)])
    command = Earn(caller=hotel.caller, account_id=account.account_id, at=NOW, points=Decimal(amount))
    await posting.post(hotel.engine, command)


async def test_points_are_null_then_what_was_set_then_zero(hotel: Hotel) -> None:
    guest = await hotel.guest()
    (added,) = hotel.mews.add(hotel.item(str(guest.id)))
    assert added["Points"] is None
    for value, shown in ((0, 0), (1400, 1400), (-(2**31), -(2**31)), (2**31 - 1, 2**31 - 1), (None, 0)):
        (changed,) = hotel.mews.update(points(added["Id"], value))
        assert changed["Points"] == shown
        assert balance(hotel, guest)["PointBalance"] == shown
        assert hotel.mews.get(added["Id"]) == changed


async def test_the_till_sees_what_was_set_and_mews_what_was_earned(hotel: Hotel) -> None:
    guest = await hotel.guest()
    (added,) = hotel.mews.add(hotel.item(str(guest.id), Points=1250))
    assert balance(hotel, guest)["PointBalance"] == 1250
    till(hotel, "POST", "Earn", CustomerNumber=guest.number, Points=30)
    assert hotel.mews.get(added["Id"])["Points"] == 1280
    (changed,) = hotel.mews.update(points(added["Id"], 1000))
    assert changed["Points"] == 1000
    seen = balance(hotel, guest)
    assert seen["PointBalance"] == 1000
    assert [row["PointAmount"] for row in seen["History"]][-3:] == [1250, 30, -280]


async def test_a_share_of_a_point_is_kept_and_not_shown(hotel: Hotel) -> None:
    guest = await hotel.guest()
    (added,) = hotel.mews.add(hotel.item(str(guest.id), Points=-3))
    await earn(hotel, guest, "0.5")
    assert hotel.mews.get(added["Id"])["Points"] == -3
    await earn(hotel, guest, "2.75")
    assert hotel.mews.get(added["Id"])["Points"] == 0
    await earn(hotel, guest, "4294967296.5")
    assert hotel.mews.get(added["Id"])["Points"] == 2**31 - 1
    hotel.mews.update({"LoyaltyMembershipId": added["Id"], "State": {"Value": "Canceled"}})
    await earn(hotel, guest, "0.25")
    assert balance(hotel, guest)["PointBalance"] == 2**32 + 1


async def test_points_that_the_till_holds_cannot_be_taken(hotel: Hotel) -> None:
    guest = await hotel.guest()
    others = await hotel.guests(2)
    (added,) = hotel.mews.add(hotel.item(str(guest.id), Points=1404))
    before, after = hotel.mews.add(*(hotel.item(other, Points=1) for other in others))
    body = {"Type": "Loyalty", "Ref": guest.number, "SaleId": "S-1", "RequestedPoints": 500}
    code = till(hotel, "POST", "Authorize", **body).json()["AuthCode"]
    for value in (499, 0, None, -1):
        batch = [points(before["Id"], 9), points(added["Id"], value), points(after["Id"], 9)]
        refused(hotel.mews.send("update", LoyaltyMembershipUpdates=batch), 403, RESERVED)
    assert hotel.mews.get_all() == [after, before, added]
    assert balance(hotel, guest)["OpenAuthorizations"] == 500
    assert hotel.mews.update(points(added["Id"], 500))[0]["Points"] == 500
    headers = {"Authorization": f"Bearer {hotel.counterpoint_token}"}
    url = f"{hotel.mews.server}/counterpoint/Authorize/Confirm"
    confirmed = hotel.mews.http.post(url, json={"Ref": guest.number, "AuthCode": code}, headers=headers)
    assert confirmed.status_code == 204
    assert hotel.mews.get(added["Id"])["Points"] == 0
    assert hotel.mews.update(points(added["Id"], -1))[0]["Points"] == -1
