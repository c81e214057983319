"""A person becomes one member however many surfaces they come through, and a refused enrolment leaves nothing."""

import asyncio
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Shop, open_shop
from engine.people import ask, audited, enrolled, fetch, figures, outcomes, stored
from guerdon.core.commands import Hold
from guerdon.core.members import EMAIL, PHONE, Identifier, Profile
from guerdon.core.memberships import MembershipState
from guerdon.core.refusals import AccountClosed, IdentifierTaken, ProfileInvalid, ProgramNotFound
from guerdon.engine import Engine, enrolling, erasing, finding, merging, people, posting, reading
from guerdon.engine.enrolling import NUMBER_DIGITS
from guerdon.engine.people import Person
from guerdon.storage.within import Within
from storage.racing import WAITING

MIRA = Profile(first_name="Mira", last_name="Kaya", email="mira@example.com", phone="+436601234567")


async def test_somebody_new_gets_a_number_a_membership_and_an_empty_account(engine: Engine, shop: Shop) -> None:
    """And everything reads back as it was answered."""
    made = await enrolled(engine, shop, namespace="till.customer", name="C-1", profile=MIRA)
    member, membership = made.member, made.membership
    assert member.profile == MIRA
    assert (member.serial, member.created_at) == (1, NOW)
    assert member.number.isdigit()
    assert len(member.number) == NUMBER_DIGITS
    assert member.identifiers == {
        "number": member.number,
        "till.customer": "C-1",
        EMAIL: "mira@example.com",
        PHONE: "+436601234567",
    }
    assert made.program == shop.program
    assert (membership.program_id, membership.chain_id) == (shop.program.id, shop.program.chain_id)
    assert (membership.state, membership.is_primary, membership.number) == (
        MembershipState.ENROLLED,
        True,
        member.number,
    )
    assert figures(membership.balance) == (0, 0, 0, 0)
    assert await reading.member(engine, shop.caller, member.id) == member
    assert await reading.memberships_of(engine, shop.caller, member.id) == [membership]


async def test_serials_count_members_of_the_tenant(engine: Engine, shop: Shop) -> None:
    """Without gaps, whether or not some enrolments in between were refused; numbers give nothing away."""
    made = []
    for name in "abc":
        made.append((await enrolled(engine, shop, name=name)).member)
        with pytest.raises(IdentifierTaken):
            await enrolled(engine, shop, name=name)
    assert [member.serial for member in made] == [1, 2, 3]
    assert len({member.number for member in made}) == 3


@pytest.mark.parametrize(
    "again",
    [
        Profile(email="mira@example.com"),
        Profile(email="MIRA@Example.COM"),
        Profile(phone="+436601234567"),
        Profile(email="another@example.com", phone="+436601234567"),
    ],
)
async def test_an_address_or_a_number_finds_the_member(engine: Engine, shop: Shop, again: Profile) -> None:
    """Known through one surface, met through another: the same member, and both names lead to it."""
    first = await enrolled(engine, shop, namespace="till.customer", name="C-1", profile=MIRA)
    second = await enrolled(engine, shop, namespace="web.customer", profile=again)
    assert second.member.id == first.member.id
    assert second.membership == first.membership
    assert second.member.identifiers["till.customer"] == "C-1"
    assert second.member.identifiers["web.customer"] == first.member.number
    (members,) = await fetch(engine, "SELECT count(*) FROM members WHERE tenant_id = $1", shop.caller.tenant_id)
    assert members["count"] == 1


async def test_what_is_learned_later_is_added(engine: Engine, shop: Shop) -> None:
    """Newer details replace older ones, unknown ones erase nothing; a new address is one more way to be found."""
    first = await enrolled(engine, shop, namespace="till", profile=Profile(first_name="M.", phone=MIRA.phone))
    second = await enrolled(engine, shop, namespace="web", profile=replace(MIRA, last_name=None, city="Graz"))
    assert second.member.profile == Profile(first_name="Mira", phone=MIRA.phone, email=MIRA.email, city="Graz")
    third = await enrolled(engine, shop, namespace="tablet", profile=Profile(email="Mira@EXAMPLE.com"))
    assert third.member.id == first.member.id
    assert third.member.profile.email == "Mira@EXAMPLE.com", "as it was written last"
    assert third.member.identifiers[EMAIL] == "mira@example.com", "as it was taken first"


