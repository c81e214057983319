"""Turns single questions into batches without a timer: what queued during the last batch is the next one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from guerdon.core.refusals import Overloaded
from guerdon.storage.database import RETRY_AFTER_SECONDS

Question = TypeVar("Question")
Answer = TypeVar("Answer")

MOST_IN_A_BATCH = 256
"""Larger batches gain little and make everybody in them wait."""

MOST_WAITING = 4096
"""Beyond it a caller is told to come back: waiting longer helps nobody."""


class Batcher(Generic[Question, Answer]):
    """Collects questions while batches are being answered.

    Args:
        answer: answers a batch, one answer per question in the same order; an exception goes to all who asked.
        at_once: the most batches in flight. One where the order of questions matters; more where each is answered
            for itself, so that those who come meanwhile need not wait for the slowest.
        most: the most questions in a batch.
    """

    def __init__(
        self,
        answer: Callable[[list[Question]], Awaitable[Sequence[Answer]]],
        *,
        at_once: int = 1,
        most: int = MOST_IN_A_BATCH,
    ) -> None:
        self._answer = answer
        self._most = most
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._free = at_once
        self._drains: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Answer:
        """Waits for the answer to one question.

        Raises:
            Overloaded: too many wait already; nothing was begun.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Overloaded(RETRY_AFTER_SECONDS)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((question, future))
        if self._free:
            self._free -= 1
            drain = loop.create_task(self._answer_all())
            self._drains.add(drain)
            drain.add_done_callback(self._drains.discard)
        return await future

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), self._most)
                await self._answer_batch([self._waiting.popleft() for _ in range(size)])
        finally:
            self._free += 1

    async def _answer_batch(self, batch: list[tuple[Question, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._answer([question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, those who asked must hear of it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
