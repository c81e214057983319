"""The PostgreSQL of our own starts in an empty folder, is shared, keeps what it was given, and says what is wrong."""

import asyncio
import os
import shutil
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from conftest import FOLDER
from guerdon.storage import embedded
from guerdon.storage.embedded import EmbeddedError


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder of this test's own, where the service user can reach it."""
    path = FOLDER / f"embedded-{uuid.uuid4().hex[:8]}"
    yield path
    shutil.rmtree(path, ignore_errors=True)


def ask(dsn: str, query: str) -> Any:
    """One value from the database."""

    async def value() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(value())


def postmaster(folder: Path) -> int:
    """The process id of the folder's server."""
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def test_it_starts_in_an_empty_folder_and_keeps_what_it_was_given(folder: Path) -> None:
    """Durable, in UTF-8, and not to be reached over the network."""
    with embedded.running(folder) as dsn:
        assert ask(dsn, "SHOW synchronous_commit") == "on"
        assert ask(dsn, "SHOW fsync") == "on"
        assert ask(dsn, "SHOW listen_addresses") == ""
        assert ask(dsn, "SHOW server_encoding") == "UTF8"
        ask(dsn, "CREATE TABLE kept AS SELECT 42 AS n")
    assert not (folder / "postgres" / "postmaster.pid").exists(), "the last one out stops it"
    with embedded.running(folder) as dsn:
        assert ask(dsn, "SELECT n FROM kept") == 42


def test_several_may_use_one_folder(folder: Path) -> None:
    """The first starts it, and whoever leaves takes nothing from the others."""
    with embedded.running(folder) as first:
        server = postmaster(folder)
        with embedded.running(folder) as second:
            assert second == first
        assert postmaster(folder) == server
        assert ask(first, "SELECT 1") == 1


def test_what_was_committed_survives_a_kill(folder: Path) -> None:
    """Also the lock file that the killed server leaves behind is no obstacle."""
    with embedded.running(folder) as dsn:
        ask(dsn, "CREATE TABLE kept AS SELECT 42 AS n")
        os.kill(postmaster(folder), signal.SIGKILL)
    with embedded.running(folder) as dsn:
        assert ask(dsn, "SELECT n FROM kept") == 42


def test_a_first_start_that_was_cut_short_is_begun_again(folder: Path) -> None:
    """Half a data directory is never taken for a whole one."""
    draft = folder / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    with embedded.running(folder) as dsn:
        assert ask(dsn, "SELECT 1") == 1


def test_a_long_path_is_no_obstacle(folder: Path) -> None:
    """A socket's path has its limit; the data folder's has not."""
    with embedded.running(folder / ("deep" * 20)) as dsn:
        assert ask(dsn, "SELECT 1") == 1


def test_it_says_why_it_cannot_start(folder: Path) -> None:
    """With what the server's own log has to say."""
    with embedded.running(folder):
        pass
    with (folder / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("\nno_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match="no_such_setting"), embedded.running(folder):
        pass


def test_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to do about it."""
    monkeypatch.setattr(embedded, "find_spec", lambda _: None)
    with pytest.raises(EmbeddedError, match="GUERDON_DATABASE_URL"):
        embedded.binaries()
