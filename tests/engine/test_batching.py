"""Questions that come while a batch is being answered make up the next one, and nobody waits for a timer."""

import asyncio
from collections.abc import Sequence

import pytest

from guerdon.core.refusals import Overloaded
from guerdon.engine.batching import MOST_IN_A_BATCH, MOST_WAITING, Batcher


class Oracle:
    """Answers a batch with its doubles once it is let; keeps what it was asked."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.let = asyncio.Event()
        self.at_once = 0
        self.most_at_once = 0

    async def answer(self, questions: list[int]) -> Sequence[int]:
        """The doubles, in order; a batch with a negative question fails."""
        self.batches.append(questions)
        self.begun.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.let.wait()
        self.at_once -= 1
        if min(questions) < 0:
            raise LookupError(questions)
        return [question * 2 for question in questions]


async def asking(batcher: Batcher[int, int], oracle: Oracle, questions: Sequence[int]) -> list["asyncio.Task[int]"]:
    """Asks one question, and the others once its batch is in flight."""
    loop = asyncio.get_running_loop()
    asked = [loop.create_task(batcher.ask(questions[0]))]
    await oracle.begun.wait()
    asked += [loop.create_task(batcher.ask(question)) for question in questions[1:]]
    await asyncio.sleep(0)
    return asked


async def test_what_queued_meanwhile_is_the_next_batch() -> None:
    """And each gets its own answer."""
    oracle = Oracle()
    asked = await asking(Batcher(oracle.answer), oracle, range(10))
    oracle.let.set()
    assert await asyncio.gather(*asked) == [n * 2 for n in range(10)]
    assert oracle.batches == [[0], list(range(1, 10))]


async def test_a_batch_has_its_limit_and_the_order_is_kept() -> None:
    """One is in flight at a time: two could overtake each other on one account."""
    oracle = Oracle()
    count = MOST_IN_A_BATCH * 2 + 11
    asked = await asking(Batcher(oracle.answer), oracle, range(count))
    oracle.let.set()
    await asyncio.gather(*asked)
    assert [len(batch) for batch in oracle.batches] == [1, MOST_IN_A_BATCH, MOST_IN_A_BATCH, 10]
    assert [question for batch in oracle.batches for question in batch] == list(range(count))
    assert oracle.most_at_once == 1


async def test_several_batches_at_once() -> None:
    """Where that is asked for, and none larger than is asked for; each still gets its own answer."""
    oracle = Oracle()
    asked = await asking(Batcher(oracle.answer, at_once=3, most=4), oracle, range(20))
    await asyncio.sleep(0)
    assert oracle.batches == [[0], [1, 2, 3, 4], [5, 6, 7, 8]]
    oracle.let.set()
    assert await asyncio.gather(*asked) == [n * 2 for n in range(20)]
    assert (oracle.most_at_once, max(map(len, oracle.batches))) == (3, 4)


@pytest.mark.parametrize("at_once", [1, 3])
async def test_nobody_is_forgotten(at_once: int) -> None:
    """Whoever asks in the very moment in which the last batch is done is answered by another one."""
    oracle = Oracle()
    oracle.let.set()
    batcher = Batcher(oracle.answer, at_once=at_once)

    async def asks_on(n: int) -> int:
        return await batcher.ask(await batcher.ask(await batcher.ask(n)))

    for count in range(1, 9):
        wanted = [n * 8 for n in range(count)]
        assert await asyncio.wait_for(asyncio.gather(*(asks_on(n) for n in range(count))), 30) == wanted


async def test_a_failure_goes_to_those_who_asked_and_to_nobody_else() -> None:
    """The next batch is answered as if nothing had been."""
    oracle = Oracle()
    oracle.let.set()
    batcher = Batcher(oracle.answer)
    failed = await asyncio.gather(*(batcher.ask(n) for n in (1, -1)), return_exceptions=True)
    assert [type(error) for error in failed] == [LookupError, LookupError]
    assert await batcher.ask(4) == 8


async def test_one_who_leaves_spoils_nothing_for_the_others() -> None:
    """A client that hangs up cancels its question only, whether it waited or was in flight."""
    oracle = Oracle()
    asked = await asking(Batcher(oracle.answer), oracle, range(4))
    asked[0].cancel()
    asked[2].cancel()
    oracle.let.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [answers[1], answers[3]] == [2, 6]
    assert asked[0].cancelled()
    assert asked[2].cancelled()


async def test_too_many_are_told_to_come_back() -> None:
    """At once, and without having begun; afterwards there is room again."""
    oracle = Oracle()
    batcher = Batcher(oracle.answer)
    asked = await asking(batcher, oracle, range(1 + MOST_WAITING))
    with pytest.raises(Overloaded) as refused:
        await batcher.ask(0)
    assert refused.value.retry_after_seconds > 0
    oracle.let.set()
    await asyncio.gather(*asked)
    assert await batcher.ask(21) == 42
