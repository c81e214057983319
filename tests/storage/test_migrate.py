"""A database is brought to the newest schema once, whole or not at all, and never by a migration that was edited."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from guerdon.storage import migrate
from guerdon.storage.migrate import MigrationError
from guerdon.storage.queries import SQL


async def run(dsn: str, statement: str) -> list[asyncpg.Record]:
    """Rows of one statement."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


@pytest.fixture
async def empty(cluster: str) -> AsyncIterator[str]:
    """The address of an empty database."""
    name = f"guerdon_empty_{uuid.uuid4().hex[:12]}"
    await run(cluster, f'CREATE DATABASE "{name}"')
    yield urlsplit(cluster)._replace(path=f"/{name}").geturl()
    await run(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the scripts that a test may change; migrations are read from it."""
    copy = Path(shutil.copytree(SQL, tmp_path / "sql"))
    monkeypatch.setattr(migrate, "SQL", copy)
    return copy


def last_migration(scripts: Path) -> Path:
    """The migration with the highest number."""
    return max(scripts.glob("migrations/*.sql"))


async def test_everything_is_applied_once(empty: str) -> None:
    """Migrations first, in the order of their numbers; then the functions."""
    applied = await migrate.migrate(empty)
    assert applied == sorted(applied, key=lambda name: (not name.startswith("migrations/"), name))
    assert len(applied) == len([*SQL.glob("migrations/*.sql"), *SQL.glob("functions/*.sql")])
    assert await migrate.migrate(empty) == []


async def test_servers_that_start_together_migrate_once(empty: str) -> None:
    """One does the work, the others wait for it and find it done."""
    done = await asyncio.gather(*(migrate.migrate(empty) for _ in range(4)))
    assert sorted(map(bool, done)) == [False, False, False, True]


async def test_a_migration_that_was_edited_is_refused(empty: str, scripts: Path) -> None:
    """The databases that already have it would differ from the new ones forever."""
    await migrate.migrate(empty)
    edited = last_migration(scripts)
    edited.write_text(edited.read_text() + "\n-- Only a comment.\n")
    with pytest.raises(MigrationError, match=f"{edited.name} was edited"):
        await migrate.migrate(empty)


async def test_a_function_that_was_edited_is_replaced(empty: str, scripts: Path) -> None:
    """In place, and only that one."""
    await migrate.migrate(empty)
    edited = scripts / "functions" / "ledger_post.sql"
    edited.write_text(edited.read_text().replace("BEGIN", "BEGIN -- again", 1))
    assert await migrate.migrate(empty) == ["functions/ledger_post.sql"]
    (row,) = await run(empty, "SELECT prosrc FROM pg_proc WHERE proname = 'ledger_post'")
    assert "-- again" in row["prosrc"]


async def test_a_new_signature_under_an_old_name_is_refused(empty: str, scripts: Path) -> None:
    """The database would keep both quietly, and callers would get the old one."""
    await migrate.migrate(empty)
    edited = scripts / "functions" / "ledger_post.sql"
    edited.write_text(edited.read_text().replace("p_bucket smallint,", "p_bucket integer,", 1))
    with pytest.raises(MigrationError, match="ledger_post"):
        await migrate.migrate(empty)
    (row,) = await run(empty, "SELECT count(*) FROM pg_proc WHERE proname = 'ledger_post'")
    assert row["count"] == 1, "undone with the rest"


async def test_a_migration_that_fails_leaves_nothing(empty: str, scripts: Path) -> None:
    """Nor do those before it in the same run; mended, all of them are applied."""
    broken = last_migration(scripts).with_name("9999_broken.sql")
    broken.write_text("CREATE TABLE half (id int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.migrate(empty)
    assert await run(empty, "SELECT 1 FROM pg_class WHERE relname IN ('half', 'accounts', 'schema_files')") == []
    broken.write_text("CREATE TABLE whole (id int);")
    assert f"migrations/{broken.name}" in await migrate.migrate(empty)
