"""Writes batches of commands to the ledger, and settles what happened when the database goes away meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from guerdon.core.commands import Command, Posting
from guerdon.core.refusals import OutcomeUnknown, Refusal
from guerdon.storage import ledger
from guerdon.storage.database import CONFLICTS, LOST, TRIES, UNDONE, Database

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 0.1
"""Doubled at each of the tries: a restarting database has three seconds."""


class Writer:
    """The writer behind the batcher: every posting of this process goes through it, wave by wave."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def write(self, commands: list[Command]) -> list[Posting | Refusal]:
        """Posts commands in order; each wave is one statement and one durable transaction."""
        answers: list[Posting | Refusal] = []
        for wave in ledger.waves(commands):
            answers += await self._wave(wave)
        return answers

    async def _wave(self, wave: Sequence[Command]) -> list[Posting | Refusal]:
        for attempt in range(TRIES):
            try:
                async with self._database.connection() as connection:
                    return await ledger.post(connection, wave, self._clock())
            except CONFLICTS:
                continue
            except LOST as error:
                log.warning("database lost while posting", error=repr(error), commands=len(wave))
                return await self._settle(wave, attempt)
            except UNDONE:
                if len(wave) == 1:
                    raise
                return await self._one_by_one(wave)
        return [OutcomeUnknown() for _ in wave]

    async def _settle(self, wave: Sequence[Command], attempt: int) -> list[Posting | Refusal]:
        """Repeats the commands that have a key; of the others nobody can know what became."""
        keyed = [command for command in wave if command.key is not None]
        repeated: list[Posting | Refusal] = []
        if keyed and attempt + 1 < TRIES:
            await asyncio.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
            repeated = await self._again(keyed, attempt + 1)
        settled = dict(zip((id(command) for command in keyed), repeated, strict=False))
        return [settled.get(id(command)) or OutcomeUnknown() for command in wave]

    async def _again(self, wave: Sequence[Command], attempt: int) -> list[Posting | Refusal]:
        try:
            async with self._database.connection() as connection:
                return await ledger.post(connection, wave, self._clock())
        except (*LOST, *CONFLICTS):
            return await self._settle(wave, attempt)

    async def _one_by_one(self, wave: Sequence[Command]) -> list[Posting | Refusal]:
        """A command that the database chokes on must not spoil its neighbours: the statement was undone whole."""
        answers: list[Posting | Refusal] = []
        for command in wave:
            try:
                answers += await self._wave([command])
            except Exception:
                log.exception("posting failed", verb=command.verb, account=str(command.account_id))
                answers.append(OutcomeUnknown())
        return answers
