"""A disk for a PostgreSQL that a test can fill and free: a small one where it may be mounted, else a limit on files."""

import errno
import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from torture.postgres import Postgres

SIZE = "256m"
CHUNK_BYTES = 64 * 1024
LARGEST_FILE_BYTES = 1024 * 1024
SETTINGS = ("min_wal_size = '32MB'", "max_wal_size = '64MB'")


class Disk(ABC):
    """Where the data folder is."""

    kind: str
    path: Path

    @abstractmethod
    def fill(self, postgres: Postgres, /) -> None:
        """No room for anything from now on."""

    @abstractmethod
    def free(self, postgres: Postgres, /) -> None:
        """All of it again."""


class SmallDisk(Disk):
    """A file system in memory; a large file takes all of it."""

    kind = f"a disk of {SIZE}"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self, _postgres: Postgres) -> None:
        """Writes until there is no room."""
        with self._filler.open("ab", buffering=0) as filler:
            try:
                while filler.write(bytes(CHUNK_BYTES)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self, _postgres: Postgres) -> None:
        """Takes the file away."""
        self._filler.unlink()


class Limit(Disk):
    """No file of the server may become larger: what it writes to the end of its log fails."""

    kind = "a limit on the size of files"

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, postgres: Postgres) -> None:
        """For the postmaster and all that it started."""
        self._limit(postgres, str(LARGEST_FILE_BYTES))

    def free(self, postgres: Postgres) -> None:
        """A postmaster that is started now has no limit anyway."""
        if postgres.runs:
            self._limit(postgres, "unlimited")

    def _limit(self, postgres: Postgres, size: str) -> None:
        for pid in (postgres.pid, *_children(postgres.pid)):
            # As the server's own user: not even root may do it to others' processes everywhere.
            command = ["prlimit", "--pid", str(pid), f"--fsize={size}:"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, **postgres.as_user)
            assert done.returncode == 0 or "No such process" in done.stderr, done.stderr


def _children(parent: int) -> Iterator[int]:
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name is in brackets and may hold anything; the state and the parent come behind it.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(status.parent.name)


@contextmanager
def disk(folder: Path, *, mounted: bool) -> Iterator[Disk]:
    """One for the block; says so where a small one cannot be mounted."""
    path = folder / "disk"
    path.mkdir(mode=0o755)
    if not mounted or not _mounts(path):
        yield Limit(path)
        return
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", str(path)], check=True)


def _mounts(path: Path) -> bool:
    if os.geteuid() != 0:
        print("no small disk can be mounted here: that takes root")  # noqa: T201 - shown with the test
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "guerdon-torture", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"no small disk can be mounted here: {done.stderr.strip()}")  # noqa: T201 - shown with the test
    return done.returncode == 0
