"""What the fault rounds share: a PostgreSQL of their own, and a line for each fault at the end of the run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from torture import postgres
from torture.postgres import Postgres
from torture.rounds import tally

__all__ = ["tally"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many rounds there were, and of how many commands."""
    told = [
        str(value)
        for report in terminalreporter.getreports("")
        for name, value in report.user_properties
        if name == "rounds" and report.when == "teardown"
    ]
    if told:
        terminalreporter.section("fault rounds")
        for line in told:
            terminalreporter.line(line)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the database's user can reach."""
    with postgres.folder() as path:
        yield path


@pytest.fixture(scope="session")
def cluster_of_ours() -> Iterator[Postgres]:
    """A PostgreSQL that may be killed: no other test uses it at the same time."""
    with postgres.folder() as path, postgres.running(path / "postgres") as server:
        yield server
