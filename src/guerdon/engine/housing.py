"""Gives the engine a database to live in: the one that is set, or one of its own in the data folder; migrated."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from guerdon.storage import embedded, migrate
from guerdon.storage.database import LOST, UNDONE
from guerdon.storage.embedded import EmbeddedError
from guerdon.storage.migrate import MigrationError

__all__ = ["UNREACHABLE", "EmbeddedError", "MigrationError", "database"]

UNREACHABLE = (EmbeddedError, MigrationError, *LOST, *UNDONE)
"""What ends a command that cannot do without the database."""


@contextmanager
def database(url: str | None, data: Path, say: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """The address of a database with the newest schema, running until the end of the block.

    Must not be called where an event loop runs.

    Args:
        url: a `postgresql://` address, or None for a PostgreSQL of our own.
        data: the folder of that PostgreSQL.
        say: told what is being done, in a few words.

    Raises:
        EmbeddedError: our own PostgreSQL cannot run here.
        MigrationError: the database cannot be reached, or its schema cannot be brought up to date.
    """
    if url is None:
        say(f"starting PostgreSQL in {data}")
    with embedded.running(data) if url is None else nullcontext(url) as dsn:
        if applied := asyncio.run(migrate.migrate(dsn)):
            say(f"applied {len(applied)} schema files")
        yield dsn
