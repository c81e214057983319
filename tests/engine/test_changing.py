"""A member is changed all or not at all and answers to what it is called now; who leaves a surface leaves the books."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Shop, open_shop
from engine.people import ask, audited, enrolled, fetch, figures, outcomes, stored
from guerdon.core.commands import Basis, Capture, Hold, Set
from guerdon.core.members import EMAIL, NUMBER, PHONE, Identifier, Listing, Member, Profile
from guerdon.core.refusals import AccountClosed, IdentifierTaken, MemberNotFound, ProfileInvalid, Refusal
from guerdon.engine import Engine, annotating, changing, enrolling, finding, holding, joining, posting, reading
from guerdon.engine.changing import Change, Leaving
from guerdon.engine.enrolling import Enrolled
from guerdon.engine.joining import Joining
from guerdon.storage import tenants

NAMES = "desk.username"
MIRA = Profile(full_name="Mira Kaya", email="mira@example.com", phone="+436601234567", city="Izmir")


async def mira(engine: Engine, shop: Shop, **more: Any) -> Enrolled:
    """Somebody who came through this surface."""
    facts = {"namespace": NAMES, "name": "mira.k", "profile": MIRA, "strict": False, "separate": True, **more}
    return await enrolled(engine, shop, **facts)


def to(shop: Shop, who: Member, **more: Any) -> Change:
    """A change of somebody."""
    return Change(caller=shop.caller, at=NOW, member_id=who.id, program=shop.program, namespace=NAMES, **more)


def leaving(shop: Shop, who: Member) -> Leaving:
    """The end of somebody on this surface."""
    return Leaving(caller=shop.caller, at=NOW, member_id=who.id, program_id=shop.program.id, namespace=NAMES)


async def answers(engine: Engine, shop: Shop, namespace: str, value: str) -> uuid.UUID | None:
    """Who answers to a name."""
    try:
        return await finding.member(engine, shop.caller, [Identifier(namespace, value)])
    except MemberNotFound:
        return None


async def test_only_what_is_named_changes(engine: Engine, shop: Shop) -> None:
    """Details, and nothing else; None is not known any more."""
    made = await mira(engine, shop, available=Decimal(5), password="plum")
    details: Mapping[str, str | None] = {"city": "Urla", "gender": "Female", "full_name": None}
    changed, membership = await changing.change(engine, to(shop, made.member, details=details))
    assert changed.profile == replace(MIRA, city="Urla", gender="Female", full_name=None)
    assert changed.identifiers == made.member.identifiers
    assert membership == made.membership
    assert await reading.member(engine, shop.caller, made.member.id) == changed


async def test_a_new_name_frees_the_old_one(engine: Engine, shop: Shop) -> None:
    """And a name is one in any case, kept as it was last written."""
    made = await mira(engine, shop)
    changed, _ = await changing.change(engine, to(shop, made.member, name="Mira.K"))
    assert changed.identifiers[NAMES] == "Mira.K"
    changed, _ = await changing.change(engine, to(shop, made.member, name="mk"))
    assert await answers(engine, shop, NAMES, "MK") == made.member.id
    other = await mira(engine, shop, name="mira.k", profile=Profile())
    with pytest.raises(IdentifierTaken):
        await changing.change(engine, to(shop, made.member, name="MIRA.K", details={"city": "Nowhere"}))
    assert await reading.member(engine, shop.caller, made.member.id) == changed
    assert await answers(engine, shop, NAMES, "mira.k") == other.member.id


async def test_one_name_for_many_at_once(engine: Engine, shop: Shop) -> None:
    """One gets it, and everybody else keeps the one that they had."""
    people = [(await mira(engine, shop, name=f"n{n}", profile=Profile())).member for n in range(6)]
    done, refused = await outcomes(changing.change(engine, to(shop, who, name="wanted")) for who in people)
    assert (len(done), {type(each) for each in refused}) == (1, {IdentifierTaken})
    names = [(await reading.member(engine, shop.caller, who.id)).identifiers[NAMES] for who in people]
    assert max(names) == "wanted"
    assert len(set(names)) == 6


async def test_a_new_address_is_answered_to_and_the_old_one_is_not(engine: Engine, shop: Shop) -> None:
    """An address of somebody else's is only written down."""
    made = await mira(engine, shop)
    details = {"email": "m@example.com", "phone": "call me"}
    changed, _ = await changing.change(engine, to(shop, made.member, details=details))
    assert (changed.profile.email, changed.profile.phone) == ("m@example.com", "call me")
    assert await answers(engine, shop, EMAIL, "m@example.com") == made.member.id
    assert await answers(engine, shop, EMAIL, "mira@example.com") is None
    assert await answers(engine, shop, PHONE, MIRA.phone or "") is None
    other = await mira(engine, shop, name="other", profile=Profile(email="o@example.com"))
    changed, _ = await changing.change(engine, to(shop, made.member, details={"email": "O@example.com"}))
    assert changed.profile.email == "O@example.com"
    assert await answers(engine, shop, EMAIL, "o@example.com") == other.member.id
    await changing.change(engine, to(shop, made.member, details={"email": None}))
    assert await answers(engine, shop, EMAIL, "o@example.com") == other.member.id


