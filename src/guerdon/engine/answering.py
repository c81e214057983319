"""Answers each write that is no posting once for its key: the write and its answer are one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from guerdon.core.callers import COMMAND_LINE, Caller
from guerdon.core.changes import Change, ChangeFilter
from guerdon.core.refusals import KeyReused, MemberNotFound
from guerdon.engine.engine import Engine
from guerdon.storage import answers, changes
from guerdon.storage.answers import Kept
from guerdon.storage.queries import Connection
from guerdon.storage.within import Within

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write to be carried out once.

    Attributes:
        key: None repeats nothing.
        fingerprint: of the request; an equal one has the same.
    """

    caller: Caller
    at: datetime
    key: str | None
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer to a write.

    Attributes:
        about: the member whose data it has, or what was written; what is erased is forgotten here too.
        change: what is written into the log of changes.
        tenant_id: whose log the change is written into, where that is not the caller's.
        replayed: it was given before.
    """

    status: int
    body: bytes | None
    headers: Mapping[str, str]
    about: UUID | None = None
    change: Change | None = None
    tenant_id: UUID | None = None
    replayed: bool = False


async def once(engine: Engine, ask: Write, work: Callable[[Engine], Awaitable[Given]]) -> Given:
    """Carries out a write in one transaction, with its answer and its line in the log; a repeat gets the answer again.

    What is refused uses up no key: nothing was written.

    Args:
        engine: the engine.
        ask: the write.
        work: is given an engine whose database is the transaction; it may be called several times, one of which counts.

    Raises:
        KeyReused: the key was used for another request.
        MemberNotFound: the answer was about somebody who was erased since.
        Refusal: what the work raises.
    """

    async def whole(connection: Connection) -> Given:
        tenant_id = ask.caller.tenant_id
        if ask.key and not await answers.claim(connection, tenant_id, ask.key, ask.fingerprint, ask.at):
            return _again(ask, await answers.find(connection, tenant_id, ask.key))
        given = await work(replace(engine, database=Within(connection)))
        if given.change is not None:
            await changes.insert(connection, given.tenant_id or tenant_id, given.change)
        if ask.key:
            kept = Kept(ask.fingerprint, given.status, given.body, given.headers, given.about)
            await answers.keep(connection, tenant_id, ask.key, kept)
        return given

    return await engine.database.retrying(whole)


async def together(engine: Engine, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    """Does several things in one transaction: all of them, or nothing; the work is as for `once`."""
    return await engine.database.retrying(lambda connection: work(replace(engine, database=Within(connection))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is said in a tenant's log of a command's work."""

    tenant_id: UUID
    action: str
    kind: str
    subject_id: UUID


async def noted(engine: Engine, note: Note, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    """Carries out a command's work in one transaction, with its line in the log.

    Args:
        engine: the engine.
        note: what the line says; who did it is whoever runs the server, by a command.
        work: as for `once`.
    """
    change = Change(
        id=engine.new_id(),
        at=engine.clock(),
        surface="cli",
        actor=COMMAND_LINE,
        action=note.action,
        kind=note.kind,
        subject_id=note.subject_id,
    )

    async def whole(connection: Connection) -> Result:
        result = await work(replace(engine, database=Within(connection)))
        await changes.insert(connection, note.tenant_id, change)
        return result

    return await engine.database.retrying(whole)


async def looked(engine: Engine, caller: Caller, at: datetime, action: str) -> None:
    """Writes in the tenant's log that somebody has read a list of its members."""
    change = Change(
        id=engine.new_id(),
        at=at,
        surface=caller.surface,
        actor=caller.credential_id,
        action=action,
        kind="tenant",
        subject_id=caller.tenant_id,
    )
    async with engine.database.connection() as connection:
        await changes.insert(connection, caller.tenant_id, change)


def _again(ask: Write, kept: Kept | None) -> Given:
    if kept is None or kept.fingerprint != ask.fingerprint:
        raise KeyReused(ask.key or "")
    if kept.status is None:
        raise MemberNotFound(str(kept.about))
    return Given(status=kept.status, body=kept.body, headers=kept.headers or {}, about=kept.about, replayed=True)


async def log(engine: Engine, caller: Caller, wanted: ChangeFilter, *, before: UUID | None, limit: int) -> list[Change]:
    """The tenant's changes, newest first, from below the id `before`."""
    async with engine.database.searching() as connection:
        return await changes.page(connection, caller.tenant_id, wanted, before=before, limit=limit)
