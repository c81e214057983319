"""Where the vendor's pages are silent or contradict themselves: each choice, in the order of the questions."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guerdon.surfaces.mews import SURFACE
from surfaces.mews.hotels import Connection, Hotel
from surfaces.mews.test_auth import refused

NOWHERE = str(uuid.UUID(int=7))
ONE = {"Limitation": {"Count": 1}}
BOTH = ["Active", "Deleted"]


@pytest.fixture
async def guest(hotel: Hotel) -> str:
    """The id of an account without memberships."""
    return str((await hotel.guest()).id)


@pytest.fixture
async def kept(hotel: Hotel, guest: str) -> dict[str, Any]:
    """A membership of the guest's, with everything set."""
    (made,) = hotel.mews.add(
        hotel.item(
            guest, IsPrimary=True, Points=10, Code="C", Url="https://club.example/1", ExpirationDate="2030-01-01",
            LoyaltyTierId=hotel.tier_ids[0],
        )
    )  # fmt: skip
    return made


def changed(hotel: Hotel, membership: dict[str, Any], **wrapped: Any) -> dict[str, Any]:
    """The membership after an update that must work."""
    (made,) = hotel.mews.update({"LoyaltyMembershipId": membership["Id"], **wrapped})
    return made


def unchangeable(hotel: Hotel, membership: dict[str, Any], status: int, message: str, **wrapped: Any) -> None:
    """An update that must be refused and change nothing."""
    change = {"LoyaltyMembershipId": membership["Id"], **wrapped}
    refused(hotel.mews.send("update", LoyaltyMembershipUpdates=[change]), status, message)
    assert hotel.mews.get_all(ActivityStates=BOTH) == [membership]


def test_01_records_are_active_ones_where_nothing_is_said(hotel: Hotel, kept: dict[str, Any]) -> None:
    hotel.mews.delete(kept["Id"])
    assert (
        hotel.mews.get_all() == hotel.mews.get_all(ActivityStates=None) == hotel.mews.get_all(ActivityStates=[]) == []
    )


def test_02_unknown_members_are_ignored(hotel: Hotel, kept: dict[str, Any]) -> None:
    assert hotel.mews.get_all(EnterpriseIds=[], LoyaltyProgramId="x", CustomerIds=[]) == [kept]


def test_03_a_batch_is_done_or_not(hotel: Hotel, guest: str) -> None:
    bad = hotel.item(NOWHERE)
    refused(hotel.mews.send("add", LoyaltyMemberships=[hotel.item(guest), bad]), 400, "Invalid AccountId.")
    assert hotel.mews.get_all(ActivityStates=BOTH) == []


def test_04_the_last_primary_wins(hotel: Hotel, guest: str, kept: dict[str, Any]) -> None:
    (second,) = hotel.mews.add(hotel.item(guest, IsPrimary=True, LoyaltyProgramId=hotel.program_ids[1]))
    assert [m["IsPrimary"] for m in hotel.mews.get_all()] == [True, False]
    both = [{"LoyaltyMembershipId": m["Id"], "IsPrimary": {"Value": True}} for m in (second, kept)]
    assert [m["IsPrimary"] for m in hotel.mews.update(*both)] == [False, True]


def test_05_a_second_active_membership_is_refused(hotel: Hotel, guest: str, kept: dict[str, Any]) -> None:
    told = "The account already has an active membership in this loyalty program."
    refused(hotel.mews.send("add", LoyaltyMemberships=[hotel.item(guest)]), 403, told)
    hotel.mews.delete(kept["Id"])
    assert len(hotel.mews.add(hotel.item(guest))) == 1


def test_06_a_tier_is_of_the_memberships_program(hotel: Hotel, kept: dict[str, Any]) -> None:
    first, second = hotel.tier_ids
    unchangeable(hotel, kept, 400, "Invalid LoyaltyTierId.", LoyaltyTierId={"Value": second})
    move = {"LoyaltyProgramId": {"Value": hotel.program_ids[1]}}
    unchangeable(hotel, kept, 400, "Invalid LoyaltyTierId.", **move)
    assert changed(hotel, kept, LoyaltyTierId={"Value": second}, **move)["LoyaltyTierId"] == second != first


def test_07_foreign_ids_are_invalid_in_writes_and_match_nothing_in_filters(hotel: Hotel, demo: Connection) -> None:
    foreign = hotel.item(NOWHERE)
    refused(hotel.mews.send("add", LoyaltyMemberships=[foreign]), 400, "Invalid AccountId.")
    for name in ("ChainIds", "LoyaltyMembershipIds", "AccountIds", "LoyaltyProgramIds"):
        filters: dict[str, Any] = {name: [NOWHERE]}
        assert hotel.mews.get_all(**filters) == []
    assert demo.get_all(LoyaltyProgramIds=list(hotel.program_ids)) == []


