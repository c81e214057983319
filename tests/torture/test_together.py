"""Two servers on one database and clients in several processes, all at the same few accounts at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from torture.loading import Herd, dealt
from torture.postgres import Postgres
from torture.rounds import LONG, Server, Tally, guests, settle

SERVERS, PROCESSES, WRITERS, FEW = 2, 3, 6, 3
ANSWERS = 100
"""That each process of clients waits for."""


def hammer(database: Postgres, place: Path, tally: Tally, rounds: int) -> None:
    """The servers start at the same moment on an empty database, and take turns in nothing."""
    dsn = database.empty_database()
    with ExitStack() as stack:
        folders = [place / str(number) for number in range(SERVERS)]
        for folder in folders:
            folder.mkdir()
        with ThreadPoolExecutor(SERVERS) as starters:
            starting = [starters.submit(Server, folder, GUERDON_DATABASE_URL=dsn) for folder in folders]
        servers = [started.result() for started in starting]
        for server in servers:
            stack.callback(server.give_up)
        urls = [server.base_url for server in servers]
        asked = guests(urls[0], FEW)
        for number in range(rounds):
            herd = Herd(dealt(asked, WRITERS, urls, "together"), PROCESSES)
            stack.callback(herd.kill)
            herd.goes_on(ANSWERS)
            settle(herd.stop(), urls[number % SERVERS], dsn, tally)
        for server in servers:
            server.stop()
    assert not tally.refused
    assert not tally.broken


def test_servers_together(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """Once."""
    hammer(cluster_of_ours, place, tally, 1)


@pytest.mark.torture
def test_servers_together_many_times(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """The long form."""
    hammer(cluster_of_ours, place, tally, LONG)
