"""`guerdon work`: does jobs, and nothing else, until it is interrupted."""

import asyncio
import signal
from pathlib import Path

import typer
import uvloop

from guerdon.cli.reaching import Data, out, stopped
from guerdon.engine import Engine, housing
from guerdon.serve import log_without_values
from guerdon.settings import SettingError, Settings
from guerdon.workers import jobs


def habits(settings: Settings) -> jobs.Habits:
    """How a worker does jobs, as the settings say."""
    return jobs.Habits(
        expiry_interval_seconds=settings.expiry_interval_seconds,
        webhook_interval_seconds=settings.webhook_interval_seconds,
        webhook_networks=settings.webhook_networks,
    )


def work(*, data: Data = None) -> None:
    """Do jobs beside the server: start as many as there is work for; no job is done by two."""
    try:
        settings = Settings.read()
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        _work(settings, data or settings.data)
    except housing.UNREACHABLE as error:
        raise stopped(str(error) or repr(error)) from None


def _work(settings: Settings, data: Path) -> None:
    log_without_values()
    with housing.database(settings.database_url, data) as dsn:
        uvloop.run(_until_interrupted(dsn, settings))


async def _until_interrupted(dsn: str, settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Engine.running(dsn, connections=settings.connections) as engine:
        out().print("guerdon is at work")
        await jobs.work(engine, habits(settings), stop)
