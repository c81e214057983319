"""Named queries are loaded from their files with their parameters, and run on a real connection."""

import pytest

from guerdon.engine import Engine
from guerdon.storage import queries
from guerdon.storage.queries import SQL, Query

FILES = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))


@pytest.mark.parametrize("name", FILES)
async def test_every_query_is_sound(engine: Engine, name: str) -> None:
    """The database takes each of them: tables, columns, types and the number of parameters."""
    loaded = queries.load(name)
    async with engine.database.connection() as connection:
        for query in loaded._queries.values():
            prepared = await connection.prepare(query.text)
            assert len(prepared.get_parameters()) == len(query.parameters), query.text


def test_a_query_that_is_not_there() -> None:
    """Is missing like any other attribute."""
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = queries.load("schema").nothing_such


async def test_values_go_by_name_and_may_be_used_twice(engine: Engine) -> None:
    """However they are ordered in the text."""
    query = Query("SELECT $2::int - $1::int + $2::int AS found", ("less", "more"))
    async with engine.database.connection() as connection:
        assert await query.value(connection, more=10, less=1) == 19
        with pytest.raises(KeyError):
            await query.value(connection, more=10)


async def test_how_many_rows_come_back(engine: Engine) -> None:
    """All, the first or None, exactly the one that must be there, or nothing."""
    query = Query("SELECT n FROM generate_series(1, $1::int) AS n", ("count",))
    async with engine.database.connection() as connection:
        assert [row["n"] for row in await query.rows(connection, count=3)] == [1, 2, 3]
        first = await query.row(connection, count=3)
        assert first is not None
        assert first["n"] == 1
        assert await query.row(connection, count=0) is None
        assert await query.value(connection, count=0) is None
        assert (await query.one(connection, count=1))["n"] == 1
        with pytest.raises(LookupError, match="generate_series"):
            await query.one(connection, count=0)
        await query.run(connection, count=1)
