"""`guerdon programs`: tries rules on the orders of a time past, and shows what would have been different."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guerdon.cli import plotting, words
from guerdon.cli.progressing import progress
from guerdon.cli.reaching import Data, Json, Tenant, err, moment, out, reach, stopped
from guerdon.core.rules.backtests import Compared
from guerdon.core.rules.readings import RulesInvalid
from guerdon.core.rules.sets import RuleSet
from guerdon.engine import Engine, backtesting, ruling
from guerdon.engine.backtesting import Backtest, Told

app = typer.Typer(name="programs", help="Try earning rules on what has happened.", no_args_is_help=True)

USUAL_DAYS = 90
MOST_MEMBERS = 20

Moment = Annotated[str | None, typer.Option(metavar="MOMENT", help="ISO 8601 date or date-time; no offset is UTC.")]


@app.callback()
def programs() -> None:
    """Try earning rules on what has happened."""


@app.command()
def backtest(
    program: Annotated[str, typer.Argument(help="Id or code of the program.")],
    *,
    version: Annotated[int | None, typer.Option(min=1, help="Of the program's rules; a draft does well.")] = None,
    rules: Annotated[Path | None, typer.Option(help="In the place of a version: a file of rules, as JSON.")] = None,
    since: Moment = None,
    until: Moment = None,
    members: Annotated[int, typer.Option(min=0, max=100_000, help="The most members to name.")] = MOST_MEMBERS,
    tenant: Tenant = None,
    json: Json = False,
    data: Data = None,
) -> None:
    """Replay the orders of a time past, the last 90 days, under other rules; tells the difference, writes nothing."""
    if (version is None) == (rules is None):
        raise typer.BadParameter("give either --version or --rules")
    ends = moment(until) or datetime.now(UTC)
    begins = moment(since) or ends - timedelta(days=USUAL_DAYS)
    draft = None if rules is None else _read(rules)

    async def work(engine: Engine) -> Told:
        found = await backtesting.find(engine, program, tenant)
        ask = Backtest(
            tenant_id=found.tenant_id,
            program_id=found.program_id,
            version=version or 0,
            since=begins,
            until=ends,
            rules=draft,
        )
        with progress(err(), "orders replayed") as report:
            return await backtesting.backtest(engine, ask, most_members=members, progress=report)

    try:
        told = reach(data, work)
    except ValueError as error:
        raise stopped(str(error)) from None
    if json:
        typer.echo(words.json(_document(told, begins, ends)))
    else:
        _tell(out(), told, begins, ends)


def _read(path: Path) -> RuleSet:
    """The rules in a file; ends the command where there are none, and says all that is wrong."""
    try:
        return ruling.parsed(path.read_bytes())
    except RulesInvalid as error:
        for problem in error.problems:
            err().print(f"{problem.pointer or '/'}: {problem.detail}", markup=False)
        raise stopped(f"{path} has no rule set") from None
    except (OSError, ValueError) as error:
        raise stopped(f"{path}: {error}") from None


def _tell(console: Console, told: Told, since: datetime, until: datetime) -> None:
    report, zone = told.report, told.version.rules.time_zone
    title = f"version {told.version.version}" if told.version.version else "the file's rules"
    console.print(f"{words.moment(since, zone)} to {words.moment(until, zone)} {zone} under {title}", style="dim")
    if not report.totals.orders:
        console.print("no orders then")
        return
    totals = report.totals
    console.print(
        f"{totals.orders:,} orders and events gave {words.amount(totals.actual)} and would have given "
        f"{words.amount(totals.draft)}: [bold]{words.signed(totals.difference)}[/]{_percent(totals)}"
    )
    period, rows = plotting.by_period(report.by_day)
    _print(console, period.value, [(f"{day}", each) for day, each in rows], is_plot=True)
    _print(console, "tier", [(tier or "none", each) for tier, each in report.by_tier.items()])
    named = [(str(_whose(told, account)), each) for account, each in report.changed[: len(told.holders)]]
    _print(console, f"membership, {len(named):,} of {len(report.changed):,} that change", named)
    table = _table("rule", "would give")
    for rule, points in report.by_rule.items():
        table.add_row(rule, words.amount(points))
    console.print(table)
    if report.unknown:
        console.print(f"{report.unknown:,} events are none of the rules'", style="yellow")


def _whose(told: Told, account: Any) -> Any:
    holder = told.holders.get(account)
    return holder.membership_id if holder else account


def _percent(totals: Compared) -> str:
    return f" ({totals.difference * 100 / totals.actual:+.1f} %)" if totals.actual else ""


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for n, column in enumerate(columns):
        table.add_column(column, justify="left" if n == 0 or not column else "right", no_wrap=True)
    return table


def _print(console: Console, what: str, rows: Iterable[tuple[str, Compared]], *, is_plot: bool = False) -> None:
    rows = list(rows)
    table = _table(what, "orders", "gave", "would give", "difference", *([""] if is_plot else []))
    drawn = plotting.bars([each.difference for _, each in rows])
    for (name, each), (left, right) in zip(rows, drawn, strict=True):
        cells = [name, f"{each.orders:,}", *map(words.amount, (each.actual, each.draft)), words.signed(each.difference)]
        bar = Text.assemble((left, "red"), "│", (right, "green"))
        table.add_row(*cells, *([bar] if is_plot else []))
    if rows:
        console.print(table)


def _document(told: Told, since: datetime, until: datetime) -> dict[str, Any]:
    report = told.report
    named = report.changed[: len(told.holders)]
    return {
        "version": told.version.version or None,
        "since": since,
        "until": until,
        "totals": _compared(report.totals),
        "by_day": [{"day": day, **_compared(each)} for day, each in sorted(report.by_day.items())],
        "by_tier": [{"tier": tier, **_compared(each)} for tier, each in report.by_tier.items()],
        "members": [{"membership_id": _whose(told, account), **_compared(each)} for account, each in named],
        "members_changed": len(report.changed),
        "rules": report.by_rule,
        "reasons": {because.value: count for because, count in report.by_reason.items()},
        "unknown_events": report.unknown,
    }


def _compared(found: Compared) -> dict[str, Any]:
    return {
        "orders": found.orders,
        "actual": found.actual,
        "draft": found.draft,
        "difference": found.difference,
    }
