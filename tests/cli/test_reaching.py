"""A command writes wide where there is no screen, and takes moments as ISO 8601 has them."""

from datetime import UTC, datetime

import pytest
import typer

from guerdon.cli import reaching


def test_without_a_screen_it_writes_wide(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe has no width, and a narrow screen elsewhere is not its."""
    monkeypatch.setenv("COLUMNS", "60")
    reaching.out().print("[bold]" + "word " * 22)
    written = capsys.readouterr().out
    assert written.rstrip() == ("word " * 22).rstrip()


def test_moments() -> None:
    """A date is its midnight, no offset is UTC."""
    assert reaching.moment(None) is None
    assert reaching.moment("2026-07-02") == datetime(2026, 7, 2, tzinfo=UTC)
    assert reaching.moment("2026-07-02T12:00:00+02:00") == datetime(2026, 7, 2, 10, tzinfo=UTC)
    with pytest.raises(typer.BadParameter):
        reaching.moment("yesterday")


def test_what_stops_a_command_is_told_beside_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is, whatever brackets it has."""
    ended = reaching.stopped("no [such] thing")
    told = capsys.readouterr()
    assert (ended.exit_code, told.out, told.err) == (2, "", "guerdon: no [such] thing\n")
