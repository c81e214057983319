"""Kills the server and the PostgreSQL of its own under load: what was acknowledged is there, once, the rest settles."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from guerdon.storage import embedded
from torture.rounds import LONG, Tally, guests, loading, serving, settle

BEFORE, AFTER = 150, 50
"""Commands that are settled before the fault, so that it meets some, and after it, so that it is over."""


@contextmanager
def own_database(data: Path) -> Iterator[embedded._Cluster]:
    """The one that a server runs in its data folder; stopped at the end, whoever started it."""
    cluster = embedded._Cluster(data / "postgres")
    try:
        yield cluster
    finally:
        cluster._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(cluster.path))


def postmaster(cluster: embedded._Cluster) -> int:
    """Its process."""
    return int((cluster.path / "postmaster.pid").read_text().split()[0])


def kill_both(place: Path, tally: Tally, rounds: int) -> None:
    """The server, and every other time PostgreSQL and with it every session before."""
    data = place / "data"
    with own_database(data) as cluster, serving(place, "--data", str(data)) as server:
        asked = guests(server.base_url)
        for number in range(rounds):
            with loading("kill", [server.base_url], asked) as load:
                load.goes_on(BEFORE)
                if number % 2 == 1:
                    os.kill(postmaster(cluster), signal.SIGKILL)
                server.kill()
                server.start()
                load.goes_on(AFTER)
            settle(load.stop(), server.base_url, cluster.dsn, tally)
        server.stop()
        # After an orderly end nothing is left running, and the next start needs no recovery.
        assert not (cluster.path / "postmaster.pid").exists()
        assert not (place / "var" / "server.json").exists()


def test_server_and_own_database_killed(place: Path, tally: Tally) -> None:
    """Both ways."""
    kill_both(place, tally, 2)


@pytest.mark.torture
def test_server_and_own_database_killed_many_times(place: Path, tally: Tally) -> None:
    """The long form."""
    kill_both(place, tally, LONG)
