"""A copy of a tenant is all of it, and restores to the same; what is kept of a member is told, and can be erased."""

import asyncio
import gzip
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from conftest import Shop, cloned, open_shop
from engine.people import OF_TENANT, enrolled, fetch, stored
from engine.test_notifying import earn, events
from guerdon.core.changes import Change
from guerdon.core.members import Profile
from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, annotating, auditing, erasing, merging, notifying, porting, posting, subscribing
from guerdon.engine.porting import AlreadyThereError, UnusableCopyError
from guerdon.storage import changes
from guerdon.storage.portable import LEFT_OUT, tables
from lives import DAY, LATER, Life, account_in, lived, turn


async def copied(engine: Engine, shop: Shop, path: Path) -> int:
    return [count async for count in porting.write(engine, shop.caller.tenant_id.hex, path)][-1]


async def restored(engine: Engine, path: Path) -> int:
    return [count async for count in porting.read(engine, path)][-1]


async def a_life(engine: Engine) -> Life:
    """With everything that a tenant may have."""
    life = await lived(engine)
    turn(engine, LATER)
    shop = life.shop
    ada, ben = await enrolled(engine, shop), await enrolled(engine, shop)
    await annotating.add(engine, shop.caller, ada.member.id, "shoe size", "38")
    await merging.merge(engine, shop.caller, into_id=ada.member.id, from_id=ben.member.id)
    await subscribing.create(engine, shop.caller, "https://shop.example.com/")
    return life


