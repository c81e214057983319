"""`guerdon demo`: tells the story of one member on all surfaces, or prints what a client needs to talk to the demo."""

import json as jsonlib
from typing import Annotated

import httpx
import typer
from rich.console import Console

from guerdon.cli.serve import last_known
from guerdon.demo import client, story
from guerdon.settings import SettingError, Settings


def demo(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print credentials and ids of the demo tenant.")] = False,
    url: Annotated[str | None, typer.Option(help="Base address of the server.")] = None,
) -> None:
    """Tell one member's story across all surfaces of a running demo server."""
    try:
        settings = Settings.read()
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
    base_url = (url or last_known(f"http://{settings.host}:{settings.port}")).rstrip("/")
    facts = client.facts(base_url)
    if json:
        typer.echo(jsonlib.dumps(facts, indent=1))
        return
    try:
        with httpx.Client(timeout=10) as http:
            story.tell(http, facts, Console())
    except story.Stopped as stopped:
        typer.echo(str(stopped), err=True)
        raise typer.Exit(1) from None
    except (httpx.TransportError, httpx.InvalidURL) as error:
        typer.echo(f"no server answers at {base_url}: {error}; start one with `make run`", err=True)
        raise typer.Exit(1) from None
