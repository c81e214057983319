"""Reads a file, checks its rows and puts them down; a long file in two processes, which share its rows."""

import asyncio
import os
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec
import structlog

from guerdon.core.imports import COLUMNS, Import, UnusableFileError
from guerdon.core.refusals import Overloaded, Refusal
from guerdon.engine import recounting, sifting, tables
from guerdon.storage import imports
from guerdon.storage.database import RETRY_AFTER_SECONDS, Database

WORTH_BYTES = 10_000_000
"""Of a file that pays for the start of a second process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a process is to put down: of each `of` batches of rows, the one with the number."""

    made: Import
    path: str
    now: datetime
    number: int = 0
    of: int = 1


async def stage(database: Database, made: Import, path: Path, now: datetime) -> AsyncGenerator[int, None]:
    """Puts down all rows of a file, telling now and then how many are.

    Raises:
        UnusableFileError: the file cannot be read, breaks off, or has columns that there are not.
        Overloaded: the second process could not do its share.
    """
    async with database.transaction() as connection:
        await imports.staging(connection, made)
    share = Share(made=made, path=str(path), now=now)
    if not await asyncio.to_thread(_is_long, path):
        async for read in _put_down(database, share):
            yield read
        return
    async with _second(database.dsn, replace(share, number=1, of=2)) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe
        counted = asyncio.create_task(_last(process.stdout))
        try:
            read = 0
            async with aclosing(_put_down(database, replace(share, of=2))) as own:
                async for read in own:
                    # The other one is about as far.
                    yield 2 * read
            others = await counted
        finally:
            counted.cancel()
        if others is None:
            raise Overloaded(RETRY_AFTER_SECONDS)
        yield read + others


def _is_long(path: Path) -> bool:
    return os.cpu_count() != 1 and path.stat().st_size >= WORTH_BYTES


async def _put_down(database: Database, share: Share) -> AsyncGenerator[int, None]:
    """Puts down the rows of a share, telling after each batch how many are."""
    columns, staged = _sieved(share)
    async with database.connection() as connection, imports.sharing(connection, share.made):
        read = 0
        batch = await asyncio.to_thread(_next, staged)
        while batch:
            # The next rows are read while these are put down.
            ahead = asyncio.create_task(asyncio.to_thread(_next, staged))
            try:
                await imports.stage(connection, share.made, columns, batch)
            finally:
                following = await ahead
            read += len(batch)
            yield read
            batch = following


def _sieved(share: Share) -> tuple[tuple[str, ...], Iterator[sifting.Staged]]:
    """The rows of a share as they are staged, and their columns."""
    kind = share.made.kind
    lines = tables.rows(Path(share.path), COLUMNS[kind])
    numbered = (
        (row, line) for row, line in enumerate(lines, 1) if (row - 1) // tables.BATCH_ROWS % share.of == share.number
    )
    if kind == "orders":
        return recounting.COLUMNS, recounting.Recount(share.made, share.now).orders(numbered)
    sieve = sifting.Sieve(share.made, share.now)
    if kind == "members":
        return sifting.MEMBER_COLUMNS, sieve.members(numbered)
    return sifting.BALANCE_COLUMNS, sieve.balances(numbered)


def _next(staged: Iterator[sifting.Staged]) -> list[sifting.Staged]:
    return list(islice(staged, tables.BATCH_ROWS))


@asynccontextmanager
async def _second(dsn: str, share: Share) -> AsyncIterator[Process]:
    """A process that puts down a share; it ends with the block, or with this process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guerdon.engine.staging", stdin=PIPE, stdout=PIPE,
        start_new_session=True,  # an interrupt from the keyboard reaches the first one alone, which ends this one
    )  # fmt: skip
    try:
        assert process.stdin is not None  # noqa: S101 - a pipe
        process.stdin.write(msgspec.json.encode((dsn, share)) + b"\n")
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _last(told: asyncio.StreamReader) -> int | None:
    """How many rows the second process has put down, once it has put down all; None where it has not."""
    answer = await told.read()
    return int(answer) if answer else None


async def _work(dsn: str, share: Share) -> int:
    read = 0
    database = await Database.open(dsn, size=1)
    try:
        async for done in _put_down(database, share):
            read = done
    finally:
        await database.close()
    return read


def _leave_with_the_first() -> None:
    """Whoever started us has ended, or needs us no more."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main() -> None:
    """What the second process does: it is told its share, and tells how many rows it has put down."""
    dsn, share = msgspec.json.decode(sys.stdin.buffer.readline(), type=tuple[str, Share])
    threading.Thread(target=_leave_with_the_first, daemon=True).start()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        read = asyncio.run(_work(dsn, share))
    except (UnusableFileError, Refusal):  # the first one finds it out by itself; it is in the log
        sys.exit(1)
    sys.stdout.write(f"{read}\n")


if __name__ == "__main__":
    main()