async def test_every_table_is_in_a_copy_or_left_out_for_a_reason(engine: Engine) -> None:
    """A new table is in one of the two lists."""
    rows = await fetch(
        engine, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    assert {row["relname"] for row in rows} == {*tables(), *LEFT_OUT}
    assert set(OF_TENANT) - {"lots"} <= set(tables())


async def test_a_copy_restores_to_the_same(alone: Engine, cluster: str, template: str, tmp_path: Path) -> None:
    """All rows of all tables, to the last digit; the audit of the ledger finds nothing to say."""
    life = await a_life(alone)
    tenant_id, path = life.shop.caller.tenant_id, tmp_path / "copy.jsonl.gz"
    await fetch(
        alone,
        "INSERT INTO changes (id, tenant_id, at, surface, actor, action, kind, subject_id, after)"
        " VALUES ($1, $2, now(), 'native', $1, 'createProgram', 'program', $1, $3) RETURNING id",
        uuid4(), tenant_id, '{"name":"Café","code":"C","rate":1E-7}',
    )  # fmt: skip
    count = await copied(alone, life.shop, path)
    before = await stored(alone, tenant_id)
    assert sum(map(len, before.values())) > 60
    copy = cloned(cluster, template)
    dsn = await asyncio.to_thread(copy.__enter__)
    try:
        async with Engine.running(dsn, clock=alone.clock) as other:
            assert await restored(other, path) == count
            assert await stored(other, tenant_id) == before
            assert (await auditing.accounts(other, life.accounts))[1] == []
            again = tmp_path / "again.jsonl.gz"
            await copied(other, life.shop, again)
            assert rows_of(again) == rows_of(path)
            with pytest.raises(AlreadyThereError):
                await restored(other, path)
    finally:
        await asyncio.to_thread(copy.__exit__, None, None, None)


async def test_webhooks_of_a_copy_go_on(alone: Engine, cluster: str, template: str, tmp_path: Path) -> None:
    """What happens from the restoring on is told, with numbers that go on; nothing from before is told once more."""
    turn(alone, LATER)
    shop = await open_shop(alone)
    endpoint = await subscribing.create(alone, shop.caller, "https://shop.example.com/", events=["points.earned"])
    ada = await account_in(alone, shop, "Ada")

    async def earned(engine: Engine, points: int) -> list[tuple[int, int]]:
        await posting.post(engine, earn(shop, ada, engine, points))
        await notifying.collect(engine)
        return [(each["sequence"], each["data"]["points"]) for each in await events(engine, endpoint.id)]

    (told,) = await earned(alone, 1)
    await copied(alone, shop, tmp_path / "copy.jsonl.gz")
    copy = cloned(cluster, template)
    dsn = await asyncio.to_thread(copy.__enter__)
    try:
        async with Engine.running(dsn, clock=alone.clock) as other:
            turn(other, LATER + DAY)
            await restored(other, tmp_path / "copy.jsonl.gz")
            assert await earned(other, 2) == [(told[0] + 1, 2)]
    finally:
        await asyncio.to_thread(copy.__exit__, None, None, None)


async def test_a_copy_takes_the_place_of_a_file_only(engine: Engine, shop: Shop, tmp_path: Path) -> None:
    """A folder, or a device such as `/dev/stdout`, is left as it is, and nothing is written."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (tmp_path, pipe):
        with pytest.raises(UnusableCopyError, match="is no file"):
            await copied(engine, shop, place)
    assert pipe.is_fifo()


async def test_a_disk_that_is_full_is_told(engine: Engine, shop: Shop, tmp_path: Path) -> None:
    """Also where it is found out by the last bytes only, when the file is closed."""
    (tmp_path / "copy.jsonl.gz.part").symlink_to("/dev/full")
    with pytest.raises(UnusableCopyError, match="No space left"):
        await copied(engine, shop, tmp_path / "copy.jsonl.gz")


def rows_of(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()[1:]


@pytest.mark.parametrize("wrong", ["end", "row", "head", "schema", "table", "live", "text"])
async def test_what_is_no_whole_copy_is_refused(engine: Engine, tmp_path: Path, wrong: str) -> None:
    """And changes nothing."""
    shop = await open_shop(engine)
    path = tmp_path / "copy.jsonl.gz"
    await copied(engine, shop, path)
    head, *rows, end = gzip.decompress(path.read_bytes()).decode().splitlines()
    lines = {
        "end": [head, *rows],
        "row": [head, *rows[1:], end],
        "head": ["{}", *rows, end],
        "schema": [head.replace("0001_", "0000_"), *rows, end],
        "table": [head, '{"table": "pg_class", "row": {}}', end],
        "live": [
            head,
            rows[0]
            .replace(str(shop.caller.tenant_id), str(UUID(int=1)))
            .replace('"live_id": null', f'"live_id": "{UUID(int=2)}"')
            .replace('"slug": "', '"slug": "s'),
            '{"rows": 1}',
        ],
        "text": [],
    }[wrong]
    path.write_bytes(gzip.compress("\n".join(lines).encode()) if lines else b"no gzip")
    with pytest.raises((UnusableCopyError, AlreadyThereError)):
        await restored(engine, path)
    assert len(await fetch(engine, "SELECT 1 FROM tenants WHERE id = $1", shop.caller.tenant_id)) == 1


async def person(engine: Engine) -> tuple[Shop, UUID]:
    """Somebody with all that can be known of a person."""
    life = await lived(engine)
    turn(engine, LATER)
    (row,) = await fetch(engine, "SELECT member_id FROM memberships WHERE account_id = $1", life.full)
    member_id: UUID = row["member_id"]
    double, triple = [
        await enrolled(engine, life.shop, profile=Profile(full_name=f"Ada {name}", email=f"ada-{name}@example.org"))
        for name in ("Double", "Triple")
    ]
    await merging.merge(engine, life.shop.caller, into_id=double.member.id, from_id=triple.member.id)
    await merging.merge(engine, life.shop.caller, into_id=member_id, from_id=double.member.id)
    await annotating.add(engine, life.shop.caller, member_id, "shoe size", "38")
    return life.shop, member_id


async def test_what_is_kept_of_a_member_is_told_whole(alone: Engine) -> None:
    """Under the ids of those that went up in it too, and nothing of anybody else; nobody else's tenant finds it."""
    shop, member_id = await person(alone)
    told: dict[str, list[Any]] = json.loads(
        msgspec.json.encode(await porting.member(alone, shop.caller.tenant_id, member_id)), parse_float=Decimal
    )
    assert {row["profile"]["full_name"] for row in told["members"]} == {"Ada", "Ada Double", "Ada Triple"}
    assert {row["value"] for row in told["member_metadata"]} == {"38"}
    assert len(told["accounts"]) == 3
    (double,) = [row["id"] for row in told["members"] if row["profile"]["full_name"] == "Ada Double"]
    same = await porting.member(alone, shop.caller.tenant_id, UUID(double))
    assert json.loads(msgspec.json.encode(same), parse_float=Decimal) == told
    assert len(told["entries"]) >= 10
    assert "password_hash" not in told["members"][0]
    assert not {"tenants", "credentials", "webhook_endpoints"} & set(told)
    stranger = await open_shop(alone)
    with pytest.raises(MemberNotFound):
        await porting.member(alone, stranger.caller.tenant_id, member_id)


async def test_what_is_kept_of_a_member_has_what_was_changed_of_its_memberships(alone: Engine) -> None:
    """And of those that had come with who went up in it; of nobody else's."""
    shop, member_id = await person(alone)
    tenant_id = shop.caller.tenant_id
    rows = await fetch(alone, "SELECT id, member_id FROM memberships WHERE tenant_id = $1", tenant_id)
    whose = await fetch(alone, "SELECT id FROM members WHERE id = $1 OR merged_into = $1", member_id)
    ids = {row["id"] for row in rows if row["member_id"] in {each["id"] for each in whose}}
    assert len(ids) >= 3
    assert len(ids) < len(rows)
    for each in (*rows, *whose):
        change = Change(
            id=alone.new_id(), at=LATER, surface="native", actor=tenant_id, action="a", kind="k", subject_id=each["id"]
        )
        async with alone.database.transaction() as connection:
            await changes.insert(connection, tenant_id, change)
    told = json.loads(msgspec.json.encode(await porting.member(alone, tenant_id, member_id)))
    assert [row["id"] for row in told["changes"]] == sorted(row["id"] for row in told["changes"])
    assert {UUID(row["subject_id"]) for row in told["changes"]} == ids | {each["id"] for each in whose}


async def test_a_person_is_erased_and_the_books_are_kept(alone: Engine) -> None:
    """Nothing in any table says who it was; every entry and lot is as it was."""
    shop, member_id = await person(alone)
    tenant_id = shop.caller.tenant_id
    books = ("accounts", "entries", "lots", "consumptions", "holds", "pending_earns", "ledger_keys")
    card = "UPDATE memberships SET number = 'ada-card' WHERE member_id = $1 AND deleted_at IS NULL"
    await fetch(alone, card, member_id)
    before = await stored(alone, tenant_id)
    stranger = await open_shop(alone)
    with pytest.raises(MemberNotFound):
        await erasing.erase(alone, stranger.caller.tenant_id, member_id)
    (double, *_) = await fetch(alone, "SELECT id FROM members WHERE merged_into = $1", member_id)
    with pytest.raises(MemberNotFound):
        await erasing.erase(alone, tenant_id, double["id"])
    await erasing.erase(alone, tenant_id, member_id)
    after = await stored(alone, tenant_id)
    assert "ada-card" in str(before)
    assert "ada-" not in str(after).lower()
    assert {table: after[table] for table in books} == {table: before[table] for table in books}
    told = await porting.member(alone, tenant_id, member_id)
    text = msgspec.json.encode(told).decode()
    assert "Ada" not in text
    assert "@example.org" not in text
    assert "38" not in [row.get("value") for row in told.get("member_metadata", [])]
    names = await fetch(alone, "SELECT namespace FROM identifiers WHERE member_id = $1", member_id)
    assert {row["namespace"] for row in names} == {"number"}


async def test_who_was_another_for_a_while_is_erased_whole(engine: Engine, shop: Shop) -> None:
    """Its names are not left with the merges that were undone, of its own and of whom it had gone up in."""
    ada, ben, cleo = [
        (await enrolled(engine, shop, profile=Profile(email=f"{name}@undone.example"))).member.id
        for name in ("ada", "ben", "cleo")
    ]
    first, _ = await merging.merge(engine, shop.caller, into_id=ben, from_id=ada)
    second, _ = await merging.merge(engine, shop.caller, into_id=cleo, from_id=ben)
    await merging.unmerge(engine, shop.caller, second.id)
    await merging.unmerge(engine, shop.caller, first.id)
    await erasing.erase(engine, shop.caller.tenant_id, ada)
    assert await fetch(engine, "SELECT 1 FROM merged_identifiers WHERE canonical = 'ada@undone.example'") == []
