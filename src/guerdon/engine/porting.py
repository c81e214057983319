"""Writes a tenant into a file that another Guerdon reads into the same rows; and what is kept of one member."""

import gzip
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, TypeVar
from uuid import UUID

import msgspec

import guerdon
from guerdon.core.refusals import MemberNotFound
from guerdon.engine import finding, notifying
from guerdon.engine.engine import Engine
from guerdon.storage import members, migrate, portable, webhooks
from guerdon.storage.portable import AlreadyThereError, of_member, tables
from guerdon.storage.queries import Connection

__all__ = ["AlreadyThereError", "UnusableCopyError", "member", "read", "write"]

Model = TypeVar("Model")

BATCH_ROWS = 5_000
FORMAT = "guerdon tenant"
SECRET = ("password_hash",)
"""What is kept of a member and is nobody's to read."""


class UnusableCopyError(ValueError):
    """A file is no copy of a tenant, or of another schema, or is not whole."""


def schema() -> list[str]:
    """What a copy must agree on: the migrations, by name."""
    return [script.name for script in migrate.scripts("migrations")]


async def write(engine: Engine, tenant: str | UUID, path: Path) -> AsyncGenerator[int, None]:
    """Writes a tenant, as it is at one moment, into a file of JSON lines (gzip), telling how many rows it has so far.

    The first line says what it is, then comes a line for each row, and the last says how many there were.

    Args:
        engine: the engine.
        tenant: its slug or id.
        path: of the file.

    Raises:
        TenantUnknown: no tenant has the slug.
        UnusableCopyError: the file cannot be written.
    """
    draft = path.with_name(path.name + ".part")
    lines = _opened(draft, path)
    try:
        with closing(lines):
            async with engine.database.snapshot() as connection:
                async for count in _copied(engine, connection, tenant, lines):
                    yield count
            _close(lines)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _opened(draft: Path, path: Path) -> IO[str]:
    """A draft of a file, which will be in the place of a file only, and of nothing else."""
    try:
        if path.exists() and not path.is_file():
            raise UnusableCopyError(f"it cannot be written: {path} is no file")
        return gzip.open(draft, "wt", encoding="utf-8", compresslevel=3)
    except OSError as error:
        raise UnusableCopyError(f"it cannot be written: {error}") from None


async def _copied(engine: Engine, connection: Connection, tenant: str | UUID, lines: IO[str]) -> AsyncIterator[int]:
    tenant_id = tenant if isinstance(tenant, UUID) else await finding.tenant(connection, tenant)
    head = {
        "format": FORMAT, "tenant": tenant, "at": engine.clock(), "version": guerdon.__version__, "schema": schema(),
    }  # fmt: skip
    _put(lines, msgspec.json.encode(head).decode())
    count = 0
    for table in tables():
        async for row in portable.rows(connection, table, tenant_id):
            # As it is: the digits of an amount are those of the database.
            _put(lines, f'{{"table": "{table}", "row": {row}}}')
            count += 1
            if count % BATCH_ROWS == 0:
                yield count
    _put(lines, f'{{"rows": {count}}}')
    yield count


def _put(lines: IO[str], text: str) -> None:
    """A line more; a full disk is not the database's fault."""
    try:
        lines.write(text + "\n")
    except OSError as error:
        raise UnusableCopyError(f"it cannot be written: {error}") from None


def _close(lines: IO[str]) -> None:
    """All of it is written: only then is it known that there is room."""
    try:
        lines.close()
    except OSError as error:
        raise UnusableCopyError(f"it cannot be written: {error}") from None


class _Line(msgspec.Struct):
    table: str = ""
    row: msgspec.Raw = msgspec.Raw()
    rows: int | None = None


class _Tenant(msgspec.Struct):
    id: UUID


class _Head(msgspec.Struct):
    format: str
    schema: list[str]


async def read(engine: Engine, path: Path) -> AsyncGenerator[int, None]:
    """Reads a copy into the database, all of it or nothing, telling how many rows it has so far.

    Endpoints of webhooks are told of what happens from then on, with numbers that go on.

    Raises:
        UnusableCopyError: it is none, is of another schema, breaks off, or is of a sandbox whose tenant is not here.
        AlreadyThereError: the tenant, or something that must be unique, is there already.
    """
    with closing(_lines(path)) as lines:
        async with engine.database.transaction() as connection:
            tenant_ids: list[UUID] = []
            async for count in _restored(connection, lines, tenant_ids):
                yield count
            for tenant_id in tenant_ids:
                horizon = await notifying.horizon(engine, connection)
                await webhooks.resume(connection, tenant_id, engine.clock(), horizon)


def _lines(path: Path) -> Generator[bytes, None, None]:
    """The lines of a file; what goes wrong with it is not the database's."""
    try:
        with gzip.open(path, "rb") as lines:
            yield from lines
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableCopyError(f"{path.name}: {error}") from None


def _decoded(text: bytes, model: type[Model]) -> Model:
    try:
        return msgspec.json.decode(text, type=model)
    except msgspec.DecodeError as error:
        raise UnusableCopyError(f"a line cannot be read: {error}") from None


async def _restored(connection: Connection, lines: Iterator[bytes], tenant_ids: list[UUID]) -> AsyncIterator[int]:
    """Writes the rows of a copy, and adds the tenant that they are of to a list."""
    head = _decoded(next(lines, b""), _Head)
    if head.format != FORMAT:
        raise UnusableCopyError("it is no copy of a tenant")
    if head.schema != schema():
        raise UnusableCopyError("it is of another version: restore it with the one that wrote it, and upgrade then")
    table = ""
    batch: list[str] = []
    for count, text in enumerate(lines):
        line = _decoded(text, _Line)
        if line.table != table or len(batch) == BATCH_ROWS:
            await _flushed(connection, table, batch)
            yield count
            table, batch = line.table, []
        if line.rows is not None:
            if line.rows != count:
                raise UnusableCopyError(f"it has {count} rows, and not {line.rows}")
            return
        if table == "tenants":
            tenant_ids.append(_decoded(bytes(line.row), _Tenant).id)
        batch.append(bytes(line.row).decode())
    raise UnusableCopyError("its end is missing")


async def _flushed(connection: Connection, table: str, batch: list[str]) -> None:
    if batch:
        if table not in tables():
            raise UnusableCopyError(f"there is no table {table[:60]!r}")
        try:
            await portable.write(connection, table, batch)
        except portable.UnfitError as error:
            raise UnusableCopyError(f"it does not fit here: {error}") from None


async def member(engine: Engine, tenant_id: UUID, member_id: UUID) -> dict[str, list[Any]]:
    """Everything that is kept of a member and of those that have gone up in it, by table; amounts exact.

    Of one that has gone up in another, it is what is kept of that one.

    Raises:
        MemberNotFound: the tenant has no such member.
    """
    found: dict[str, list[Any]] = {}
    async with engine.database.snapshot() as connection:
        member_id = (await members.survivors(connection, tenant_id, [member_id])).get(member_id, member_id)
        for table in of_member():
            rows = [msgspec.json.decode(row, type=dict[str, msgspec.Raw]) async for row in portable.rows(
                connection, table, tenant_id, member_id
            )]  # fmt: skip
            if rows:
                found[table] = [{name: raw for name, raw in row.items() if name not in SECRET} for row in rows]
    if "members" not in found:
        raise MemberNotFound(str(member_id))
    return found
