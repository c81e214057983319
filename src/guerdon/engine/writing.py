"""Writes batches of commands to the ledger, and settles what happened when the database goes away meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from guerdon.core.commands import Command, Named, Posting, bare
from guerdon.core.refusals import OutcomeUnknown, Overloaded, Refusal
from guerdon.engine import naming
from guerdon.storage import ledger
from guerdon.storage.database import CONFLICTS, RETRY_AFTER_SECONDS, UNDONE, Database
from guerdon.storage.queries import Connection

log = structlog.get_logger()

PAUSES_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Between the tries: a restarting database has three seconds."""

PATIENCE_SECONDS = 3.0
"""A database that has been away for longer is not waited for: those who ask hear so at once."""


class Writer:
    """The writer behind the batcher: every posting of this process goes through it, wave by wave."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def write(self, commands: Sequence[Command | Named]) -> list[Posting | Refusal]:
        """Posts commands in order; each wave is one statement and one durable transaction.

        Where the database cannot take a wave, the waves behind it are not begun: each would wait as long in vain.
        """
        answers: dict[int, Posting | Refusal] = {}
        for wave in ledger.waves(commands):
            try:
                answers |= zip(wave, await self._wave([commands[index] for index in wave]), strict=True)
            except Overloaded:
                break
            except Exception:
                # The waves before it are on disk, and those who asked for them must hear that.
                log.exception("posting failed", commands=len(wave))
                answers |= {index: OutcomeUnknown() for index in wave}
        return [answers.get(index) or Overloaded(RETRY_AFTER_SECONDS) for index in range(len(commands))]

    async def _post(self, wave: Sequence[Command | Named]) -> list[Posting | Refusal]:
        async with self._database.postings() as connection:
            answers = await ledger.post_wave(connection, wave, self._clock())
            return await self._find_and_post(connection, wave) if answers is None else answers

    async def _find_and_post(self, connection: Connection, wave: Sequence[Command | Named]) -> list[Posting | Refusal]:
        """The longer way, for a wave in which the ledger cannot tell every account: all of it or nothing, too."""
        known = await naming.resolved(connection, wave)
        async with connection.transaction():
            commands = [one for one in known if isinstance(one, Command)]
            answers = iter(await ledger.post(connection, commands, self._clock()))
        return [next(answers) if isinstance(one, Command) else one for one in known]

    async def _wave(self, wave: Sequence[Command | Named]) -> list[Posting | Refusal]:
        """Posts a wave.

        Raises:
            Overloaded: the database could not take it; nothing was done.
        """
        for attempt in range(len(PAUSES_SECONDS) + 1):
            try:
                return await self._post(wave)
            except CONFLICTS:
                continue
            except Overloaded:
                if attempt == len(PAUSES_SECONDS) or not 0 < self._database.gone_seconds < PATIENCE_SECONDS:
                    raise
                await asyncio.sleep(PAUSES_SECONDS[attempt])
            except OutcomeUnknown:
                return await self._settle(wave, attempt)
            except UNDONE:
                if len(wave) == 1:
                    raise
                return await self._one_by_one(wave)
        raise Overloaded(RETRY_AFTER_SECONDS)

    async def _settle(self, wave: Sequence[Command | Named], attempt: int) -> list[Posting | Refusal]:
        """Repeats the commands that are safe to repeat; of the others nobody can know what became."""
        safe = [command for command in wave if bare(command).is_repeatable]
        repeated: list[Posting | Refusal] = []
        if safe and attempt < len(PAUSES_SECONDS):
            await asyncio.sleep(PAUSES_SECONDS[attempt])
            repeated = await self._again(safe, attempt + 1)
        settled = dict(zip((id(command) for command in safe), repeated, strict=False))
        return [settled.get(id(command)) or OutcomeUnknown() for command in wave]

    async def _again(self, wave: Sequence[Command | Named], attempt: int) -> list[Posting | Refusal]:
        try:
            return await self._post(wave)
        except (OutcomeUnknown, Overloaded, *CONFLICTS):
            return await self._settle(wave, attempt)
        except UNDONE:
            # This time nothing was done; what the time before did is not known all the same.
            answers = await self._one_by_one(wave)
            return [OutcomeUnknown() if isinstance(answer, Overloaded) else answer for answer in answers]

    async def _one_by_one(self, wave: Sequence[Command | Named]) -> list[Posting | Refusal]:
        """A command that the database chokes on must not spoil its neighbours: the statement was undone whole."""
        answers: list[Posting | Refusal] = []
        for command in wave:
            try:
                answers += await self._wave([command])
            except Overloaded as refusal:
                answers.append(refusal)
            except Exception:
                failed = bare(command)
                log.exception("posting failed", verb=failed.verb, account=str(failed.account_id))
                answers.append(OutcomeUnknown())
        return answers