async def test_a_second_customer_of_the_same_surface_is_refused(engine: Engine, shop: Shop) -> None:
    """Whatever was sent with it is not taken over."""
    first = await enrolled(engine, shop, namespace="web", profile=MIRA)
    before = await stored(engine, shop.caller.tenant_id)
    with pytest.raises(IdentifierTaken) as refused:
        await enrolled(engine, shop, namespace="web", profile=replace(MIRA, first_name="Mirabel", city="Linz"))
    assert (refused.value.namespace, refused.value.value) == ("web", first.member.number)
    assert await stored(engine, shop.caller.tenant_id) == before


async def test_a_second_customer_may_be_kept_separate(engine: Engine, shop: Shop) -> None:
    """Where the surface lets people share an address: another member, and the address still leads to the first."""
    ours: dict[str, Any] = {"namespace": "x.username", "strict": False, "separate": True}
    first = await enrolled(engine, shop, **ours, name="mira", profile=MIRA)
    second = await enrolled(engine, shop, **ours, name="mirabel", profile=replace(MIRA, first_name="Mirabel"))
    assert second.member.id != first.member.id
    assert second.membership.account_id != first.membership.account_id
    assert second.member.profile.email == MIRA.email
    assert set(second.member.identifiers) == {"number", "x.username"}
    other = await enrolled(engine, shop, namespace="web", profile=Profile(email=MIRA.email))
    assert other.member.id == first.member.id


async def test_a_name_that_is_taken_is_refused(engine: Engine, shop: Shop) -> None:
    """User names are the same in any case; other names are not."""
    await enrolled(engine, shop, namespace="x.username", name="Mira")
    await enrolled(engine, shop, namespace="till", name="c-1")
    await enrolled(engine, shop, namespace="till", name="C-1")
    before = await stored(engine, shop.caller.tenant_id)
    for namespace, name in (("x.username", "MIRA"), ("till", "c-1")):
        for separate in (False, True):
            with pytest.raises(IdentifierTaken) as refused:
                await enrolled(engine, shop, namespace=namespace, name=name, separate=separate, profile=MIRA)
            assert (refused.value.namespace, refused.value.value) == (namespace, name)
    assert await stored(engine, shop.caller.tenant_id) == before


