"""An engine gets a database with the newest schema: the one that is set, or one of its own."""

import asyncio
import shutil
import uuid
from pathlib import Path

import asyncpg
import pytest

from conftest import FOLDER
from guerdon.engine import housing
from guerdon.storage import migrate


async def tenants(dsn: str) -> int:
    """How many there are; fails without a schema."""
    connection = await asyncpg.connect(dsn)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM tenants")
        return count
    finally:
        await connection.close()


def test_a_database_of_its_own() -> None:
    """Made, migrated, and told what is being done; the second time there is less to tell."""
    folder = FOLDER / f"housing-{uuid.uuid4().hex[:8]}"
    first: list[str] = []
    second: list[str] = []
    try:
        with housing.database(None, folder, first.append) as dsn:
            assert asyncio.run(tenants(dsn)) == 0
        with housing.database(None, folder, second.append) as dsn:
            assert asyncio.run(tenants(dsn)) == 0
    finally:
        shutil.rmtree(folder)
    assert first[0] == second[0] == f"starting PostgreSQL in {folder}"
    assert len(first) == 2
    assert len(second) == 1


def test_the_database_that_is_set(dsn: str, tmp_path: Path) -> None:
    """No folder is made, and no server started."""
    said: list[str] = []
    with housing.database(dsn, tmp_path / "data", said.append) as address:
        assert address == dsn
        assert asyncio.run(tenants(address)) >= 2
    assert said == []
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "mysql://127.0.0.1/guerdon",
        "postgresql://guerdon@/guerdon?host=/nowhere",
        "postgresql://guerdon@127.0.0.1:1/guerdon",
        "postgresql://guerdon@127.0.0.1:1/guerdon?sslmode=perhaps",
        "postgresql://guerdon@127.0.0.1:99999/guerdon",
        "postgresql://guerdon:hush/hush@127.0.0.1:1/guerdon",
        "postgresql://guerdon:hush#hush@127.0.0.1:1/guerdon",
        "postgresql://guerdon:1?hush@127.0.0.1:1/guerdon",
        "postgresql://[::1/guerdon",
    ],
)
def test_an_address_where_no_database_answers(address: str, tmp_path: Path) -> None:
    """Is said to be one, whatever is wrong with it, before anything is served; the password is not said."""
    with (
        pytest.raises(housing.MigrationError, match="cannot be reached: ") as told,
        housing.database(address, tmp_path),
    ):
        pytest.fail("it began")
    assert "hush" not in str(told.value)


def test_a_database_that_the_server_does_not_have(dsn: str, tmp_path: Path) -> None:
    """By its name."""
    address = dsn.replace("/guerdon_test_", "/guerdon_none_")
    with pytest.raises(housing.MigrationError, match="guerdon_none_"), housing.database(address, tmp_path):
        pytest.fail("it began")


def test_what_stands_in_the_way_is_told(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema that cannot be brought up to date is not served."""
    scripts = [migrate.Script("migrations/0001_tenants.sql", "-- Edited.")]
    monkeypatch.setattr(migrate, "scripts", lambda folder: scripts if folder == "migrations" else [])
    with pytest.raises(housing.MigrationError, match="edited"), housing.database(dsn, tmp_path):
        pass
