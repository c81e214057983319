"""Members that their merchant makes, changes and erases, with the names that they answer to."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from conftest import NOW, Shop
from engine.people import fetch
from guerdon.core.members import Identifier, Member, Profile, Roll
from guerdon.core.refusals import IdentifierTaken, MemberNotFound, ProfileInvalid, ProgramNotFound
from guerdon.engine import Engine, erasing, finding, merging, reading, registering
from guerdon.engine.registering import Registration

SHARED = "+4530123456"


async def somebody(engine: Engine, shop: Shop, **facts: Any) -> Member:
    said = {"profile": Profile(first_name="Mira"), **facts}
    return await registering.register(
        engine, Registration(caller=shop.caller, at=NOW, member_id=engine.new_id(), **said)
    )


async def test_a_member_answers_to_all_its_names(engine: Engine, shop: Shop) -> None:
    profile = Profile(email="Mira@Example.com", phone=SHARED)
    made = await somebody(engine, shop, profile=profile, names={"card": "7"}, program_id=shop.program.id)
    for name in (Identifier("email", "mira@example.com"), Identifier("phone", SHARED), Identifier("card", "7")):
        assert await finding.member(engine, shop.caller, [name]) == made.id
    (membership,) = await reading.memberships_of(engine, shop.caller, made.id)
    assert (membership.program_id, membership.is_primary) == (shop.program.id, True)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"profile": Profile(email="MIRA@example.com")}, IdentifierTaken),
        ({"names": {"card": "7"}}, IdentifierTaken),
        ({"profile": Profile(phone="12")}, ProfileInvalid),
        ({"profile": Profile(date_of_birth="x")}, ProfileInvalid),
        ({"program_id": uuid.uuid4()}, ProgramNotFound),
    ],
)
async def test_what_cannot_be_makes_nobody(
    engine: Engine, shop: Shop, facts: dict[str, Any], refusal: type[Exception]
) -> None:
    first = await somebody(engine, shop, profile=Profile(email="mira@example.com"), names={"card": "7"})
    with pytest.raises(refusal):
        await somebody(engine, shop, **facts)
    assert await registering.page(engine, shop.caller, Roll(), after=None, limit=9) == [first]


async def test_a_change_moves_the_names_that_follow_it(engine: Engine, shop: Shop) -> None:
    made = await somebody(engine, shop, profile=Profile(email="old@example.com"), names={"card": "7", "till": "1"})
    other = await somebody(engine, shop, names={"card": "8"})
    profile = replace(made.profile, email="new@example.com")
    changed = await registering.change(engine, shop.caller, NOW, made, profile, {"card": "9", "till": None})
    assert changed.identifiers == {"number": made.number, "email": "new@example.com", "card": "9"}
    with pytest.raises(IdentifierTaken):
        await registering.change(engine, shop.caller, NOW, changed, changed.profile, {"card": "8"})
    for gone in (Identifier("email", "old@example.com"), Identifier("card", "7")):
        with pytest.raises(MemberNotFound):
            await finding.member(engine, shop.caller, [gone])
    await registering.add_name(engine, shop.caller, NOW, other, Identifier("card", "7"))
    assert [name.value for name in await registering.names_of(engine, shop.caller, other.id)] == [
        "7",
        "8",
        other.number,
    ]
    await registering.drop_names(engine, shop.caller, NOW, other, Identifier("card", "8"))
    assert (await reading.member(engine, shop.caller, other.id)).identifiers["card"] == "7"


async def test_a_name_that_is_said_as_it_is_shown_is_let_be(engine: Engine, shop: Shop) -> None:
    """With the one beside it that came by a merge, which goes back with it; all of a namespace can go at once."""
    made, twin = await somebody(engine, shop, names={"card": "1"}), await somebody(engine, shop, names={"card": "2"})
    merge, _ = await merging.merge(engine, shop.caller, into_id=made.id, from_id=twin.id)
    one = await reading.member(engine, shop.caller, made.id)
    same = await registering.change(engine, shop.caller, NOW, one, one.profile, {"card": "1"})
    assert same == one
    await merging.unmerge(engine, shop.caller, merge.id)
    assert (await reading.member(engine, shop.caller, twin.id)).identifiers["card"] == "2"
    await registering.add_name(engine, shop.caller, NOW, made, Identifier("card", "3"))
    await registering.drop_names(engine, shop.caller, NOW, made, Identifier("card", ""))
    assert (await reading.member(engine, shop.caller, made.id)).identifiers == {"number": made.number}


async def test_what_was_there_before_and_is_not_changed_is_not_checked(engine: Engine, shop: Shop) -> None:
    """Another surface may have taken free text, or a phone number that a family shares."""
    await somebody(engine, shop, profile=Profile(phone=SHARED))
    made = await somebody(engine, shop)
    lax = replace(made, profile=Profile(phone=SHARED, email="no address"))
    changed = await registering.change(engine, shop.caller, NOW, lax, replace(lax.profile, city="Aarhus"), {})
    assert changed.profile == Profile(phone=SHARED, email="no address", city="Aarhus")


async def test_who_is_erased_is_nobody_any_more(engine: Engine, shop: Shop) -> None:
    """Whoever had gone up in it too; the account and its entries stay."""
    profile = Profile(email="gone@example.com")
    gone = await somebody(engine, shop, profile=profile, names={"card": "7"}, program_id=shop.program.id)
    twin = await somebody(engine, shop, profile=Profile(last_name="Kaya"))
    await merging.merge(engine, shop.caller, into_id=gone.id, from_id=twin.id)
    (membership,) = await reading.memberships_of(engine, shop.caller, gone.id)
    await erasing.erase(engine, shop.caller.tenant_id, gone.id)
    for known in (gone, twin):
        with pytest.raises(MemberNotFound):
            await reading.member(engine, shop.caller, known.id)
        with pytest.raises(MemberNotFound):
            await registering.locked(engine, shop.caller, known.id)
        with pytest.raises(MemberNotFound):
            await registering.names_of(engine, shop.caller, known.id)
    assert await registering.page(engine, shop.caller, Roll(), after=None, limit=9) == []
    rows = await fetch(engine, "SELECT profile, details FROM members WHERE tenant_id = $1", shop.caller.tenant_id)
    assert {(str(row["profile"]), str(row["details"])) for row in rows} == {("{}", "{}")}
    assert await fetch(engine, "SELECT 1 FROM accounts WHERE id = $1", membership.account_id)
    again = await somebody(engine, shop, profile=profile, names={"card": "7"})
    assert again.id != gone.id


async def test_pages_are_stable_while_members_come(engine: Engine, shop: Shop) -> None:
    made = [await somebody(engine, shop, profile=Profile(first_name=name)) for name in ("Ada", "Bo", "Adam")]
    newest = await registering.page(engine, shop.caller, Roll(), after=None, limit=2)
    await somebody(engine, shop)
    assert [m.id for m in newest] == [made[2].id, made[1].id]
    assert await registering.page(engine, shop.caller, Roll(), after=newest[-1].serial, limit=2) == [made[0]]
    oldest = Roll(is_ascending=True, name="aDa")
    assert await registering.page(engine, shop.caller, oldest, after=None, limit=9) == [made[0], made[2]]
    assert await registering.page(engine, shop.caller, oldest, after=made[0].serial, limit=9) == [made[2]]
    greek = await somebody(engine, shop, profile=Profile(first_name="ΓΙΩΡΓΟΣ"))
    assert await registering.page(engine, shop.caller, Roll(name="ΓΙΩΡΓΟΣ"), after=None, limit=9) == [greek]
    nobody = (Roll(program_ids=[shop.program.id]), Roll(created=(None, NOW)), Roll(name="%"))
    assert [await registering.page(engine, shop.caller, roll, after=None, limit=9) for roll in nobody] == [[], [], []]
