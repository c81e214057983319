"""Takes a command to the ledger: the database that is set or the one in the data folder, beside any server."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from guerdon.core.dates import iso_instant
from guerdon.core.refusals import Refusal
from guerdon.engine import Engine, housing
from guerdon.settings import SettingError, Settings

Result = TypeVar("Result")

CONNECTIONS = 3
"""One command does few things at a time; the server keeps the rest."""

WIDE_CHARACTERS = 120
"""How wide to write where nobody's screen says."""

Data = Annotated[Path | None, typer.Option(help="Folder of the embedded PostgreSQL (GUERDON_DATA).")]
Tenant = Annotated[str | None, typer.Option(help="Slug of the tenant.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Days = Annotated[int, typer.Option(min=0, max=36_500, help="How many days to look ahead.")]


def out() -> Console:
    """Where answers are written: with colours on a screen, plain and wide into a pipe or file."""
    console = Console(highlight=False)
    if not console.is_terminal and console.width < WIDE_CHARACTERS:
        console.width = WIDE_CHARACTERS
    return console


def err() -> Console:
    """Where everything else is written, so that an answer in a pipe stays clean."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def moment(text: str | None) -> datetime | None:
    """The moment that an option names.

    Raises:
        typer.BadParameter: it is no ISO 8601 date or date-time.
    """
    if text is None:
        return None
    found = iso_instant(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no date or date-time such as 2026-07-01 or 2026-07-01T12:00:00Z")
    return found


def reach(data: Path | None, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    """Does work with an engine; ends the command with exit code 2 and a line that says why where it cannot be done."""
    try:
        settings = Settings.read()
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        with housing.database(settings.database_url, data or settings.data) as dsn:
            return asyncio.run(_with_engine(dsn, work))
    except Refusal as refusal:
        facts = ", ".join(str(fact) for fact in vars(refusal).values())
        raise stopped(f"{refusal.code.replace('_', ' ')}: {facts}") from None
    except housing.UNREACHABLE as error:
        raise stopped(str(error) or repr(error)) from None
    except KeyboardInterrupt:
        raise stopped("interrupted") from None


async def _with_engine(dsn: str, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    async with Engine.running(dsn, connections=CONNECTIONS) as engine:
        return await work(engine)


def stopped(why: str) -> typer.Exit:
    """The end of a command that could not do its work, once it has said why."""
    err().print(f"guerdon: {why}", style="red", markup=False)
    return typer.Exit(2)