async def two_people(engine: Engine, shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    """The one who has the address, and the one who has the number."""
    one = await enrolled(engine, shop, namespace="till", profile=Profile(email=MIRA.email))
    two = await enrolled(engine, shop, namespace="till", profile=Profile(phone=MIRA.phone))
    return one.member.id, two.member.id


async def test_an_address_and_a_number_of_two_members_are_refused(engine: Engine, shop: Shop) -> None:
    """Where both must be right, nobody can say who that is."""
    await two_people(engine, shop)
    before = await stored(engine, shop.caller.tenant_id)
    with pytest.raises(IdentifierTaken) as refused:
        await enrolled(engine, shop, namespace="web", profile=MIRA)
    assert (refused.value.namespace, refused.value.value) == (PHONE, MIRA.phone)
    assert await stored(engine, shop.caller.tenant_id) == before


async def test_as_free_text_the_address_decides(engine: Engine, shop: Shop) -> None:
    """The number stays with whom it was."""
    one, two = await two_people(engine, shop)
    made = await enrolled(engine, shop, namespace="web", strict=False, profile=MIRA)
    assert made.member.id == one
    assert PHONE not in made.member.identifiers
    assert (await reading.member(engine, shop.caller, two)).identifiers[PHONE] == MIRA.phone


@pytest.mark.parametrize("turns", [1, 2, 3])
async def test_thirty_at_once_with_one_address_are_one_member(engine: Engine, shop: Shop, turns: int) -> None:
    """Through two surfaces: each lets one in, and both lead to the same member with one account."""
    spelled = [f"Mira.{turns}@example.com", f"mira.{turns}@EXAMPLE.COM", f"MIRA.{turns}@example.com"]
    asks = [
        ask(shop, namespace=("till", "web")[number % 2], profile=Profile(email=spelled[number % 3]))
        for number in range(30)
    ]
    done, refused = await outcomes(enrolling.enrol(engine, each) for each in asks)
    assert len(done) == 2
    assert len({made.member.id for made in done}) == 1
    assert len({made.membership.account_id for made in done}) == 1
    assert {type(refusal) for refusal in refused} == {IdentifierTaken}
    rows = await stored(engine, shop.caller.tenant_id)
    counts = {table: len(rows[table]) for table in ("members", "memberships", "accounts", "identifiers")}
    assert counts == {"members": 1, "memberships": 1, "accounts": 1, "identifiers": 4}


async def test_many_at_once_who_share_some_details(engine: Engine, shop: Shop) -> None:
    """Addresses and numbers crossing each other: everybody is told something, and nobody is there by half."""
    asks = [
        ask(
            shop,
            namespace=f"surface {number % 3}",
            profile=Profile(email=f"p{number % 5}@example.com", phone=f"+4366012345{number % 4:02}"),
        )
        for number in range(60)
    ]
    done, refused = await outcomes(enrolling.enrol(engine, each) for each in asks)
    assert len(done) + len(refused) == 60
    rows = await fetch(engine, "SELECT id, serial FROM members WHERE tenant_id = $1", shop.caller.tenant_id)
    assert sorted(row["serial"] for row in rows) == list(range(1, len(rows) + 1))
    assert {made.member.id for made in done} == {row["id"] for row in rows}
    kept = await stored(engine, shop.caller.tenant_id)
    assert len(kept["memberships"]) == len(kept["accounts"]) == len(rows)
    for made in done:
        for namespace, value in made.member.identifiers.items():
            assert await finding.member(engine, shop.caller, [Identifier(namespace, value)]) == made.member.id


async def test_one_name_at_once_goes_to_one(engine: Engine, shop: Shop) -> None:
    """And the others leave nothing behind."""
    asks = [ask(shop, namespace="x.username", name="mira", separate=True) for _ in range(20)]
    done, refused = await outcomes(enrolling.enrol(engine, each) for each in asks)
    assert (len(done), len(refused)) == (1, 19)
    rows = await stored(engine, shop.caller.tenant_id)
    assert (len(rows["members"]), len(rows["identifiers"]), len(rows["accounts"])) == (1, 2, 1)


async def test_tenants_are_apart(engine: Engine, shop: Shop) -> None:
    """The same person, name and address in two tenants are two members who know nothing of each other."""
    other = await open_shop(engine)
    one, two = await asyncio.gather(
        *(enrolled(engine, each, namespace="till", name="C-1", profile=MIRA) for each in (shop, other))
    )
    assert one.member.id != two.member.id
    assert (one.member.serial, two.member.serial) == (1, 1)
    assert (one.program.id, two.program.id) == (shop.program.id, other.program.id)
    before = await stored(engine, other.caller.tenant_id)
    for program_id in (other.program.id, uuid.uuid4()):
        with pytest.raises(ProgramNotFound):
            await enrolled(engine, shop, program_id=program_id)
    assert await stored(engine, other.caller.tenant_id) == before


@pytest.mark.parametrize(
    "wrong",
    [{"email": "mira"}, {"phone": "0660 1234567"}, {"date_of_birth": "2.7.1990"}],
)
async def test_a_detail_that_must_be_right(engine: Engine, shop: Shop, wrong: dict[str, str]) -> None:
    """It is named, and nobody is enrolled."""
    before = await stored(engine, shop.caller.tenant_id)
    with pytest.raises(ProfileInvalid) as refused:
        await enrolled(engine, shop, profile=replace(MIRA, **wrong))
    assert [refused.value.field] == list(wrong)
    assert await stored(engine, shop.caller.tenant_id) == before


async def test_the_points_that_come_with_an_enrolment_are_written_as_they_are(engine: Engine, shop: Shop) -> None:
    """To the last digit, as an entry; of a known member they replace what is available, and holds stay."""
    points = Decimal("20.37076232692728")
    made = await enrolled(engine, shop, namespace="x", profile=MIRA, available=points)
    assert (made.membership.balance.posted, made.membership.balance.lifetime) == (points, points)
    (entry,) = await reading.entries(engine, shop.caller, made.membership.id, before=9, limit=9)
    assert (entry.kind, entry.points, entry.surface) == ("set", points, "test")
    hold = Hold(
        caller=shop.caller,
        account_id=made.membership.account_id,
        at=NOW,
        hold_id=engine.new_id(),
        points=Decimal(5),
    )
    await posting.post(engine, hold)
    again = await enrolled(engine, shop, namespace="y", profile=MIRA, available=Decimal(3))
    assert figures(again.membership.balance) == (8, 5, points, 2)
    assert again.membership.balance.available == 3
    assert await audited(engine, shop.caller.tenant_id) == 2


async def test_points_that_cannot_be_written_undo_the_enrolment(engine: Engine, shop: Shop) -> None:
    """The name, the address and the profile that were already written go with them."""
    made = await enrolled(engine, shop, namespace="till", profile=Profile(email=MIRA.email))
    await fetch(engine, "UPDATE accounts SET closed_at = $2 WHERE id = $1", made.membership.account_id, NOW)
    before = await stored(engine, shop.caller.tenant_id)
    with pytest.raises(AccountClosed):
        await enrolled(engine, shop, namespace="web", profile=MIRA, available=Decimal(3))
    assert await stored(engine, shop.caller.tenant_id) == before


async def test_a_membership_that_is_there_stays_and_another_program_makes_another(engine: Engine, shop: Shop) -> None:
    """Of several only one is primary; a deleted one does not come back."""
    made = await enrolled(engine, shop, namespace="till", profile=MIRA)
    second = replace(shop.program, id=uuid.uuid4(), code="Q")
    insert = "INSERT INTO programs (id, tenant_id, chain_id, code, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
    await fetch(engine, insert, second.id, shop.caller.tenant_id, second.chain_id, second.code, second.name, NOW)
    other = await enrolled(engine, shop, namespace="web", profile=MIRA, program_id=second.id)
    assert (other.member.id, other.program.id) == (made.member.id, second.id)
    assert (made.membership.is_primary, other.membership.is_primary) == (True, False)
    assert await reading.memberships_of(engine, shop.caller, made.member.id) == [made.membership, other.membership]
    await fetch(engine, "UPDATE memberships SET deleted_at = $2 WHERE id = $1", made.membership.id, NOW)
    back = await enrolled(engine, shop, namespace="tablet", profile=MIRA)
    assert back.membership.id != made.membership.id
    assert back.membership.account_id != made.membership.account_id


async def test_registering_makes_a_member_without_a_membership(engine: Engine, shop: Shop) -> None:
    """With the same rules on who that is; enrolled later, it is the same member."""
    member = await enrolling.register(engine, ask(shop, namespace="till", name="C-1", profile=MIRA))
    assert await reading.memberships_of(engine, shop.caller, member.id) == []
    with pytest.raises(IdentifierTaken):
        await enrolling.register(engine, ask(shop, namespace="till", profile=MIRA))
    made = await enrolled(engine, shop, namespace="web", profile=MIRA)
    assert made.member.id == member.id
    assert made.membership.is_primary


async def test_a_given_id_is_the_member_s(engine: Engine, shop: Shop) -> None:
    """Of the member that is made; one that is known keeps its own."""
    given = uuid.uuid4()
    made = await enrolled(engine, shop, namespace="till", profile=MIRA, member_id=given)
    assert made.member.id == given
    again = await enrolled(engine, shop, namespace="web", profile=MIRA, member_id=uuid.uuid4())
    assert again.member.id == given


async def test_a_password_is_kept_as_a_slow_hash_only(engine: Engine, shop: Shop) -> None:
    """And one that is not given leaves the old one."""
    made = await enrolled(engine, shop, namespace="x", profile=MIRA, password="plum-7-orchard")
    (row,) = await fetch(engine, "SELECT password_hash FROM members WHERE id = $1", made.member.id)
    assert row["password_hash"].startswith("$argon2id$")
    await enrolled(engine, shop, namespace="y", profile=MIRA)
    (kept,) = await fetch(engine, "SELECT password_hash FROM members WHERE id = $1", made.member.id)
    assert kept == row
    assert "plum-7-orchard" not in repr(await stored(engine, shop.caller.tenant_id))


@pytest.mark.parametrize("way", ["erase", "merge"])
async def test_who_is_known_is_erased_or_goes_up_in_another_meanwhile(engine: Engine, shop: Shop, way: str) -> None:
    """Whoever comes with the address then is somebody new, or the one that has it by now."""
    profile = Profile(email=f"{way}@meanwhile.example")
    ada, ben = [(await enrolled(engine, shop, profile=each)).member.id for each in (profile, Profile())]
    person = Person(profile=profile)
    async with engine.database.transaction() as connection:
        inside = replace(engine, database=Within(connection))
        if way == "erase":
            await erasing.erase(inside, shop.caller.tenant_id, ada)
        else:
            await merging.merge(inside, shop.caller, into_id=ben, from_id=ada)
        adding = asyncio.create_task(people.add(engine, shop.caller, NOW, person, overwrite=True))
        enrolling_ = asyncio.create_task(enrolled(engine, shop, namespace="till.customer", profile=profile))
        async with asyncio.timeout(30):
            while (await fetch(engine, WAITING))[0][0] < 2:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
    added, made = await adding, await enrolling_
    assert added.id == made.member.id != ada
    assert way == "erase" or added.id == ben
