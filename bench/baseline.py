"""What the same PostgreSQL does in the same minute by pgbench's TPC-B-like script: the measure for ratios."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from bench.loads import BenchmarkError
from guerdon.storage import embedded

CLIENTS = 8
THREADS = 2

_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_DONE = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: ([1-9]\d*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What pgbench did."""

    transactions: int
    tps: float


def prepare(database_url: str, scale: int) -> None:
    """Fills pgbench's tables: 100,000 accounts for each unit of the scale.

    Raises:
        BenchmarkError: pgbench failed.
    """
    _pgbench(database_url, "-i", "-q", "-s", str(scale))


def run(database_url: str, seconds: int) -> Baseline:
    """Runs the TPC-B-like script with prepared statements.

    Raises:
        BenchmarkError: pgbench failed, or a transaction did.
    """
    arguments = ["-M", "prepared", "-c", str(CLIENTS), "-j", str(THREADS), "-T", str(seconds)]
    said = _pgbench(database_url, *arguments)
    tps, done = _TPS.search(said), _DONE.search(said)
    if tps is None or done is None or _FAILED.search(said):
        raise BenchmarkError(f"pgbench said something unexpected:\n{said}")
    return Baseline(int(done[1]), float(tps[1]))


def _pgbench(database_url: str, *arguments: str) -> str:
    program = embedded.binaries() / "pgbench"
    done = subprocess.run(
        [str(program), *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **_environment(database_url)},
    )  # fmt: skip
    if done.returncode:
        raise BenchmarkError(f"pgbench failed:\n{done.stderr}")
    return done.stdout


def _environment(database_url: str) -> dict[str, str]:
    """The address for libpq's variables: on the command line others could read the password."""
    parts = urlsplit(database_url)
    query: dict[str, Sequence[str]] = dict(parse_qs(parts.query))
    named = {
        "PGHOST": query.get("host", [unquote(parts.hostname or "")])[0],
        "PGPORT": query.get("port", [str(parts.port or "")])[0],
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.removeprefix("/"),
    }
    return {name: value for name, value in named.items() if value}
