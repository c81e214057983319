"""Who is an account: whoever has a membership or is known by something, nobody in particular, and nobody any more."""

import uuid

from conftest import NOW
from guerdon.core.members import Profile
from guerdon.engine import enrolling, erasing, registering
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.registering import Registration
from surfaces.mews.hotels import Hotel
from surfaces.mews.test_auth import refused
from surfaces.mews.test_customers import add, customers


async def test_a_kiosk_is_no_customer(hotel: Hotel) -> None:
    """It is a member that is nobody in particular: nothing finds it, or changes it, whatever it is called."""
    ask = Enrolment(
        caller=hotel.caller,
        at=NOW,
        profile=Profile(first_name="Ada", last_name="Kiosk"),
        namespace="test.kiosk",
        is_anonymous=True,
    )
    kiosk = await enrolling.register(hotel.engine, ask)
    made = add(hotel.mews, "Kiosk", FirstName="Ada")
    assert customers(hotel.mews, LastNames=["Kiosk"]) == [made]
    assert customers(hotel.mews, CustomerIds=[str(kiosk.id)]) == []
    found = hotel.mews.done("customers/search", Name="Kiosk", Extent={"Customers": True})["Customers"]
    assert [each["Customer"]["Id"] for each in found] == [made["Id"]]
    answer = hotel.mews.post("customers/update", CustomerId=str(kiosk.id), Email=f"kiosk-{uuid.uuid4()}@example.com")
    refused(answer, 400, "Invalid CustomerId.")
    answer = hotel.mews.send("add", LoyaltyMemberships=[hotel.item(str(kiosk.id), Points=5)])
    refused(answer, 400, "Invalid AccountId.")


async def test_an_account_with_a_membership_is_a_customer_of_whom_nothing_else_is_known(hotel: Hotel) -> None:
    """A shop may know some by their numbers only: whose membership is told of can be looked up."""
    ask = Registration(
        caller=hotel.caller,
        at=NOW,
        member_id=uuid.uuid4(),
        profile=Profile(),
        names={},
        program_id=uuid.UUID(hotel.program_ids[0]),
    )
    made = await registering.register(hotel.engine, ask)
    assert [each["AccountId"] for each in hotel.mews.get_all(AccountIds=[str(made.id)])] == [str(made.id)]
    found = customers(hotel.mews, CustomerIds=[str(made.id)])
    assert [(each["Id"], each["LastName"]) for each in found] == [(str(made.id), made.number)]
    await erasing.erase(hotel.engine, hotel.caller.tenant_id, made.id)
    assert customers(hotel.mews, CustomerIds=[str(made.id)]) == []


async def test_an_erased_guest_leaves_no_card(hotel: Hotel) -> None:
    guest = add(hotel.mews, "Guest")["Id"]
    (card,) = hotel.mews.add(hotel.item(guest, IsPrimary=True, MembershipNumber="HC 1", ProviderMembershipId="P"))
    await erasing.erase(hotel.engine, hotel.caller.tenant_id, uuid.UUID(guest))
    left = hotel.mews.get(card["Id"], "Deleted")
    assert left == {**card, "MembershipNumber": None, "Code": None, "ProviderMembershipId": None, "IsPrimary": False}
