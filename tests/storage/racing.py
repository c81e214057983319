"""Several connections that really meet: all wait for one account before any of them may go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.commands import Command, Posting
from guerdon.core.members import Merge
from guerdon.core.points import minus
from guerdon.core.programs import Program
from guerdon.core.refusals import Refusal
from guerdon.engine import Engine
from guerdon.storage import ledger, memberships, merges, tenants
from guerdon.storage.database import Database
from guerdon.storage.queries import Connection
from ledger_model.plans import program
from ledger_model.states import State, check
from storage.comparing import states_of, tables_of

Result = TypeVar("Result")
Answers = list[Posting | Refusal]

WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
"""How many sessions of this database wait for a lock; other tests have databases on the same server."""


async def merged_meanwhile(
    engine: Engine, caller: Caller, into_id: UUID, from_id: UUID, ask: Callable[[], Result]
) -> Result:
    """What somebody is told whose account was found before a merge and is locked after it."""
    async with engine.database.transaction() as connection:
        await memberships.lock_members(connection, caller.tenant_id, [into_id, from_id])
        await merges.merge(connection, caller, Merge(engine.new_id(), into_id, from_id), engine.clock())
        asking = asyncio.create_task(asyncio.to_thread(ask))
        while not asking.done() and not await connection.fetchval(WAITING):
            continue
    return await asking


@dataclass
class Shop:
    """A tenant with one program and some accounts of it, and as many connections as are needed."""

    database: Database
    caller: Caller
    program: Program
    accounts: list[UUID]

    def named(self, index: int = 0, **more: Any) -> dict[str, Any]:
        """What every command needs."""
        return {"caller": self.caller, "account_id": self.accounts[index], "at": NOW, **more}

    async def post(self, *commands: Command, now: datetime = NOW) -> Answers:
        """Posts as the engine does: once more where another transaction came first."""

        async def work(connection: Connection) -> Answers:
            return await ledger.post(connection, commands, now)

        return await self.database.retrying(work)

    async def once(self, *commands: Command, now: datetime = NOW) -> Answers:
        """Posts call by call, and never a second time."""
        async with self.database.connection() as connection:
            return await ledger.post(connection, commands, now)

    async def settle(self, now: datetime) -> Answers:
        """A job makes happen what is due."""
        async with self.database.connection() as connection:
            await ledger.settle(connection, self.accounts, now)
        return []

    async def meeting(
        self, *works: Callable[[], Awaitable[Result]], at: Sequence[int] = (0,), in_turn: bool = False
    ) -> list[Result]:
        """Begins all while somebody else has the accounts; once all wait (or are done), that one lets go.

        Args:
            works: what to begin.
            at: the accounts that somebody else has meanwhile.
            in_turn: each begins only when all before it wait.
        """
        tasks: list[asyncio.Future[Result]] = []
        async with self.database.connection() as watch:
            async with self.held_up(at):
                for work in works:
                    tasks.append(asyncio.ensure_future(work()))
                    while in_turn and not await self._waiting(watch, tasks):
                        await asyncio.wait(tasks, timeout=0)
                while not await self._waiting(watch, tasks):
                    await asyncio.wait(tasks, timeout=0)
            return await asyncio.gather(*tasks)

    async def _waiting(self, watch: Connection, tasks: Sequence["asyncio.Future[Any]"]) -> bool:
        waiting: int = await watch.fetchval(WAITING)
        return waiting + sum(task.done() for task in tasks) >= len(tasks)

    @asynccontextmanager
    async def held_up(self, at: Sequence[int]) -> AsyncIterator[None]:
        """Somebody else has these accounts."""
        async with self.database.transaction() as connection:
            ids = [self.accounts[index] for index in at]
            await connection.execute("SELECT FROM accounts WHERE id = ANY ($1) ORDER BY id FOR UPDATE", ids)
            yield

    async def state(self, index: int = 0) -> State:
        """Everything that is stored of an account, which adds up."""
        async with self.database.connection() as connection:
            rows = await tables_of(connection, [self.accounts[index]])
        (state,) = states_of(rows).values()
        check(state)
        return state

    async def figures(self, index: int = 0) -> tuple[Any, ...]:
        """Posted, held, available, and how many entries."""
        found = (await self.state(index))["figures"]
        return found["posted"], found["held"], minus(found["posted"], found["held"]), found["version"]


async def open_shop(database: Database, accounts: int = 2, **chosen: Any) -> Shop:
    """A tenant that no other test knows."""
    caller = Caller(uuid4(), "test", uuid4())
    made = program(caller.tenant_id, **chosen)
    ids = [uuid4() for _ in range(accounts)]
    async with database.transaction() as connection:
        await tenants.insert(connection, caller.tenant_id, caller.tenant_id.hex, "Shop", NOW)
        await tenants.insert_chain(connection, caller.tenant_id, caller.tenant_id, "Chain")
        await tenants.insert_program(connection, caller.tenant_id, made, is_default=False, now=NOW)
        await ledger.open_accounts(connection, caller.tenant_id, [(id_, made.id) for id_ in ids], NOW)
    return Shop(database, caller, made, ids)


def accepted(answers: Sequence[Posting | Refusal]) -> list[Posting]:
    """Those that were not refused."""
    return [answer for answer in answers if isinstance(answer, Posting)]


def codes(answers: Sequence[Posting | Refusal]) -> list[str]:
    """Why the others were refused."""
    return [answer.code for answer in answers if isinstance(answer, Refusal)]
