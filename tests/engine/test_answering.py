"""Writes that are no postings: one transaction with their answer, once for a key, whoever asks how often."""

import asyncio
import uuid
from dataclasses import replace
from uuid import UUID

import pytest

from conftest import NOW, Shop
from engine.people import fetch
from guerdon.core.changes import Change, ChangeFilter
from guerdon.core.members import Profile
from guerdon.core.refusals import IdentifierTaken, KeyReused, MemberNotFound
from guerdon.engine import Engine, answering
from guerdon.engine.answering import Given, Write
from guerdon.storage import answers, members


def ask(shop: Shop, key: str | None, fingerprint: bytes = b"f") -> Write:
    return Write(caller=shop.caller, at=NOW, key=key, fingerprint=fingerprint)


async def made(engine: Engine, shop: Shop, member_id: UUID) -> Given:
    """A write that cannot be done twice."""
    async with engine.database.connection() as connection:
        await members.insert(connection, shop.caller.tenant_id, member_id, Profile(), None, NOW)
    return Given(status=200, body=b"made", headers={"ETag": '"1"'}, about=member_id)


async def count(engine: Engine, shop: Shop) -> int:
    rows = await fetch(engine, "SELECT count(*) FROM members WHERE tenant_id = $1", shop.caller.tenant_id)
    return int(rows[0][0])


async def test_of_many_at_once_one_writes_and_all_get_its_answer(engine: Engine, shop: Shop) -> None:
    """The others wait for it: none of them answers before it is on disk."""
    given = await asyncio.gather(
        *(answering.once(engine, ask(shop, "k"), lambda inside: made(inside, shop, uuid.uuid4())) for _ in range(8))
    )
    assert [each.replayed for each in given].count(False) == 1
    assert {(each.status, each.body, each.headers["ETag"]) for each in given} == {(200, b"made", '"1"')}
    assert await count(engine, shop) == 1


async def test_a_key_is_for_one_request(engine: Engine, shop: Shop) -> None:
    await answering.once(engine, ask(shop, "k"), lambda inside: made(inside, shop, uuid.uuid4()))
    with pytest.raises(KeyReused):
        await answering.once(engine, ask(shop, "k", b"g"), lambda inside: made(inside, shop, uuid.uuid4()))
    assert await count(engine, shop) == 1


async def test_what_is_refused_writes_nothing_and_uses_no_key(engine: Engine, shop: Shop) -> None:
    async def refused(inside: Engine) -> Given:
        await made(inside, shop, uuid.uuid4())
        raise IdentifierTaken("card", "1")

    for _ in range(2):
        with pytest.raises(IdentifierTaken):
            await answering.once(engine, ask(shop, "k"), refused)
    assert await count(engine, shop) == 0
    assert not (await answering.once(engine, ask(shop, "k"), lambda i: made(i, shop, uuid.uuid4()))).replayed


async def test_what_was_answered_about_somebody_can_be_forgotten(engine: Engine, shop: Shop) -> None:
    """And the key stays used: a late repeat makes nobody anew."""
    somebody = uuid.uuid4()
    await answering.once(engine, ask(shop, "k"), lambda inside: made(inside, shop, somebody))
    async with engine.database.connection() as connection:
        await answers.forget(connection, shop.caller.tenant_id, somebody)
    with pytest.raises(MemberNotFound):
        await answering.once(engine, ask(shop, "k"), lambda inside: made(inside, shop, uuid.uuid4()))
    assert await count(engine, shop) == 1


async def test_changes_are_logged_with_the_write_and_read_newest_first(engine: Engine, shop: Shop) -> None:
    caller = shop.caller
    change = Change(
        id=engine.new_id(), at=NOW, surface="test", actor=caller.credential_id, action="a", kind="tier",
        subject_id=uuid.uuid4(), after='{"cost": 0.10}',
    )  # fmt: skip

    async def logged(inside: Engine) -> Given:
        return replace(await made(inside, shop, uuid.uuid4()), change=replace(change, id=engine.new_id()))

    for key in ("1", "1", "2"):
        await answering.once(engine, ask(shop, key), logged)
    found = await answering.log(engine, caller, ChangeFilter(kind="tier"), before=None, limit=9)
    assert [(each.kind, each.after, each.before) for each in found] == [("tier", '{"cost": 0.10}', None)] * 2
    assert found[0].id > found[1].id
    assert await answering.log(engine, caller, ChangeFilter(), before=found[0].id, limit=9) == found[1:]
    for nothing in (ChangeFilter(kind="x"), ChangeFilter(actor=uuid.uuid4()), ChangeFilter(until=NOW)):
        assert await answering.log(engine, caller, nothing, before=None, limit=9) == []