async def test_08_a_portfolio_token_names_its_chain_or_may_not(portfolio: Hotel) -> None:
    item = portfolio.item(str((await portfolio.guest()).id))
    refused(portfolio.mews.send("add", LoyaltyMemberships=[item]), 400, "Invalid ChainId.")
    answer = portfolio.mews.post("loyaltyTiers/delete", LoyaltyTierIds=[portfolio.tier_ids[0]])
    refused(answer, 401, "The operation is not permitted for this AccessToken.")


@pytest.mark.parametrize("sent", ["2030-06-01", "2030-06-01T00:00:00Z", "2030-06-01T02:00:00+02:00"])
def test_09_expiration_is_a_date_or_a_moment(hotel: Hotel, kept: dict[str, Any], sent: str) -> None:
    assert changed(hotel, kept, ExpirationDate={"Value": sent})["ExpirationDate"] == "2030-06-01T00:00:00Z"


def test_10_a_wrapper_without_a_value_clears(hotel: Hotel, kept: dict[str, Any]) -> None:
    for name in ("State", "IsPrimary", "LoyaltyProgramId"):
        unchangeable(hotel, kept, 400, f"Invalid {name}.", **{name: {}})
    names = ("Url", "ExpirationDate", "LoyaltyTierId", "Code")
    cleared = changed(hotel, kept, **{name: {} for name in names}, Points={})
    assert [cleared[name] for name in names] == [None] * 4
    assert cleared["Points"] == 0


def test_11_deleting_once_more_is_accepted(hotel: Hotel, kept: dict[str, Any]) -> None:
    hotel.mews.delete(kept["Id"])
    hotel.mews.delete(kept["Id"])
    refused(hotel.mews.send("delete", LoyaltyMembershipIds=[NOWHERE]), 400, "Invalid LoyaltyMembershipIds.")


async def test_12_a_merge_moves_memberships_and_the_targets_stays(
    hotel: Hotel, guest: str, kept: dict[str, Any]
) -> None:
    (other,) = await hotel.guests(1)
    clash, moved = hotel.mews.add(hotel.item(other, Points=5), hotel.item(other, LoyaltyProgramId=hotel.program_ids[1]))
    merge = {"SourceAccountIds": [other], "TargetAccountId": guest, "AccountType": "Customer"}
    hotel.mews.done("accounts/merge", AccountMergeParameters=[merge])
    assert {m["Id"]: m["AccountId"] for m in hotel.mews.get_all()} == {kept["Id"]: guest, moved["Id"]: guest}
    assert hotel.mews.get(kept["Id"])["Points"] == 15
    assert hotel.mews.get(clash["Id"], "Deleted")["AccountId"] == guest


def test_13_a_tier_in_use_is_not_deleted(hotel: Hotel, kept: dict[str, Any]) -> None:
    answer = hotel.mews.post("loyaltyTiers/delete", LoyaltyTierIds=[kept["LoyaltyTierId"]])
    refused(answer, 403, "The loyalty tier is in use: memberships, rewards or rules have it.")


async def test_14_codes_of_programs_and_tiers_are_unique_and_numbers_are_not(hotel: Hotel) -> None:
    taken = "The code already belongs to another loyalty program or tier."
    program = {"Name": "N", "Code": "A", "Type": "Hotel", "Subscription": "Free"}
    refused(hotel.mews.post("loyaltyPrograms/add", LoyaltyPrograms=[program]), 403, taken)
    tier = {"LoyaltyProgramId": hotel.program_ids[0], "Name": "N", "Code": "T", "Ordering": 1}
    refused(hotel.mews.post("loyaltyTiers/add", LoyaltyTiers=[tier]), 403, taken)
    both = hotel.mews.add(*(hotel.item(guest, MembershipNumber="N-1") for guest in await hotel.guests(2)))
    assert [m["MembershipNumber"] for m in both] == ["N-1", "N-1"]


def test_15_expiry_does_not_change_the_state(hotel: Hotel, kept: dict[str, Any]) -> None:
    changed(hotel, kept, ExpirationDate={"Value": "2001-01-01"})
    assert hotel.mews.get(kept["Id"])["State"] == "Enrolled"