async def test_points_are_written_as_available(engine: Engine, shop: Shop) -> None:
    """What is held stays held; the same figure again writes nothing, and None takes away what there is."""
    made = await mira(engine, shop, available=Decimal(100))
    account = made.membership.account_id
    hold = Hold(caller=shop.caller, account_id=account, at=NOW, hold_id=uuid.uuid4(), points=Decimal(30))
    await posting.post(engine, hold)
    for available, expected in ((Decimal("20.5"), ("50.5", 30, 100, 2)), (Decimal("20.5"), ("50.5", 30, 100, 2))):
        _, membership = await changing.change(engine, to(shop, made.member, available=available))
        assert membership is not None
        assert figures(membership.balance) == (Decimal(str(expected[0])), *expected[1:])
    _, membership = await changing.change(engine, to(shop, made.member, available=None))
    assert membership is not None
    assert figures(membership.balance) == (30, 30, 100, 3)
    assert await audited(engine, shop.caller.tenant_id) == 3


async def test_points_make_a_membership_where_there_is_none(engine: Engine, shop: Shop) -> None:
    """But taking them away does not, nor does anything else."""
    member = await enrolling.register(engine, ask(shop, namespace=NAMES, name="mira.k"))
    for more in ({}, {"available": None}, {"details": {"city": "Urla"}}):
        assert (await changing.change(engine, to(shop, member, **more)))[1] is None
    _, membership = await changing.change(engine, to(shop, member, available=Decimal("1.5")))
    assert membership is not None
    assert figures(membership.balance) == (Decimal("1.5"), 0, Decimal("1.5"), 1)
    assert await reading.memberships_of(engine, shop.caller, member.id) == [membership]


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"details": {"date_of_birth": "yesterday"}}, ProfileInvalid),
        ({"name": "taken", "available": Decimal(7)}, IdentifierTaken),
    ],
)
async def test_a_refused_change_leaves_nothing(
    engine: Engine, shop: Shop, more: dict[str, Any], refusal: type[Refusal]
) -> None:
    """Not even the half of it that was good."""
    made = await mira(engine, shop, available=Decimal(5))
    await mira(engine, shop, name="taken", profile=Profile())
    before = await stored(engine, shop.caller.tenant_id)
    details = {"city": "Nowhere", "email": "new@example.com", **more.pop("details", {})}
    with pytest.raises(refusal):
        await changing.change(engine, to(shop, made.member, details=details, password="new", **more))
    assert await stored(engine, shop.caller.tenant_id) == before


