"""Keeps several processes at work: one that dies is replaced, and an interrupt ends them all in order."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

log = structlog.get_logger()

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)

STOP_SECONDS = 20.0
"""For a process to finish what it is doing before it is killed."""

SHORT_LIFE_SECONDS = 1.0
"""One that lived no longer is replaced only after as long again: what ended it is likely still there."""

LOOK_SECONDS = 0.05
"""Between two looks at whether a process has ended, while all are being ended."""


class WorkerError(Exception):
    """A process ended before all of them were ready."""


@dataclass(slots=True)
class Worker:
    """What a process is given by the one that started it.

    Attributes:
        parent: a descriptor that becomes readable when the parent is no more.
        readiness: a descriptor that `ready` writes to.
    """

    parent: int
    readiness: int

    def ready(self) -> None:
        """Says that the work has begun."""
        os.write(self.readiness, b"+")


@dataclass(slots=True)
class _Process:
    """One that was started; `readiness` is None once it is ready."""

    pid: int
    since: float
    readiness: int | None

    def forget_readiness(self) -> None:
        if self.readiness is not None:
            os.close(self.readiness)
            self.readiness = None


def keep(count: int, work: Callable[[Worker], None], all_ready: Callable[[], None]) -> None:
    """Runs work in so many processes until an interrupt; each must end by SIGTERM, and when its parent is no more.

    Call it where there is one thread only: the processes are forks of this one.

    Args:
        count: how many.
        work: what each does.
        all_ready: called once, when every process has said that it is ready.

    Raises:
        WorkerError: one ended before all were ready; no other is left.
    """
    with _wakened() as wakeup, _pipe() as (alive, held):
        crew = _Crew(work, alive, held)
        try:
            for _ in range(count):
                crew.start()
            while not _interrupted(wakeup, crew, SHORT_LIFE_SECONDS):
                crew.look()
                if not crew.is_under_way and crew.all_ready():
                    crew.is_under_way = True
                    all_ready()
        finally:
            crew.end()


@contextmanager
def _wakened() -> Iterator[int]:
    """A descriptor that the numbers of signals can be read from as they come in."""
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in SIGNALS}
    with _pipe() as (read, write):
        os.set_blocking(read, False)
        os.set_blocking(write, False)
        old = signal.set_wakeup_fd(write)
        try:
            yield read
        finally:
            signal.set_wakeup_fd(old)
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    try:
        yield read, write
    finally:
        os.close(read)
        os.close(write)


def _interrupted(wakeup: int, crew: "_Crew", seconds: float) -> bool:
    """Waits for a signal or for a process to be ready, at most so long; whether the signal was an interrupt."""
    readable, _, _ = select.select([wakeup, *crew.unready()], [], [], seconds)
    numbers = os.read(wakeup, 512) if wakeup in readable else b""
    return any(number in numbers for number in (signal.SIGINT, signal.SIGTERM))


class _Crew:
    """The processes, as their parent sees them."""

    def __init__(self, work: Callable[[Worker], None], alive: int, held: int) -> None:
        self._work = work
        self._alive = alive
        self._held = held
        self._processes: list[_Process] = []
        self._missing: list[float] = []
        self.is_under_way = False

    def unready(self) -> list[int]:
        """Descriptors to wait on: of those that have not said that they are ready."""
        return [process.readiness for process in self._processes if process.readiness is not None]

    def all_ready(self) -> bool:
        """Whether every process has said so."""
        return not self.unready() and not self._missing

    def start(self) -> None:
        """Starts one more."""
        readiness, tell = os.pipe()
        # Until it has handlers of its own, an interrupt would run ours in it and be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._become(Worker(self._alive, tell))
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(tell)
        self._processes.append(_Process(pid, time.monotonic(), readiness))

    def _become(self, worker: Worker) -> None:
        """Does the work in a process of its own, which ends with it."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(self._held)
            self._work(worker)
            code = 0
        except BaseException:
            log.exception("server process failed")
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def look(self) -> None:
        """Notes who is ready and who is gone, and replaces those.

        Raises:
            WorkerError: one is gone before all were ready.
        """
        for process in self._ready():
            process.forget_readiness()
        for process, status in self._gone():
            if not self.is_under_way:
                raise WorkerError(f"a server process ended by {_how(status)} before it was ready")
            log.warning("server process ended and is replaced", pid=process.pid, ended_by=_how(status))
            lived = time.monotonic() - process.since
            self._missing.append(time.monotonic() + (SHORT_LIFE_SECONDS if lived < SHORT_LIFE_SECONDS else 0))
        for _ in [due for due in self._missing if due <= time.monotonic()]:
            self.start()
        self._missing = [due for due in self._missing if due > time.monotonic()]

    def _ready(self) -> list[_Process]:
        readable = select.select(self.unready(), [], [], 0)[0]
        # One that ended without a word is readable too, and has nothing to read.
        said = {descriptor for descriptor in readable if os.read(descriptor, 1)}
        return [process for process in self._processes if process.readiness in said]

    def _gone(self) -> list[tuple[_Process, int]]:
        """Those that have ended since the last look, and how."""
        gone = []
        for process in list(self._processes):
            pid, status = os.waitpid(process.pid, os.WNOHANG)
            if pid:
                process.forget_readiness()
                self._processes.remove(process)
                gone.append((process, status))
        return gone

    def end(self) -> None:
        """Interrupts all and waits for them; who does not end in time is killed."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in self._processes:
                os.kill(process.pid, number)
            until = time.monotonic() + STOP_SECONDS
            while self._processes and time.monotonic() < until:
                self._gone()
                time.sleep(LOOK_SECONDS)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return signal.Signals(-code).name if code < 0 else f"exit {code}"
