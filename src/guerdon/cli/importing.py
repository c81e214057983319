"""`guerdon import`: reads files of members, balances and orders in, after it has said what is wrong with them."""

import csv
import re
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer

from guerdon.cli import porting
from guerdon.cli.progressing import progress
from guerdon.cli.reaching import Data, err, out, reach, stopped
from guerdon.core.imports import BESIDE, COLUMNS
from guerdon.core.members import NAMESPACE, OURS
from guerdon.engine import Engine, answering, importing
from guerdon.engine.answering import Note
from guerdon.engine.finding import TenantUnknown
from guerdon.engine.importing import Plan, Prepared, UnusableFileError

app = typer.Typer(
    name="import",
    help="Read members, opening balances and orders in from CSV, JSON Lines or Parquet.",
    no_args_is_help=True,
)
app.command("tenant")(porting.restore)

File = Annotated[Path, typer.Argument(help="The file: .csv, .jsonl, .ndjson, each also with .gz, or .parquet.")]
Tenant = Annotated[str, typer.Option(help="Slug of the tenant.")]
Program = Annotated[str | None, typer.Option(help="Code of the program; by default, the tenant's default one.")]
Namespace = Annotated[str, typer.Option(help="What the column `id` is called among a member's names.")]
DryRun = Annotated[bool, typer.Option("--check", help="Only say what is wrong with it; write nothing.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Write the good rows also where others are bad.")]
Bad = Annotated[Path | None, typer.Option(help="Where to put bad rows; by default beside the file, as FILE.bad.csv.")]
Earn = Annotated[bool, typer.Option("--earn", help="They earn by the rules, too: no balance has their points yet.")]
SHOWN = 20
"""Bad rows on the screen."""


@app.command()
def members(
    file: File,
    *,
    tenant: Tenant,
    program: Program = None,
    namespace: Namespace = "external",
    check: DryRun = False,
    skip_bad: SkipBad = False,
    bad: Bad = None,
    data: Data = None,
) -> None:
    """Make members, with names, membership and an opening balance."""
    plan = Plan(slug=tenant, kind="members", path=file, program=program, namespace=namespace)
    _import(plan, check=check, skip_bad=skip_bad, bad=bad, data=data)


@app.command()
def balances(
    file: File,
    *,
    tenant: Tenant,
    program: Program = None,
    namespace: Namespace = "external",
    check: DryRun = False,
    skip_bad: SkipBad = False,
    bad: Bad = None,
    data: Data = None,
) -> None:
    """Give members opening balances: each row is points that were earned together and lapse together."""
    plan = Plan(slug=tenant, kind="balances", path=file, program=program, namespace=namespace)
    _import(plan, check=check, skip_bad=skip_bad, bad=bad, data=data)


@app.command()
def orders(
    file: File,
    *,
    tenant: Tenant,
    program: Program = None,
    namespace: Namespace = "external",
    earn: Earn = False,
    check: DryRun = False,
    skip_bad: SkipBad = False,
    bad: Bad = None,
    data: Data = None,
) -> None:
    """Bring in orders of a time past: for tiers by spend or visits, first purchases, and to try rules on."""
    plan = Plan(slug=tenant, kind="orders", path=file, program=program, namespace=namespace, earns=earn)
    _import(plan, check=check, skip_bad=skip_bad, bad=bad, data=data)


def _import(plan: Plan, *, check: bool, skip_bad: bool, bad: Path | None, data: Path | None) -> None:
    _look_at(plan.namespace)
    where = bad or plan.path.with_name(plan.path.name + ".bad.csv")

    async def work(engine: Engine) -> bool:
        prepared = await _prepared(engine, plan)
        made = prepared.made
        if made.state == "done":
            out().print(f"this file was imported before: {made.rows - made.bad:,} rows, and {made.bad:,} bad ones")
            return True
        out().print(f"{made.rows:,} rows, {made.bad:,} of them bad")
        if made.bad:
            await _tell(engine, prepared, where)
        if check or (made.bad and not skip_bad):
            out().print("nothing was written" + ("" if check else "; --skip-bad writes the good rows"))
            return not made.bad
        refused = made.rows - made.bad - await _write(engine, prepared)
        if refused:
            out().print(f"{refused:,} more are bad")
            await _tell(engine, prepared, where)
        return skip_bad or not refused

    try:
        is_good = reach(data, work)
    except TenantUnknown as error:
        raise stopped(f"no tenant has the slug {error}") from None
    except UnusableFileError as error:
        raise stopped(str(error)) from None
    if not is_good:
        raise typer.Exit(1)


def _look_at(namespace: str) -> None:
    """A namespace in which names can be given, and asked for over `/v1`.

    Raises:
        typer.BadParameter: it is none.
    """
    if namespace in OURS:
        raise typer.BadParameter(
            f"{namespace} is none of your own: names in it are not given by hand", param_hint="--namespace"
        )
    if not re.fullmatch(NAMESPACE, namespace, re.IGNORECASE):
        raise typer.BadParameter("it has 1 to 64 letters, digits and any of . _ -", param_hint="--namespace")


async def _prepared(engine: Engine, plan: Plan) -> Prepared:
    with progress(err(), "rows read") as report:
        async with aclosing(importing.prepare(engine, plan)) as steps:
            async for step in steps:
                if isinstance(step, Prepared):
                    return step
                report(step.done, step.total)
    raise AssertionError


async def _tell(engine: Engine, prepared: Prepared, where: Path) -> None:
    """Puts all bad rows into a file, and the first of them on the screen."""
    with where.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerow([*BESIDE, *COLUMNS[prepared.made.kind]])
        shown = 0
        async for row, error, given in importing.bad_lines(engine, prepared):
            rows.writerow([row, error, *given])
            if shown < SHOWN:
                out().print(f"  row {row}: {error}", markup=False)
            shown += 1
    out().print(f"all bad rows are in {where}", markup=False)


async def _write(engine: Engine, prepared: Prepared) -> int:
    """Writes the good rows; how many of the file are written. What the ledger refuses is a bad row by then."""
    if not prepared.written:
        await _note(engine, prepared)
    with progress(err(), "rows written") as report:
        async with aclosing(importing.write(engine, prepared)) as steps:
            async for step in steps:
                report(step.done, step.total)
                done = step.done
    out().print(f"{done:,} rows written", style="green")
    return done


async def _note(engine: Engine, prepared: Prepared) -> None:
    """Puts into the tenant's log that a file is imported: once, whoever has to begin anew."""
    made = prepared.made
    action = f"import {prepared.plan.kind}"

    async def nothing(_inside: Engine) -> None:
        """The rows are written behind it, in transactions of their own."""

    await answering.noted(
        engine, Note(tenant_id=made.tenant_id, action=action, kind="import", subject_id=made.id), nothing
    )