async def test_nobody_of_another_tenant(engine: Engine, shop: Shop) -> None:
    """Neither changed nor gone."""
    made, other = await mira(engine, shop), await open_shop(engine)
    before = await stored(engine, shop.caller.tenant_id)
    with pytest.raises(MemberNotFound):
        await changing.change(engine, to(other, made.member, details={"city": "Urla"}))
    with pytest.raises(MemberNotFound):
        await changing.leave(engine, leaving(other, made.member))
    assert await stored(engine, shop.caller.tenant_id) == before


# --- leaving


async def test_who_leaves_leaves_the_books(engine: Engine, shop: Shop) -> None:
    """Everything of the person goes; entries stay, and an open hold can still be ended."""
    made = await mira(engine, shop, available=Decimal(100), password="plum")
    await annotating.add(engine, shop.caller, made.member.id, "tier", "gold")
    account = made.membership.account_id
    hold = Hold(caller=shop.caller, account_id=account, at=NOW, hold_id=uuid.uuid4(), points=Decimal(30))
    await posting.post(engine, hold)
    await changing.leave(engine, leaving(shop, made.member))
    left = await reading.member(engine, shop.caller, made.member.id)
    assert (left.profile, left.identifiers) == (Profile(), {NUMBER: made.member.number})
    assert await annotating.pairs(engine, left.id) == {}
    assert await reading.memberships_of(engine, shop.caller, left.id) == []
    (row,) = await fetch(engine, "SELECT password_hash FROM members WHERE id = $1", left.id)
    assert row["password_hash"] is None
    taken = await holding.finish(
        engine,
        shop.caller,
        [Identifier(NUMBER, left.number)],
        hold.hold_id,
        lambda account_id: Capture(caller=shop.caller, account_id=account_id, at=NOW, hold_id=hold.hold_id),
    )
    assert (int(taken.posted), int(taken.held)) == (70, 0)
    assert await audited(engine, shop.caller.tenant_id) == 2
    with pytest.raises(MemberNotFound):
        await changing.leave(engine, leaving(shop, made.member))
    again = await mira(engine, shop)
    assert again.member.id != left.id
    assert figures(again.membership.balance) == (0, 0, 0, 0)


async def till_knows(engine: Engine, shop: Shop) -> Enrolled:
    """Made here, and given a name at the till."""
    await mira(engine, shop)
    till = replace(shop.caller, surface="till")
    return await enrolling.enrol(engine, ask(shop, caller=till, namespace="till.customer", name="C-1", profile=MIRA))


async def made_elsewhere(engine: Engine, shop: Shop) -> Enrolled:
    """Known by address before, and named here since."""
    web = replace(shop.caller, surface="web")
    await enrolling.register(engine, ask(shop, caller=web, namespace=EMAIL + ".x", name="x", profile=MIRA))
    return await mira(engine, shop)


async def in_another_program(engine: Engine, shop: Shop) -> Enrolled:
    """Made here, and a member of another program too."""
    made = await mira(engine, shop)
    other = replace(shop.program, id=uuid.uuid4(), code="Q")
    async with engine.database.connection() as connection:
        await tenants.insert_program(connection, shop.caller.tenant_id, other, is_default=False, now=NOW)
    join = Joining(member_id=made.member.id, program_id=other.id, is_primary=False, points=Decimal(9))
    await joining.add(engine, shop.caller, NOW, [join])
    return made


@pytest.mark.parametrize("known", [till_knows, made_elsewhere, in_another_program], ids=lambda each: each.__name__)
async def test_whom_others_know_stays_known_to_them(engine: Engine, shop: Shop, known: Any) -> None:
    """Only the surface's own goes: its name, the password and the membership in the program."""
    made = await known(engine, shop)
    before = await reading.member(engine, shop.caller, made.member.id)
    all_of_them = await reading.memberships_of(engine, shop.caller, before.id)
    others = [membership for membership in all_of_them if membership.program_id != shop.program.id]
    await changing.leave(engine, leaving(shop, before))
    left = await reading.member(engine, shop.caller, before.id)
    assert left.profile == before.profile
    assert left.identifiers == {space: name for space, name in before.identifiers.items() if space != NAMES}
    assert await reading.memberships_of(engine, shop.caller, before.id) == others
    again = await mira(engine, shop)
    assert again.member.id == before.id, "the same person comes back"


