"""The server is killed, or the database goes away under it: nothing acknowledged is lost, and the rest settles."""

from pathlib import Path

import pytest

from torture.books import audit
from torture.postgres import Postgres, cuttable
from torture.rounds import LONG, Tally, guests, loading, serving, settle

BEFORE, AFTER = 150, 50
"""Commands that are settled before the fault, so that it meets some, and after it, so that it is over."""

CUTS = 10


def kill_the_server(database: Postgres, place: Path, tally: Tally, rounds: int) -> None:
    """In the middle of batches: the one that looks after two that serve, and another one goes on where it was."""
    dsn = database.database()
    with serving(place, GUERDON_DATABASE_URL=dsn, GUERDON_WORKERS="2") as server:
        asked = guests(server.base_url)
        for _ in range(rounds):
            with loading("kill", [server.base_url], asked) as load:
                load.goes_on(BEFORE)
                server.kill()
                server.start()
                load.goes_on(AFTER)
            settle(load.stop(), server.base_url, dsn, tally)


def stop_the_database(database: Postgres, place: Path, tally: Tally, rounds: int) -> None:
    """At once, by a signal, by a kill: the server finds back by itself, and without it stops in order."""
    dsn = database.database()
    ends = [database.stop_at_once, database.quit, database.kill]
    with serving(place, GUERDON_DATABASE_URL=dsn) as server:
        asked = guests(server.base_url)
        for number in range(rounds):
            with loading("database", [server.base_url], asked) as load:
                load.goes_on(BEFORE)
                ends[number % len(ends)]()
                if number % 2:
                    load.is_refused(1)
                database.start()
                load.goes_on(AFTER)
            settle(load.stop(), server.base_url, dsn, tally)
        with loading("stop", [server.base_url], asked) as load:
            load.goes_on(BEFORE)
            database.stop_at_once()
            load.is_refused(1)
            server.stop()
    database.start()
    audit(dsn)


def cut_the_connections(database: Postgres, place: Path, tally: Tally, rounds: int) -> None:
    """After the work, before the answer, again and again."""
    dsn = database.database()
    with cuttable(dsn) as (address, wire), serving(place, GUERDON_DATABASE_URL=address) as server:
        asked = guests(server.base_url)
        for _ in range(rounds):
            with loading("cut", [server.base_url], asked) as load:
                for times in range(1, CUTS + 1):
                    wire.arm(times=1 + times % 3)
                    load.goes_on(BEFORE // CUTS)
            settle(load.stop(), server.base_url, dsn, tally)
        tally.notes.append(f"{wire.cut} cuts")
        assert wire.cut >= rounds * CUTS // 2


def test_server_killed(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """Once."""
    kill_the_server(cluster_of_ours, place, tally, 1)


def test_database_stopped(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """In two ways."""
    stop_the_database(cluster_of_ours, place, tally, 2)


def test_connections_cut(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """One round of many cuts."""
    cut_the_connections(cluster_of_ours, place, tally, 1)


@pytest.mark.torture
def test_server_killed_many_times(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """The long form."""
    kill_the_server(cluster_of_ours, place, tally, LONG)


@pytest.mark.torture
def test_database_stopped_many_times(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """The long form."""
    stop_the_database(cluster_of_ours, place, tally, LONG)


@pytest.mark.torture
def test_connections_cut_many_times(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """The long form."""
    cut_the_connections(cluster_of_ours, place, tally, LONG)