def test_16_points_are_32_bits_of_either_sign(hotel: Hotel, kept: dict[str, Any]) -> None:
    unchangeable(hotel, kept, 400, "Invalid Points.", Points={"Value": 2**31})
    for value in (-(2**31), 2**31 - 1):
        assert changed(hotel, kept, Points={"Value": value})["Points"] == value


async def test_17_the_cursor_of_a_write_is_its_last_item(hotel: Hotel) -> None:
    items = [hotel.item(guest) for guest in await hotel.guests(3)]
    answer = hotel.mews.ask("add", LoyaltyMemberships=items)
    assert answer["Cursor"] == answer["LoyaltyMemberships"][2]["Id"]


def test_18_a_cursor_must_have_been_an_item(hotel: Hotel, kept: dict[str, Any]) -> None:
    hotel.mews.delete(kept["Id"])
    assert hotel.mews.get_all(cursor=kept["Id"], ActivityStates=BOTH) == []
    refused(hotel.mews.send("getAll", Limitation={"Count": 1, "Cursor": NOWHERE}), 400, "Invalid Cursor.")


def test_19_an_interval_has_two_ends_in_order(hotel: Hotel) -> None:
    start = {"StartUtc": "2026-01-02T00:00:00Z"}
    refused(hotel.mews.send("getAll", UpdatedUtc=start, **ONE), 400, "Invalid EndUtc.")
    early = {**start, "EndUtc": "2026-01-01T00:00:00Z"}
    refused(hotel.mews.send("getAll", UpdatedUtc=early, **ONE), 400, "Invalid UpdatedUtc.")


def test_20_a_missing_token_is_bad_input_and_a_wrong_one_unauthorized(hotel: Hotel) -> None:
    refused(hotel.mews.send("getAll", AccessToken=None, **ONE), 400, "Invalid AccessToken.")
    refused(hotel.mews.send("getAll", AccessToken="x", **ONE), 401, "Invalid ClientToken or AccessToken.")


def test_21_limitation_is_required(hotel: Hotel) -> None:
    refused(hotel.mews.send("getAll"), 400, "Invalid Limitation.")
    refused(hotel.mews.post("loyaltyPrograms/getAll"), 400, "Invalid Limitation.")


def test_22_extent_may_be_left_out(hotel: Hotel, guest: str) -> None:
    answer = hotel.mews.done("customers/getAll", CustomerIds=[guest], **ONE)
    assert [customer["Id"] for customer in answer["Customers"]] == [guest]


def test_23_the_providers_id_is_stored_on_add_too(hotel: Hotel, guest: str) -> None:
    (made,) = hotel.mews.add(hotel.item(guest, ProviderMembershipId="p-1"))
    assert hotel.mews.get(made["Id"])["ProviderMembershipId"] == "p-1"


def test_24_a_url_is_absolute_or_empty(hotel: Hotel, kept: dict[str, Any]) -> None:
    unchangeable(hotel, kept, 400, "Invalid Url.", Url={"Value": "/m/1"})
    assert changed(hotel, kept, Url={"Value": ""})["Url"] == ""


def test_25_profiles_are_those_of_an_integration(kept: dict[str, Any]) -> None:
    integration = {"Discriminator": "Integration", "EnterpriseProfile": None}
    assert kept["CreatorProfile"] == kept["UpdaterProfile"] == integration


def test_26_a_body_has_four_mebibytes(hotel: Hotel) -> None:
    assert SURFACE.body_limit_bytes == 4 << 20
    refused(hotel.mews.send("getAll", Extra="x" * (4 << 20), **ONE), 413, "The request is too large.")


def test_27_deleting_moves_the_time_of_the_last_update(hotel: Hotel, kept: dict[str, Any]) -> None:
    before = datetime.now(UTC)  # after it was added, to the microsecond
    hotel.mews.delete(kept["Id"])
    interval = {"StartUtc": before.isoformat(), "EndUtc": (before + timedelta(hours=1)).isoformat()}
    deleted = hotel.mews.get_all(ActivityStates=["Deleted"], UpdatedUtc=interval)
    assert [m["Id"] for m in deleted] == [kept["Id"]]


def test_28_a_customer_may_be_an_account(hotel: Hotel) -> None:
    """A company may not: there are none."""
    made = hotel.mews.done("customers/add", LastName="Account", OverwriteExisting=False)
    assert hotel.mews.add(hotel.item(made["Id"]))[0]["AccountId"] == made["Id"]
    assert hotel.mews.done("companies/getAll", **ONE) == {"Companies": [], "Cursor": None}
