"""`guerdon ledger` as a command: what it prints, how it ends, and that it can be killed and goes on."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cli.commands import called, environment, guerdon, serving
from conftest import FOLDER, cloned
from guerdon.core.audits import MEANINGS, Kind
from guerdon.demo import client

NOBODY = str(uuid.UUID(int=7))


@pytest.fixture
def address(cluster: str, template: str) -> Iterator[str]:
    """A database of this test's own that has the demo already."""
    with cloned(cluster, template) as own:
        yield own


def executed(address: str, statement: str, *values: object) -> list[Any]:
    """Rows of a statement, run past everything."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(address)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    return asyncio.run(run())


def account_of(address: str) -> str:
    """The account of a demo member to which nothing has been posted."""
    rows = executed(
        address,
        "SELECT a.id FROM accounts a JOIN memberships m ON m.account_id = a.id"
        " WHERE a.version = 0 AND m.deleted_at IS NULL AND a.tenant_id = (SELECT id FROM tenants WHERE slug = 'demo')"
        " ORDER BY a.id LIMIT 1",
    )
    return str(rows[0][0])


def give(address: str, account: str, points: int = 100) -> None:
    """Points that came in yesterday and lapse in two days."""
    executed(
        address,
        "WITH e AS (INSERT INTO entries (account_id, bucket, version, kind, points, balance_after, effective_at,"
        " recorded_at, surface, actor, reason, expires_at) SELECT id, bucket, version + 1, 'earn', $2::numeric,"
        " posted + $2::numeric, now() - interval '1 day', now() - interval '1 day', 'test', id, 'Dinner [red]',"
        " now() + interval '2 days' FROM accounts WHERE id = $1)"
        " UPDATE accounts SET posted = posted + $2::numeric, lifetime = lifetime + $2::numeric, version = version + 1,"
        " due_at = now() + interval '2 days' WHERE id = $1",
        uuid.UUID(account),
        points,
    )


def test_a_clean_ledger_is_one_line(address: str) -> None:
    """And exit code 0; in JSON an empty list."""
    code, said = called("ledger", "audit", GUERDON_DATABASE_URL=address)
    assert (code, "nothing disagrees" in said) == (0, True), said
    code, said = called("ledger", "audit", "--json", GUERDON_DATABASE_URL=address)
    document = json.loads(said[said.index("{") :])
    assert (code, document["findings"]) == (0, [])
    assert document["checked"] > 0


def test_what_disagrees_is_listed(address: str) -> None:
    """By account, with the meaning of each kind, and exit code 1; the same with the account alone."""
    account = account_of(address)
    give(address, account)
    executed(address, "UPDATE accounts SET posted = 99.5 WHERE id = $1", uuid.UUID(account))
    for more in ((), ("--account", account), ("--tenant", "demo", "--chunk", "1")):
        code, said = called("ledger", "audit", *more, GUERDON_DATABASE_URL=address)
        assert code == 1
        assert all(
            word in said for word in (account, "posted_sum", "99.5", "1 disagreement", MEANINGS[Kind.POSTED_SUM])
        )
        code, said = called("ledger", "audit", "--json", *more, GUERDON_DATABASE_URL=address)
        assert code == 1
        found = json.loads(said[said.index("{") :])["findings"]
        assert found == [{"account_id": account, "kind": "posted_sum", "expected": "100", "found": "99.5", "place": ""}]


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        ((), {"GUERDON_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}, "cannot be reached"),
        (("--tenant", "nobody"), {}, "no tenant has the slug nobody"),
        (("--account", NOBODY), {}, "not there"),
        (("--account", NOBODY, "--tenant", "demo"), {}, "--account or --tenant"),
        (("--chunk", "0"), {}, "--chunk"),
        ((), {"GUERDON_PORT": "http"}, "GUERDON_PORT"),
    ],
)
def test_an_audit_that_cannot_run_ends_with_2(
    dsn: str, arguments: tuple[str, ...], settings: dict[str, str], told: str
) -> None:
    """And says why, without a password."""
    code, said = called("ledger", "audit", *arguments, **{"GUERDON_DATABASE_URL": dsn, **settings})
    assert code == 2
    assert told in " ".join(said.split())
    assert "hush" not in said


def test_an_audit_that_was_killed_goes_on(address: str, tmp_path: Path) -> None:
    """It finds the rest, tells all of it, and nothing twice."""
    count = 400
    executed(
        address,
        "INSERT INTO accounts (id, bucket, tenant_id, program_id, posted, opened_at)"
        " SELECT gen_random_uuid(), 0, p.tenant_id, p.id, 1, now() FROM programs p, generate_series(1, $1)"
        " WHERE p.is_default AND p.tenant_id = (SELECT id FROM tenants WHERE slug = 'demo')",
        count,
    )
    command = [sys.executable, "-m", "guerdon", "ledger", "audit", "--chunk", "1"]
    settings = environment(GUERDON_DATABASE_URL=address)
    with subprocess.Popen(
        command, cwd=tmp_path, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        while not executed(address, "SELECT 1 FROM audits WHERE checked > 20"):
            assert run.poll() is None, "it ended before it could be killed"
        os.kill(run.pid, signal.SIGKILL)
    done = executed(address, "SELECT checked, total, finished_at FROM audits")[0]
    assert 20 < done["checked"] < done["total"]
    assert done["finished_at"] is None
    code, said = called("ledger", "audit", "--json", GUERDON_DATABASE_URL=address)
    assert code == 1
    assert f"{done['checked']} of {done['total']} rows audited" in said.replace(",", "")
    document = json.loads(said[said.index("{") :])
    wrong = [f["account_id"] for f in document["findings"] if f["kind"] == "posted_sum"]
    assert (len(wrong), len(set(wrong))) == (count, count)
    assert document["checked"] == done["total"]


def test_an_account_is_explained(address: str) -> None:
    """By its id and by the names of its member; as JSON, and at a moment that is past."""
    account = account_of(address)
    give(address, account)
    number = str(
        executed(
            address,
            "SELECT i.value FROM identifiers i JOIN memberships m USING (member_id)"
            " WHERE m.account_id = $1 AND i.namespace = 'number'",
            uuid.UUID(account),
        )[0][0]
    )
    for name in ((account,), (number, "--tenant", "demo")):
        code, said = called("ledger", "explain", *name, GUERDON_DATABASE_URL=address)
        assert code == 0
        for told in (account, number, "earn: Dinner [red]", "+100", "100 left, good until", "points lapse"):
            assert told in said
        assert "\x1b" not in said
        assert max(map(len, said.splitlines())) <= 120
    code, said = called("ledger", "explain", account, "--json", GUERDON_DATABASE_URL=address)
    document = json.loads(said)
    assert (code, document["account_id"], document["figures"]["posted"]) == (0, account, 100)
    assert document["entries"][0]["lots"][0]["left"] == 100
    assert document["ahead"]["steps"][0]["what"] == "lapse"
    code, said = called("ledger", "explain", account, "--at", "2001-01-01", "--json", GUERDON_DATABASE_URL=address)
    assert (code, json.loads(said)["entries"]) == (0, [])


def test_a_balance_is_told_of_any_moment(address: str) -> None:
    """What was, and what will be."""
    account = account_of(address)
    give(address, account)
    for at, posted in ((), 100), (("--at", "2001-01-01"), 0), (("--at", "2101-01-01T00:00:00+02:00"), 0):
        code, said = called("ledger", "balance", account, *at, "--json", GUERDON_DATABASE_URL=address)
        assert (code, json.loads(said)["posted"]) == (0, posted)
    code, said = called("ledger", "balance", account, "--at", "2101-01-01", GUERDON_DATABASE_URL=address)
    assert code == 0
    assert "points lapse: 100" in said


def test_what_lapses_is_listed(address: str) -> None:
    """By program and day, with the total."""
    code, said = called("ledger", "lapsing", GUERDON_DATABASE_URL=address)
    assert (code, "nothing lapses in 90 days" in said) == (0, True)
    give(address, account_of(address))
    code, said = called("ledger", "lapsing", "--tenant", "demo", GUERDON_DATABASE_URL=address)
    assert code == 0
    assert said.count("100") == 2
    code, said = called("ledger", "lapsing", "--json", "--days", "3", GUERDON_DATABASE_URL=address)
    assert (code, json.loads(said)[0]["points"]) == (0, 100)
    assert json.loads(called("ledger", "lapsing", "--json", "--days", "1", GUERDON_DATABASE_URL=address)[1]) == []
    code, said = called("ledger", "lapsing", "--tenant", "nobody", GUERDON_DATABASE_URL=address)
    assert (code, "no tenant has the slug nobody" in said) == (2, True), said


def test_what_is_due_is_settled(address: str) -> None:
    """And only once; one that cannot be ends the run with 1, after all others."""
    account = account_of(address)
    give(address, account)
    past = "UPDATE {} SET {} = now() - interval '1 hour' WHERE {} = $1"
    executed(address, past.format("entries", "expires_at", "account_id"), uuid.UUID(account))
    executed(address, past.format("accounts", "due_at", "id"), uuid.UUID(account))
    assert "1 accounts settled" in called("ledger", "expire", GUERDON_DATABASE_URL=address)[1]
    code, said = called("ledger", "expire", GUERDON_DATABASE_URL=address)
    assert (code, "0 accounts settled" in said) == (0, True)
    code, said = called("ledger", "balance", account, "--json", GUERDON_DATABASE_URL=address)
    assert json.loads(said)["posted"] == 0
    give(address, account)
    executed(address, past.format("entries", "expires_at", "account_id"), uuid.UUID(account))
    executed(
        address,
        "UPDATE accounts SET due_at = now() - interval '1 hour', version = 1 WHERE id = $1",
        uuid.UUID(account),
    )
    code, said = called("ledger", "expire", GUERDON_DATABASE_URL=address)
    assert code == 1
    assert account in "".join(said.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("explain", "somebody"), "member not found"),
        (("explain", NOBODY), "account not found"),
        (("balance", "somebody", "--tenant", "demo"), "member not found"),
        (("balance", "somebody", "--at", "soon"), "no date"),
    ],
)
def test_what_is_not_there_is_told(dsn: str, arguments: tuple[str, ...], told: str) -> None:
    """With exit code 2."""
    code, said = called("ledger", *arguments, GUERDON_DATABASE_URL=dsn)
    assert code == 2
    assert told in " ".join(said.split())


def test_the_future_cannot_be_explained(address: str) -> None:
    """But it can be asked what the balance will be."""
    code, said = called("ledger", "explain", account_of(address), "--at", "2101-01-01", GUERDON_DATABASE_URL=address)
    assert code == 2
    assert "ahead" in said


def test_it_works_beside_a_server_on_the_same_folder(tmp_path: Path) -> None:
    """Which goes on serving afterwards, and has its jobs running."""
    data = FOLDER / f"cli-{uuid.uuid4().hex[:8]}"
    try:
        with serving("--demo", "--data", str(data), cwd=tmp_path) as server:
            done = guerdon("ledger", "audit", "--data", str(data), cwd=tmp_path)
            assert (done.returncode, "nothing disagrees" in done.stdout) == (0, True), done.stdout
            assert client.facts(server.base_url)
            assert server.stop() == 0
        assert "Traceback" not in server.printed
        code, said = called("ledger", "expire", "--data", str(data))
        assert (code, "0 accounts settled" in said) == (0, True), said
    finally:
        subprocess.run(["rm", "-rf", str(data)], check=True)
