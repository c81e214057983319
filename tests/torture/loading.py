"""A load of mixed commands on few accounts, from threads of ours or processes of their own, with a journal."""

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from torture.asking import LATER, LONGEST_WAIT_SECONDS, Answer, Command, Connection, fault_of

PAUSE_SECONDS = 0.1
"""Between two tries at a server that is not there or refuses."""

KEYED = {"counterpoint", "native"}
"""Surfaces whose operations take a key."""

ANSWERS_A_LINE = 10
GOING_ON = "going on\n"
"""What a process of clients prints after so many answers."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A member as the surfaces know it."""

    number: str
    membership_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who asks whom for what.

    Attributes:
        name: what keys begin with; no two loads have the same.
        base_urls: of the servers; writers are dealt to them in turn.
        guests: whose accounts; the first is asked for as often as all others.
        writers: one command in flight each.
    """

    name: str
    base_urls: list[str]
    guests: list[Guest]
    writers: int


@dataclass(slots=True)
class Journal:
    """Everything that was asked, and how it was answered.

    Attributes:
        commands: in the order of asking.
        statuses: how often each was answered; 0 counts broken connections.
        faults: answers that nobody should get.
    """

    commands: list[Command] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def count(self, status: int) -> None:
        """One more answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1

    @property
    def settled(self) -> int:
        """Answers that say what became of a command."""
        return sum(count for status, count in self.statuses.items() if status and status not in LATER)

    @property
    def refused(self) -> int:
        """Answers that told the client to ask again."""
        return sum(count for status, count in self.statuses.items() if status in LATER)


Told = Callable[[], None]
"""Called after each answer."""


class Writer:
    """Asks for one thing after the other."""

    def __init__(self, plan: Plan, number: int, journal: Journal, stopping: asyncio.Event, told: Told) -> None:
        self._plan, self._number, self._journal, self._stopping, self._told = plan, number, journal, stopping, told
        self._draw = random.Random(f"{plan.name}/{number}")  # noqa: S311 - a load, no secret
        self._connection = Connection(plan.base_urls[number % len(plan.base_urls)])
        self._count = 0

    async def run(self) -> None:
        """Until it is told to stop."""
        visits = {
            self._earn: 4,
            self._authorize: 3,
            self._hold: 3,
            self._promise: 1,
            self._change: 1,
            self._move: 1,
            self._set: 1,
            self._enrol: 0.2,
        }
        while not self._stopping.is_set():
            try:
                await self._connection.open()
            except OSError:
                await self._pause()
                continue
            guests = self._plan.guests
            guest = guests[0] if self._draw.random() < 0.5 else self._draw.choice(guests)
            (visit,) = self._draw.choices(list(visits), list(visits.values()))
            await visit(guest)
        self._connection.close()

    async def _say(self, surface: str, path: str, **body: object) -> Answer | None:
        """The answer where it is good; `...` in the body stands for the key."""
        key = f"{self._plan.name}.{self._number}.{self._count}"
        self._count += 1
        body = {name: key if value is ... else value for name, value in body.items()}
        command = Command(key=key, surface=surface, path=path, body=body, keyed=surface in KEYED)
        self._journal.commands.append(command)
        try:
            answer = await self._connection.ask(command)
        except TimeoutError:
            self._journal.faults.append(f"{surface} hangs at {path}")
            return None
        except OSError:
            self._journal.count(0)
            await self._pause()
            return None
        self._journal.count(answer.status)
        if fault := fault_of(command, answer):
            self._journal.faults.append(fault)
        if answer.is_settled:
            command.answer = answer
        self._told()
        if not answer.is_settled:
            await self._pause()
            return None
        return answer if answer.status < 300 else None

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(PAUSE_SECONDS):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _earn(self, guest: Guest) -> None:
        points = self._draw.randint(1, 50)
        if self._draw.random() < 0.5:
            await self._say("counterpoint", "/Loyalty/Earn", CustomerNumber=guest.number, Points=points, Reference=...)
        else:
            path = f"/memberships/{guest.membership_id}/earn"
            await self._say("native", path, points=points + 0.25, reference=...)

    async def _authorize(self, guest: Guest) -> None:
        points, sale = self._draw.randint(1, 40), f"{self._plan.name}.{self._number}.sale.{self._count}"
        ask = {"Type": "loyalty", "Ref": guest.number, "SaleId": sale}
        answer = await self._say("counterpoint", "/Loyalty/Authorize", **ask, RequestedPoints=points)
        if answer and self._draw.random() < 0.2:
            points += self._draw.randint(-1, 1)
            again = await self._say("counterpoint", "/Loyalty/Authorize", **ask, RequestedPoints=points or 1)
            answer = again or answer
        verb = self._draw.choice(["Confirm", "Confirm", "Cancel", None])
        if answer and verb:
            code = json.loads(answer.body)["AuthCode"]
            await self._say("counterpoint", f"/Authorize/{verb}", Ref=guest.number, AuthCode=code)

    async def _hold(self, guest: Guest) -> None:
        points = self._draw.randint(2, 40)
        path = f"/memberships/{guest.membership_id}/holds"
        answer = await self._say("native", path, points=points, reference=..., expires_at=self._soon())
        if answer is None:
            return
        path = f"/holds/{json.loads(answer.body)['hold']['id']}"
        end = self._draw.choice(["part", "all", "void", "leave"])
        if end == "part":
            await self._say("native", f"{path}/capture", points=1.5, release_rest=self._draw.random() < 0.5)
        if end in {"part", "all"}:
            await self._say("native", f"{path}/capture")
        if end == "void":
            await self._say("native", f"{path}/void")

    def _soon(self) -> str | None:
        if self._draw.random() < 0.5:
            return None
        return (datetime.now(UTC) + timedelta(seconds=self._draw.uniform(0.2, 3))).isoformat()

    async def _promise(self, guest: Guest) -> None:
        path, days = f"/memberships/{guest.membership_id}/earn", self._draw.choice([{}, {"expires_at": self._soon()}])
        pending = {"activates_at": self._soon()} if self._draw.random() < 0.5 else {}
        answer = await self._say("native", path, points=3, reference=..., pending=True, **pending, **days)
        end = self._draw.choice(["activate", "cancel", None])
        if answer and end and (promised := json.loads(answer.body).get("pending_earn")):
            await self._say("native", f"/pending-earns/{promised['id']}/{end}")

    async def _change(self, guest: Guest) -> None:
        path, points = f"/memberships/{guest.membership_id}", self._draw.randint(-20, 20) + 0.5
        answer = await self._say("native", f"{path}/adjust", points=points, reference=...)
        if answer and self._draw.random() < 0.7:
            version = json.loads(answer.body)["entry"]["version"]
            await self._say("native", f"{path}/entries/{version}/reverse", reference=...)

    async def _move(self, guest: Guest) -> None:
        other = self._draw.choice(self._plan.guests).membership_id
        path = f"/memberships/{guest.membership_id}/transfer"
        points = {} if self._draw.random() < 0.1 else {"points": self._draw.randint(1, 30)}
        await self._say("native", path, to_membership_id=other, reference=..., **points)

    async def _set(self, guest: Guest) -> None:
        update = {"LoyaltyMembershipId": guest.membership_id, "Points": {"Value": self._draw.randint(500, 2000)}}
        path = "/api/connector/v1/loyaltyMemberships/update"
        await self._say("mews", path, LoyaltyMembershipUpdates=[update])

    async def _enrol(self, _guest: Guest) -> None:
        await self._say("xomni", "/private/pii/loyalty", UserName=..., AvailablePoints=20.5)


