"""How far a look has come is written once, and only ever goes on."""

from datetime import timedelta

from conftest import NOW
from guerdon.engine import Engine
from guerdon.storage import standings


async def test_looks_only_ever_go_on(alone: Engine) -> None:
    """Whatever moment the next one would begin at otherwise."""
    async with alone.database.transaction() as connection:
        assert await standings.seen_to(connection, NOW) == NOW
        assert await standings.seen_to(connection, NOW + timedelta(days=1)) == NOW
        await standings.look_from(connection, NOW - timedelta(days=1))
        assert await standings.seen_to(connection, NOW) == NOW
        await standings.look_from(connection, NOW + timedelta(days=1))
        assert await standings.seen_to(connection, NOW) == NOW + timedelta(days=1)
