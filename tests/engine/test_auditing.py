"""An audit goes through everything chunk by chunk, can be stopped anywhere, and goes on with what it had found."""

import uuid
from typing import Any

import pytest

from conftest import NOW
from guerdon.core.audits import Finding, Kind, Progress, told
from guerdon.engine import Engine, auditing, merging
from guerdon.engine.auditing import AuditOvertaken, Plan
from guerdon.engine.finding import TenantUnknown
from lives import LATER, Life, lived, turn


async def spoil(engine: Engine, life: Life) -> None:
    """Makes every account's posted points wrong, one key, and one membership."""
    async with engine.database.transaction() as connection:
        await connection.execute("UPDATE accounts SET posted = posted + 1 WHERE id = ANY ($1)", life.accounts)
        await connection.execute("UPDATE ledger_keys SET points = 9 WHERE account_id = $1 AND key = 'k5'", life.full)
        await connection.execute("UPDATE memberships SET bucket = (bucket + 1) % 256 WHERE account_id = $1", life.empty)


async def run(engine: Engine, most: int | None = None, **plan: Any) -> list[Progress]:
    """The reports of an audit, or the first of them."""
    reports: list[Progress] = []
    async for report in auditing.audit(engine, Plan(**plan)):
        reports.append(report)
        if len(reports) == most:
            break
    return reports


def found_in(reports: list[Progress]) -> list[tuple[Kind, str]]:
    findings: list[Finding] = [finding for report in reports for finding in report.found]
    return [(f.kind, f.place.partition(" ")[0]) for f in told(findings)]


async def test_a_ledger_is_gone_through_once(alone: Engine) -> None:
    """Every account, key and membership is counted, however small the chunks; nothing disagrees."""
    await lived(alone)
    turn(alone, LATER)
    for chunk in (1, 7, 1000):
        reports = await run(alone, chunk=chunk, resume=False)
        assert found_in(reports) == []
        assert reports[0].checked == 0
        assert reports[-1].checked == reports[-1].total == reports[0].total > 10


async def test_it_goes_on_where_it_was_stopped(alone: Engine) -> None:
    """With all it had found until then; nothing is found twice."""
    life = await lived(alone)
    turn(alone, LATER)
    await spoil(alone, life)
    whole = await run(alone, chunk=2, resume=False)
    expected = [(Kind.KEY_ENTRY, "key"), (Kind.NO_ACCOUNT, "membership"), *[(Kind.POSTED_SUM, "")] * 4]
    assert sorted(found_in(whole)) == sorted(expected)
    for stop in (1, 2, 3, 9, 12):
        before = await run(alone, stop, chunk=2, resume=False)
        rest = await run(alone, chunk=2)
        assert rest[0].checked == before[-1].checked, stop
        assert rest[0].found == tuple(finding for report in before for finding in report.found), stop
        assert sorted(found_in(rest)) == sorted(expected), stop
        assert rest[-1].checked == rest[-1].total, stop
        assert (await run(alone, 1))[0].checked == 0, "what has come to its end is begun anew"


async def test_an_audit_can_be_begun_anew(alone: Engine) -> None:
    """What the stopped one had found is forgotten."""
    life = await lived(alone)
    turn(alone, LATER)
    await spoil(alone, life)
    await run(alone, 3, chunk=2)
    again = await run(alone, 1, chunk=2, resume=False)
    assert (again[0].checked, again[0].found) == (0, ())


async def test_a_tenant_is_audited_alone(alone: Engine) -> None:
    """What is wrong elsewhere is not told; its audit is another than that of all."""
    life = await lived(alone)
    turn(alone, LATER)
    async with alone.database.transaction() as connection:
        await connection.execute("UPDATE accounts SET posted = posted + 1 WHERE id = $1", life.debtor)
    assert found_in(await run(alone, slug=life.shop.caller.tenant_id.hex)) == []
    assert found_in(await run(alone)) == [(Kind.POSTED_SUM, "")]
    with pytest.raises(TenantUnknown):
        await run(alone, slug="nobody")


async def test_two_do_not_go_on_with_one_audit(alone: Engine) -> None:
    """The one that comes second is told, and spoils nothing."""
    await lived(alone)
    turn(alone, LATER)
    first = auditing.audit(alone, Plan(chunk=1))
    await anext(first)
    await anext(first)
    second = auditing.audit(alone, Plan(chunk=1))
    await anext(second)
    await anext(second)
    with pytest.raises(AuditOvertaken):
        await anext(first)
    async for _ in second:
        pass


async def test_some_accounts_are_audited_at_once(engine: Engine) -> None:
    """With the keys that lead to them; those that are not there are not counted."""
    life = await lived(engine)
    turn(engine, LATER)
    try:
        assert await auditing.accounts(engine, [*life.accounts, uuid.uuid4()]) == (4, [])
    finally:
        turn(engine, NOW)


async def test_members_that_were_merged_and_taken_apart_are_clean(engine: Engine) -> None:
    """Points, debt, lapsed lots that wait, holds, pending and lifetime points go there and back."""
    life = await lived(engine)
    turn(engine, LATER)
    try:
        async with engine.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT account_id, member_id FROM memberships WHERE account_id = ANY ($1)", life.accounts
            )
        member = {row["account_id"]: row["member_id"] for row in rows}
        into, others = member[life.empty], [member[life.given], member[life.full]]
        for other in others:
            made, _ = await merging.merge(engine, life.shop.caller, into_id=into, from_id=other)
            assert (await auditing.accounts(engine, life.accounts))[1] == []
        await merging.unmerge(engine, life.shop.caller, made.id)
        assert (await auditing.accounts(engine, life.accounts))[1] == []
    finally:
        turn(engine, NOW)
