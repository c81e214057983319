"""The command line: one file per command group, read only when one of its commands is asked for."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "serve": "serve.serve",
    "work": "work.work",
    "export": "porting.export",
    "demo": "demo.demo",
    "ledger": "ledger.app",
    "webhooks": "webhooks.app",
    "import": "importing.app",
    "member": "porting.app",
    "programs": "programs.app",
}
"""Where each command, or group of them, is. To read all of them takes a second; most need a part of that."""


@contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """What is read in stays: to look through it for garbage again and again is a tenth of the time of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Commands(TyperGroup):
    """The commands, each made when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - they are the same in all contexts
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        file, _, name = COMMANDS[cmd_name].partition(".")
        with _nothing_is_garbage():
            found = getattr(import_module(f"guerdon.cli.{file}"), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False)
            alone.command(cmd_name)(found)
            found = alone
        return typer.main.get_command(found)


app = typer.Typer(
    name="guerdon",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def guerdon() -> None:
    """Guerdon: one exact points ledger, many vendors' loyalty APIs."""
