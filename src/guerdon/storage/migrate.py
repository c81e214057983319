"""Brings a database to the newest schema: numbered migrations once each, then every function that changed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from guerdon.storage.queries import SQL, load

schema = load("schema")


NO_ADDRESS = "its address is none: write / ? # @ in a name or password as %2F %3F %23 %40, and its port as a number"


class MigrationError(Exception):
    """The schema cannot be brought up to date."""


@dataclass(frozen=True, slots=True)
class Script:
    """A SQL file and its checksum."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def scripts(folder: str) -> list[Script]:
    """The files of `sql/<folder>`, in the order of their names."""
    paths: list[Path] = sorted((SQL / folder).glob("*.sql"))
    return [Script(f"{folder}/{path.name}", path.read_text(encoding="utf-8")) for path in paths]


async def migrate(dsn: str) -> list[str]:
    """Applies what is missing, all in one transaction; several servers may start at once.

    Returns:
        The names of the files that were applied.

    Raises:
        MigrationError: the database cannot be reached, an applied migration was edited, or a function has two
            signatures.
    """
    try:
        connection = await asyncpg.connect(dsn)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise MigrationError(f"the database cannot be reached: {error}") from error
    except (ValueError, OverflowError):  # what is said of it may have a part of the password
        raise MigrationError(f"the database cannot be reached: {NO_ADDRESS}") from None
    try:
        async with connection.transaction():
            return await _apply(connection)
    finally:
        await connection.close()


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    await schema.lock.run(connection)
    await schema.create_registry.run(connection)
    known = {row["name"]: row["checksum"] for row in await schema.applied.rows(connection)}
    done: list[str] = []
    for script in [*scripts("migrations"), *scripts("functions")]:
        if known.get(script.name) == script.checksum:
            continue
        if script.name in known and script.name.startswith("migrations/"):
            raise MigrationError(f"{script.name} was edited after it was applied; write a new migration instead")
        await connection.execute(script.text)
        await schema.record.run(connection, name=script.name, checksum=script.checksum)
        done.append(script.name)
    if twice := [row["name"] for row in await schema.overloads.rows(connection)]:
        raise MigrationError(f"more than one signature: {', '.join(twice)}; a new signature takes a new name")
    return done
