"""The command line: one file per command group."""

import typer

from guerdon.cli import demo, importing, ledger, porting, programs, serve, webhooks, work

app = typer.Typer(
    name="guerdon",
    help="Guerdon: one exact points ledger, many vendors' loyalty APIs.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command("serve")(serve.serve)
app.command("work")(work.work)
app.command("export")(porting.export)
app.command("demo")(demo.demo)
app.add_typer(ledger.app)
app.add_typer(webhooks.app)
importing.app.command("tenant")(porting.restore)
app.add_typer(importing.app)
app.add_typer(porting.app)
app.add_typer(programs.app)
