"""Names lead to a member and to the account that stands for it, within the tenant, whatever is asked."""

import asyncio
from uuid import UUID

import pytest

from conftest import NOW, Shop, open_shop
from guerdon.core.members import NUMBER, Identifier, Profile
from guerdon.core.refusals import MemberNotFound, NotEnrolled
from guerdon.engine import Engine, enrolling, finding, naming
from guerdon.engine.enrolling import Enrolled, Enrolment


async def enrolled(engine: Engine, shop: Shop, name: str) -> Enrolled:
    """A new member with a card."""
    ask = Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="card", name=name)
    return await enrolling.enrol(engine, ask)


async def test_a_name_leads_to_the_account(engine: Engine, shop: Shop) -> None:
    """The first of the names that anybody has."""
    ada, bruno = await enrolled(engine, shop, "1"), await enrolled(engine, shop, "2")
    names = [Identifier("card", "unknown"), Identifier("card", "2"), Identifier("card", "1")]
    found = await finding.account(engine, shop.caller, names)
    assert (found.member_id, found.account_id) == (bruno.member.id, bruno.membership.account_id)
    assert found.membership_id == bruno.membership.id
    assert await finding.member(engine, shop.caller, [Identifier(NUMBER, ada.member.number)]) == ada.member.id


@pytest.mark.parametrize("value", ["unknown", "", "\0", "1\0", "x" * 513, "x" * 100_000, "1' OR ''='"])
async def test_nobody_answers(engine: Engine, shop: Shop, value: str) -> None:
    """The refusal repeats what was asked, and not without end."""
    await enrolled(engine, shop, "1")
    with pytest.raises(MemberNotFound) as refused:
        await finding.member(engine, shop.caller, [Identifier("card", value)])
    assert len(refused.value.identifier) <= naming.LONGEST


async def test_another_tenants_member_is_nobody(engine: Engine, shop: Shop) -> None:
    """As one that does not exist."""
    await enrolled(engine, shop, "1")
    stranger = (await open_shop(engine)).caller
    with pytest.raises(MemberNotFound):
        await finding.account(engine, stranger, [Identifier("card", "1")])


async def test_a_member_without_a_membership(engine: Engine, shop: Shop) -> None:
    """Is known, and has no account."""
    ask = Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="card", name="1")
    member = await enrolling.register(engine, ask)
    assert await finding.member(engine, shop.caller, [Identifier("card", "1")]) == member.id
    with pytest.raises(NotEnrolled):
        await finding.account(engine, shop.caller, [Identifier("card", "1")])


async def test_many_ask_at_once(engine: Engine, shop: Shop) -> None:
    """Together they are a few queries, and each still gets its own answer."""
    known = {str(n): (await enrolled(engine, shop, str(n))).member.id for n in range(5)}

    async def ask(n: int) -> UUID | None:
        try:
            return await finding.member(engine, shop.caller, [Identifier("card", str(n))])
        except MemberNotFound:
            return None

    found = await asyncio.gather(*(ask(n % 10) for n in range(500)))
    assert found == [known.get(str(n % 10)) for n in range(500)]
