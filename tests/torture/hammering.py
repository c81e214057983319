"""A process of clients: reads its plan from a line, writes until that pipe ends, and prints its journal last."""

import asyncio
import sys

import msgspec

from torture.loading import ANSWERS_A_LINE, GOING_ON, Journal, Plan, write


async def main() -> None:
    """Runs the plan."""
    plan = msgspec.json.decode(sys.stdin.readline(), type=Plan)
    journal, stopping, count = Journal(), asyncio.Event(), 0

    def told() -> None:
        nonlocal count
        count += 1
        if count % ANSWERS_A_LINE == 0:
            sys.stdout.write(GOING_ON)
            sys.stdout.flush()

    loop = asyncio.get_running_loop()
    writing = asyncio.create_task(write(plan, journal, stopping, told))
    await loop.run_in_executor(None, sys.stdin.read)
    stopping.set()
    await writing
    sys.stdout.write(msgspec.json.encode(journal).decode())


if __name__ == "__main__":
    asyncio.run(main())