async def test_who_is_in_the_program_without_a_name_can_leave_too(engine: Engine, shop: Shop) -> None:
    """And who is in none of the two has left."""
    made = await enrolled(engine, shop, namespace="till.customer", name="C-1")
    await changing.leave(engine, leaving(shop, made.member))
    with pytest.raises(MemberNotFound):
        await changing.leave(engine, leaving(shop, made.member))
    assert (await reading.member(engine, shop.caller, made.member.id)).identifiers["till.customer"] == "C-1"


async def test_leaving_many_times_at_once(engine: Engine, shop: Shop) -> None:
    """Is leaving once."""
    made = await mira(engine, shop)
    done, refused = await outcomes(changing.leave(engine, leaving(shop, made.member)) for _ in range(6))
    assert (len(done), {type(each) for each in refused}) == (1, {MemberNotFound})


async def test_who_is_nobody_in_particular_leaves_no_trace(engine: Engine, shop: Shop) -> None:
    """Is on no list of people before, and nowhere after."""
    kiosk = await enrolling.register(engine, ask(shop, namespace=NAMES, name="kiosk", is_anonymous=True, password="p"))
    assert kiosk.is_anonymous
    await annotating.add(engine, shop.caller, kiosk.id, "k", "v")
    assert await reading.members_page(engine, shop.caller, skip=0, take=9) == ([], 0)
    with_them = Listing(namespace=NAMES, program_id=shop.program.id, with_anonymous=True)
    (((listed, none),), count) = await reading.members_page(engine, shop.caller, skip=0, take=9, listing=with_them)
    assert (listed, none, count) == (kiosk, None, 1)
    with pytest.raises(MemberNotFound):
        await reading.customer(engine, shop.caller, kiosk, NAMES)
    await changing.leave(engine, leaving(shop, kiosk))
    kept = await stored(engine, shop.caller.tenant_id)
    assert [kept[table] for table in ("members", "identifiers", "member_metadata")] == [[], [], []]
    with pytest.raises(MemberNotFound):
        await changing.leave(engine, leaving(shop, kiosk))


async def test_points_that_cannot_be_written_change_nothing(engine: Engine, shop: Shop) -> None:
    """The ledger's no is the change's."""
    made = await mira(engine, shop, available=Decimal(1))
    await fetch(engine, "UPDATE accounts SET closed_at = $2 WHERE id = $1", made.membership.account_id, NOW)
    before = await stored(engine, shop.caller.tenant_id)
    with pytest.raises(AccountClosed):
        await changing.change(engine, to(shop, made.member, name="new", available=Decimal(2)))
    assert await stored(engine, shop.caller.tenant_id) == before


async def test_changes_and_postings_at_once(engine: Engine, shop: Shop) -> None:
    """Neither waits for the other in a circle, and nothing is lost."""
    made = await mira(engine, shop, available=Decimal(100))
    account = made.membership.account_id
    asks: list[Any] = []
    for n in range(20):
        asks.append(changing.change(engine, to(shop, made.member, details={"city": str(n)}, available=Decimal(n))))
        asks.append(
            posting.post(
                engine,
                Set(caller=shop.caller, account_id=account, at=NOW, points=Decimal(n), basis=Basis.AVAILABLE),
            )
        )
    await asyncio.gather(*asks)
    await audited(engine, shop.caller.tenant_id)
    member = await reading.member(engine, shop.caller, made.member.id)
    assert member.profile == replace(MIRA, city=member.profile.city)