async def write(plan: Plan, journal: Journal, stopping: asyncio.Event, told: Told) -> None:
    """Runs all writers of a plan until they are told to stop."""
    async with asyncio.TaskGroup() as group:
        for number in range(plan.writers):
            group.create_task(Writer(plan, number, journal, stopping, told).run())


class Load:
    """A load from a thread of this process."""

    def __init__(self, plan: Plan) -> None:
        self.journal = Journal()
        self._plan = plan
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._news = threading.Condition()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=plan.name)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(write(self._plan, self.journal, self._stopping, self._tell))
        except BaseException:
            self._failed = True
            raise
        finally:
            self._loop.close()
            self._tell()

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    def goes_on(self, count: int) -> None:
        """Waits until as many more commands are settled."""
        enough = self.journal.settled + count
        self._wait(lambda: self.journal.settled >= enough, f"{count} more commands are settled")

    def is_refused(self, count: int) -> None:
        """Waits until the server has refused as many more."""
        enough = self.journal.refused + count
        self._wait(lambda: self.journal.refused >= enough, f"{count} more commands are refused")

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        with self._news:
            assert self._news.wait_for(lambda: done() or self._failed, LONGEST_WAIT_SECONDS), (
                f"it never came so far that {what}: {self.journal.statuses}, {self.journal.faults[:3]}"
            )
        assert not self._failed

    def stop(self) -> Journal:
        """Waits for what is in flight; once more does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        assert not self._failed
        return self.journal


class Herd:
    """Loads from several processes."""

    def __init__(self, plan: Plan, processes: int) -> None:
        self._children = [_child(plan, number) for number in range(processes)]

    def goes_on(self, count: int) -> None:
        """Waits until each process has had about as many more answers."""
        for child in self._children:
            assert child.stdout is not None
            for _ in range(count // ANSWERS_A_LINE):
                assert child.stdout.readline() == GOING_ON, "a client has ended"

    def stop(self) -> Journal:
        """Waits for what is in flight; returns what all of them saw."""
        journal = Journal()
        while self._children:
            child = self._children.pop()
            # What it says last is read before the next one is stopped: a full pipe would hold it up.
            rest, _ = child.communicate("")
            last = rest.splitlines()[-1] if rest else ""
            part = msgspec.json.decode(last, type=Journal)
            journal.commands += part.commands
            for status, count in part.statuses.items():
                journal.statuses[status] = journal.statuses.get(status, 0) + count
            journal.faults += part.faults
        return journal

    def kill(self) -> None:
        """For when the test is over, however it went."""
        for child in self._children:
            child.kill()
            child.communicate()


def _child(plan: Plan, number: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "torture.hammering"]
    paths = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **paths}
    )
    assert child.stdin is not None
    child.stdin.write(msgspec.json.encode(replace(plan, name=f"{plan.name}.{number}")).decode() + "\n")
    child.stdin.flush()
    return child


def new_name(fault: str) -> str:
    """What the keys of a load begin with."""
    return f"{fault}.{uuid.uuid4().hex[:8]}"


def dealt(guests: Sequence[Guest], writers: int, base_urls: Sequence[str], fault: str) -> Plan:
    """A plan with keys of its own."""
    return Plan(name=new_name(fault), base_urls=list(base_urls), guests=list(guests), writers=writers)
