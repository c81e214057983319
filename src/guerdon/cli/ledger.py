"""`guerdon ledger`: audits the ledger, explains an account, looks ahead, and makes what is due happen."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from guerdon.cli import telling, words
from guerdon.cli.documents import balance_document, explanation_document, finding_document, lapsing_document
from guerdon.cli.progressing import progress
from guerdon.cli.reaching import CONNECTIONS, Data, Days, Json, Tenant, err, moment, out, reach, stopped
from guerdon.core.audits import MEANINGS, Finding, told
from guerdon.engine import Engine, auditing, expiring, explaining
from guerdon.engine.auditing import AuditOvertaken, Plan
from guerdon.engine.explaining import AHEAD_DAYS, Name
from guerdon.engine.finding import TenantUnknown

app = typer.Typer(
    name="ledger", help="Audit the ledger, explain an account, look ahead, settle what is due.", no_args_is_help=True
)

Account = Annotated[
    str, typer.Argument(help="Id of the account or membership or, with --tenant, anything the member answers to.")
]
Program = Annotated[str | None, typer.Option(help="Code of the program.")]
At = Annotated[str | None, typer.Option(help="ISO 8601 date or date-time; no offset is UTC.", metavar="MOMENT")]


@app.command()
def audit(
    *,
    account: Annotated[list[UUID] | None, typer.Option(help="Only this account; may be given again.")] = None,
    tenant: Tenant = None,
    resume: Annotated[
        bool, typer.Option("--resume/--restart", help="Go on with an audit that has not come to its end, or anew.")
    ] = True,
    chunk: Annotated[int, typer.Option(min=1, max=100_000, help="Accounts to look at together.")] = auditing.CHUNK,
    json: Json = False,
    data: Data = None,
) -> None:
    """Derive the ledger's figures again from its rows; exit code 1 and a list where anything disagrees."""
    if account and tenant:
        raise typer.BadParameter("an account is of one tenant: give --account or --tenant")

    async def some(engine: Engine) -> tuple[int, list[Finding]]:
        return await auditing.accounts(engine, account or [])

    async def every(engine: Engine) -> tuple[int, list[Finding]]:
        found: list[Finding] = []
        checked = 0
        with progress(err(), "rows audited") as report:
            async for step in auditing.audit(engine, Plan(tenant, chunk, resume)):
                found += step.found
                checked = step.checked
                report(step.checked, step.total)
        return checked, told(found)

    try:
        checked, found = reach(data, some if account else every)
    except AuditOvertaken:
        raise stopped("another process has gone on with this audit") from None
    except TenantUnknown as error:
        raise stopped(f"no tenant has the slug {error}") from None
    if account and checked < len(set(account)):
        raise stopped(f"{len(set(account)) - checked} of these accounts are not there")
    _report(checked, found, json=json)


def _report(checked: int, found: Sequence[Finding], *, json: bool) -> None:
    if json:
        typer.echo(words.json({"checked": checked, "findings": [finding_document(f) for f in found]}))
    elif found:
        out().print(_findings(found))
        for kind in sorted({finding.kind for finding in found}):
            out().print(f"{kind}: {MEANINGS[kind]}", style="dim", markup=False)
    else:
        out().print(f"clean: {checked:,} rows audited, nothing disagrees", style="green")
    if found:
        raise typer.Exit(1)


def _findings(found: Sequence[Finding]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{len(found)} disagreements", title_justify="left")
    for column in ("account", "kind", "where", "expected", "found"):
        table.add_column(column, overflow="fold", no_wrap=column in {"account", "kind"})
    for f in found:
        table.add_row(str(f.account_id), f.kind.value, Text(f.place or "account"), Text(f.expected), Text(f.found))
    return table


@app.command()
def explain(
    account: Account,
    *,
    tenant: Tenant = None,
    program: Program = None,
    days: Days = AHEAD_DAYS,
    at: At = None,
    json: Json = False,
    data: Data = None,
) -> None:
    """Tell an account's life: what paid for what, what became of it, and what is ahead."""
    then = moment(at)
    name = Name(account, tenant, program)

    async def work(engine: Engine) -> explaining.Explanation:
        return await explaining.explain(engine, name, at=then, days=days)

    try:
        found = reach(data, work)
    except ValueError as error:
        raise stopped(str(error)) from None
    if json:
        typer.echo(words.json(explanation_document(found)))
    else:
        telling.tell(out(), found)


@app.command()
def balance(
    account: Account,
    *,
    tenant: Tenant = None,
    program: Program = None,
    at: At = None,
    json: Json = False,
    data: Data = None,
) -> None:
    """Print an account's figures at a moment: as they were, are, or will be if nobody does anything."""
    then = moment(at)
    name = Name(account, tenant, program)

    async def work(engine: Engine) -> explaining.Balance:
        return await explaining.balance(engine, name, then)

    found = reach(data, work)
    if json:
        typer.echo(words.json(balance_document(found)))
    else:
        telling.tell_balance(out(), found)


@app.command()
def lapsing(
    *, tenant: Tenant = None, program: Program = None, days: Days = AHEAD_DAYS, json: Json = False, data: Data = None
) -> None:
    """List what lapses in the next days, by tenant, program and day."""

    async def work(engine: Engine) -> list[explaining.Lapsing]:
        return await explaining.lapsing(engine, days=days, slug=tenant, code=program)

    try:
        found = reach(data, work)
    except TenantUnknown as error:
        raise stopped(f"no tenant has the slug {error}") from None
    if json:
        typer.echo(words.json(lapsing_document(found)))
    elif found:
        telling.tell_lapsing(out(), found)
    else:
        out().print(f"nothing lapses in {days} days")


@app.command()
def expire(
    *,
    chunk: Annotated[int, typer.Option(min=1, max=10_000, help="Accounts to a transaction.")] = expiring.CHUNK,
    at_once: Annotated[int, typer.Option(min=1, max=CONNECTIONS, help="Transactions at once.")] = 2,
    data: Data = None,
) -> None:
    """Make what is due happen: points lapse, holds end, pending earns become good. May be stopped at any point."""

    async def work(engine: Engine) -> tuple[int, list[UUID]]:
        total, settled, failed = await expiring.due(engine), 0, list[UUID]()
        with progress(err(), "accounts settled") as report:
            report(0, total)
            async for done in expiring.expire(engine, chunk, at_once):
                settled += done.settled
                failed += done.failed
                report(settled, max(total, settled))
        return settled, failed

    settled, failed = reach(data, work)
    out().print(f"{settled:,} accounts settled")
    if failed:
        out().print(f"{len(failed)} could not be: {', '.join(map(str, failed))}", style="red")
        raise typer.Exit(1)
