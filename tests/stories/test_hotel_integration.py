"""A partner's integration with the hotel system, written from the vendor's schema, drives its surface end to end."""

import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from surfaces.mews.integration import Connector, ConnectorError


@pytest.fixture
def connector(facts: dict[str, Any], http: httpx.Client) -> Connector:
    """The integration, pointed at this server as its settings would have it."""
    known = facts["mews"]
    return Connector(known["base_url"], known["client_token"], known["access_token"], http)


def test_a_guest_is_enrolled_earns_and_is_known_on_every_surface(
    connector: Connector, facts: dict[str, Any], http: httpx.Client
) -> None:
    """The vendor's documented flow, in the program that all surfaces share: enrol, earn, spend, read back, unlink."""
    bearer = {name: {"Authorization": f"Bearer {facts[name]['token']}"} for name in facts if "token" in facts[name]}
    chain_id = connector.chain_id()
    program = connector.program("LOYALTY", "never made")
    assert program.chain_id == chain_id
    email = f"{uuid.uuid4()}@example.com"
    guest = connector.customer("Vermeulen", email, FirstName="Saskia")
    assert connector.customer("Vermeulen", email.upper()) == guest
    made = connector.enrol(
        guest, program, MembershipNumber=f"HC {email[:8]}", Points=1200, ExpirationDate="2031-03-31T00:00:00Z",
        Url="https://club.example/m/1", State="Pending",
    )  # fmt: skip
    assert (made.points, made.state, made.is_primary, made.creator) == (1200, "Pending", True, "Integration")
    earned = connector.write(made, Points=1250, State="Enrolled", ProviderMembershipId="hc-1")
    assert (earned.points, earned.provider_membership_id) == (1250, "hc-1")
    assert earned.expiration_date == datetime(2031, 3, 31, tzinfo=UTC)
    assert earned.url == "https://club.example/m/1"

    # The same balance everywhere.
    found = http.get(f"{facts['native']['base_url']}/members?email={email}", headers=bearer["native"]).json()
    (member,) = found["data"]
    assert uuid.UUID(member["id"]) == guest
    assert member["memberships"][0]["balance"]["posted"] == 1250
    till = facts["counterpoint"]["base_url"]
    loyalty = http.get(f"{till}/Loyalty/{member['number']}/BalanceCheck", headers=bearer["counterpoint"])
    assert loyalty.json()["Loyalty"]["PointBalance"] == 1250
    user = http.get(f"{facts['xomni']['base_url']}/private/pii/loyalty/{member['serial']}", headers=bearer["xomni"])
    assert (user.json()["AvailablePoints"], user.json()["Name"]) == (1250, "Saskia Vermeulen")
    link = f"{facts['deliverect']['base_url']}/loyalty/{facts['deliverect']['channel_link']}/customer"
    shop = http.post(link, json={"email": email}, headers=bearer["deliverect"]).json()
    assert (shop["lifetimePointsBalance"], shop["lastName"]) == (1250, "Vermeulen")

    # Held and spent at the till, read back by the integration.
    wanted = {"Type": "loyalty", "Ref": member["number"], "SaleId": email, "RequestedPoints": 250}
    held = http.post(f"{till}/Loyalty/Authorize", json=wanted, headers=bearer["counterpoint"]).json()
    with pytest.raises(ConnectorError) as refused:
        connector.write(earned, Points=200)
    assert refused.value.status == 403
    confirm = {"Ref": member["number"], "AuthCode": held["AuthCode"]}
    assert http.post(f"{till}/Authorize/Confirm", json=confirm, headers=bearer["counterpoint"]).status_code == 204
    (read,) = connector.memberships(AccountIds=[str(guest)])
    assert read.points == 1000
    connector.unlink(read)
    assert connector.memberships(AccountIds=[str(guest)]) == []
    assert [m.id for m in connector.memberships(AccountIds=[str(guest)], ActivityStates=["Deleted"])] == [made.id]


def test_a_program_of_ones_own_is_kept_up_to_date(connector: Connector) -> None:
    """Made once with its tiers; guests are enrolled, crawled to the empty page, moved up, merged; then it goes."""
    code = uuid.uuid4().hex[:12]
    program = connector.program(code, "Harbour Club")
    assert connector.program(code, "Harbour Club") == program
    admiral, sailor = connector.tiers(program, "Admiral", "Sailor")
    guests = [connector.customer(f"Guest {n}", f"{n}.{code}@example.com") for n in range(5)]
    made = [connector.enrol(guest, program, LoyaltyTierId=str(sailor.id), Points=n) for n, guest in enumerate(guests)]
    crawled = connector.memberships(count=2, LoyaltyProgramIds=[str(program.id)])
    assert [m.id for m in crawled] == [m.id for m in reversed(made)]
    moved = connector.write(made[0], LoyaltyTierId=str(admiral.id), Points=None)
    assert (moved.loyalty_tier_id, moved.points) == (admiral.id, 0)
    merge = {"SourceAccountIds": [str(guests[4])], "TargetAccountId": str(guests[3]), "AccountType": "Customer"}
    connector.call("accounts/merge", AccountMergeParameters=[merge])
    (kept,) = connector.memberships(AccountIds=[str(guests[3]), str(guests[4])])
    assert (kept.id, kept.points) == (made[3].id, 7)
    for operation, used in (
        ("loyaltyTiers/delete", {"LoyaltyTierIds": [str(sailor.id)]}),
        ("loyaltyPrograms/delete", {"LoyaltyProgramIds": [str(program.id)]}),
    ):
        with pytest.raises(ConnectorError) as refused:
            connector.call(operation, **used)
        assert (refused.value.status, bool(refused.value.request_id)) == (403, True)
    connector.unlink(*connector.memberships(LoyaltyProgramIds=[str(program.id)]))
    connector.call("loyaltyPrograms/delete", LoyaltyProgramIds=[str(program.id)])
    assert list(connector.pages("loyaltyPrograms/getAll", "LoyaltyPrograms", 10, Codes=[code])) == []
