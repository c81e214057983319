"""Clears up after a test that was killed: a process that waits for the end of its parent and empties its folder."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LONGEST_END_SECONDS = 10.0
LOOK_SECONDS = 0.05
"""Between two looks at whether a process has ended that is not ours to wait for."""


@contextmanager
def swept(folder: Path) -> Iterator[None]:
    """A test that ends by itself clears up by itself, and nothing is left to do; the pipe ends however it ends."""
    sweeper = subprocess.Popen(
        [sys.executable, __file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True
    )  # an interrupt from the keyboard is for the test alone
    try:
        yield
    finally:
        sweeper.communicate()


def running_in(folder: Path) -> set[int]:
    """The processes that work in a folder or below."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if place.readlink().is_relative_to(folder):
                found.add(int(place.parent.name))
    return found


def sweep(folder: Path) -> None:
    """Ends what runs in a folder, and removes it with what is mounted there."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        until = time.monotonic() + LONGEST_END_SECONDS
        for pid in running_in(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while running_in(folder) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
    for line in Path("/proc/mounts").read_text().splitlines():
        where = line.split()[1]
        if Path(where).is_relative_to(folder):
            subprocess.run(["umount", where], check=False)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.stdin.read()
    if Path(sys.argv[1]).exists():
        sweep(Path(sys.argv[1]))
