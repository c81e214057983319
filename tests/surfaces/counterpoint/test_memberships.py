"""Holds outlive what they were placed on: another membership that stands for the customer, or none any more."""

import uuid
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from conftest import served
from guerdon.core.members import Member
from guerdon.engine import Engine, merging
from guerdon.serve import configured
from guerdon.settings import Settings
from surfaces.counterpoint.tills import Till, figures, refused
from surfaces.mews.hotels import Hotel, open_hotel


@pytest.fixture
async def hotel(engine: Engine, http: httpx.Client, server: str) -> Hotel:
    """A hotel chain of this test's own, with two programs and a till."""
    return await open_hotel(engine, http, server)


@pytest.fixture
def at(hotel: Hotel, till: Till) -> Till:
    """The hotel's till."""
    return Till(till.http, till.base_url, hotel.counterpoint_token)


@pytest.fixture
async def guest(hotel: Hotel) -> Member:
    """A guest of the hotel without memberships."""
    return await hotel.guest()


def joined(hotel: Hotel, guest: Member, program: int, points: int) -> str:
    """The id of a new membership, which is then the guest's primary one."""
    item = {
        "AccountId": str(guest.id),
        "LoyaltyProgramId": hotel.program_ids[program],
        "IsPrimary": True,
        "Points": points,
    }
    (added,) = hotel.mews.add(item)
    membership_id: str = added["Id"]
    return membership_id


def points(hotel: Hotel, membership_id: str) -> int:
    """A membership's points as the hotel sees them, deleted or not."""
    value: int = hotel.mews.get(membership_id, "Active", "Deleted")["Points"]
    return value


def other_primary(hotel: Hotel, guest: Member, _: str) -> None:
    """The guest joins another program, which is from then on what the till sees."""
    joined(hotel, guest, 1, 5)


def deleted(hotel: Hotel, _: Member, membership_id: str) -> None:
    """The guest leaves the program."""
    hotel.mews.delete(membership_id)


def deleted_beside_another(hotel: Hotel, guest: Member, membership_id: str) -> None:
    """Both."""
    joined(hotel, guest, 1, 5)
    hotel.mews.delete(membership_id)


CHANGES = (other_primary, deleted, deleted_beside_another)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("key", ["", "keyed"])
def test_a_hold_is_confirmed_where_it_was_placed(
    hotel: Hotel, at: Till, guest: Member, change: Callable[[Hotel, Member, str], None], key: str
) -> None:
    """And cancelled there, with and without a key, as often as it is asked."""
    membership_id = joined(hotel, guest, 0, 100)
    one, two = [at.authorize(guest.number, sale, 30).json()["AuthCode"] for sale in ("S-1", "S-2")]
    change(hotel, guest, membership_id)
    keys = [key and str(uuid.uuid4()) for _ in range(2)]
    for _ in range(2):
        assert at.finish("Confirm", guest.number, one, keys[0]).status_code == 204
        assert points(hotel, membership_id) == 70
        assert at.finish("Cancel", guest.number, two, keys[1]).status_code == 204
        assert points(hotel, membership_id) == 70
    refused(at.finish("Cancel", guest.number, one), 400, "Bad Request")
    refused(at.finish("Confirm", guest.number, two), 400, "Bad Request")


def test_the_till_sees_the_primary_membership(hotel: Hotel, at: Till, guest: Member) -> None:
    """Its program, its points and its holds, and nothing of the others."""
    first = joined(hotel, guest, 0, 100)
    at.authorize(guest.number, "S-1", 30)
    second = joined(hotel, guest, 1, 5)
    loyalty = at.check(guest.number).json()["Loyalty"]
    assert (loyalty["ProgramName"], figures(loyalty)) == ("Program B", (5, 0, 5))
    refused(at.authorize(guest.number, "S-1", 30), 400, "No Balance Remaining")
    assert at.earn(guest.number, 1).status_code == 204
    assert (points(hotel, first), points(hotel, second)) == (100, 6)
    hotel.mews.update({"LoyaltyMembershipId": first, "IsPrimary": {"Value": True}})
    loyalty = at.check(guest.number).json()["Loyalty"]
    assert (loyalty["ProgramName"], figures(loyalty)) == ("Program A", (100, 30, 70))


def test_who_left_every_program_is_not_enrolled(hotel: Hotel, at: Till, guest: Member) -> None:
    """Known still, with nothing to earn into or to spend from; who joins again begins anew."""
    hotel.mews.delete(joined(hotel, guest, 0, 100))
    loyalty = at.check(guest.number).json()["Loyalty"]
    assert (loyalty["Status"], figures(loyalty), loyalty["History"]) == ("inactive", (0, 0, 0), [])
    refused(at.earn(guest.number, 1), 400, "Bad Request")
    refused(at.authorize(guest.number, "S-1", 1), 400, "Not enrolled in Loyalty")
    joined(hotel, guest, 0, 7)
    loyalty = at.check(guest.number).json()["Loyalty"]
    assert (loyalty["Status"], figures(loyalty)) == ("active", (7, 0, 7))


async def test_a_hold_of_another_member_of_the_tenant(hotel: Hotel, at: Till, guest: Member) -> None:
    """Is not found through this one, however many memberships there are."""
    other = await hotel.guest()
    for each in (guest, other):
        joined(hotel, each, 0, 100)
    code = at.authorize(other.number, "S-1", 30).json()["AuthCode"]
    for verb in ("Confirm", "Cancel"):
        refused(at.finish(verb, guest.number, code), 404, "Id not found")
        refused(at.finish(verb, guest.number, code, str(uuid.uuid4())), 404, "Id not found")
    assert figures(at.check(other.number).json()["Loyalty"]) == (100, 30, 70)


async def test_a_repeat_is_one_whatever_stands_for_the_customer_by_now(
    hotel: Hotel, at: Till, guest: Member, dsn: str
) -> None:
    """A merge, another primary membership, or none: the same key, and the same reference where these are unique."""
    into = await hotel.guest()
    first, rest = joined(hotel, guest, 0, 0), joined(hotel, into, 0, 0)
    with served(dsn, surfaces=configured(Settings(switches="counterpoint.unique_references"))) as address:
        unique = replace(at, base_url=f"{address}/counterpoint")

        def repeated() -> list[tuple[int, str]]:
            answers = (
                unique.earn(guest.number, 100, Reference="R-1"),
                unique.earn(guest.number, 20, f"earn {first}"),
                unique.authorize(guest.number, "S-1", 5, f"points {first}"),
                unique.authorize(guest.number, "S-2", key=f"money {first}", RequestedAmount=0.1),
            )
            return [(answer.status_code, answer.text) for answer in answers]

        begun = repeated()
        assert [status for status, _ in begun] == [204, 204, 200, 200]
        await merging.merge(hotel.engine, hotel.caller, into_id=into.id, from_id=guest.id)
        assert repeated() == begun
        assert figures(at.check(into.number).json()["Loyalty"]) == (120, 15, 105)
        second = joined(hotel, into, 1, 3)
        assert repeated() == begun
        hotel.mews.delete(second, rest)
        assert repeated()[:3] == begun[:3]
