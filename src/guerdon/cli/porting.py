"""`guerdon export` and `guerdon member`: copies of a tenant, what is kept of one member, and erasure of a person."""

from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from guerdon.cli import words
from guerdon.cli.progressing import progress
from guerdon.cli.reaching import Data, err, out, reach, stopped
from guerdon.engine import Engine, answering, erasing, finding, porting
from guerdon.engine.answering import Note
from guerdon.engine.finding import TenantUnknown
from guerdon.engine.porting import AlreadyThereError, UnusableCopyError

app = typer.Typer(name="member", help="Export what is kept of one member, or erase the person.", no_args_is_help=True)

Tenant = Annotated[str, typer.Option(help="Slug of the tenant.")]
MemberId = Annotated[UUID, typer.Argument(help="Id of the member.")]


def export(
    file: Annotated[Path, typer.Argument(help="Where to write the copy: .jsonl.gz.")],
    *,
    tenant: Tenant,
    data: Data = None,
) -> None:
    """Write a complete copy of a tenant, lot by lot, as it is at one moment. It holds secrets: guard it."""

    async def work(engine: Engine) -> int:
        count = 0
        with progress(err(), "rows written") as report:
            async with aclosing(porting.write(engine, tenant, file)) as steps:
                async for count in steps:
                    report(count, count)
        return count

    try:
        count = reach(data, work)
    except TenantUnknown as error:
        raise stopped(f"no tenant has the slug {error}") from None
    except UnusableCopyError as error:
        raise stopped(str(error)) from None
    out().print(f"{count:,} rows in {file}", markup=False)


def restore(
    file: Annotated[Path, typer.Argument(help="A copy, as `guerdon export` wrote it.")], *, data: Data = None
) -> None:
    """Read a copy of a tenant back: all of it, or nothing where any of it is there."""

    async def work(engine: Engine) -> int:
        count = 0
        with progress(err(), "rows read") as report:
            async with aclosing(porting.read(engine, file)) as steps:
                async for count in steps:
                    report(count, count)
        return count

    try:
        count = reach(data, work)
    except UnusableCopyError as error:
        raise stopped(str(error)) from None
    except AlreadyThereError as error:
        raise stopped(f"it is there already: {error}") from None
    out().print(f"{count:,} rows restored", style="green")


@app.command("export")
def export_member(member: MemberId, *, tenant: Tenant, data: Data = None) -> None:
    """Print everything that is kept of a member, as JSON."""

    async def work(engine: Engine) -> dict[str, list[Any]]:
        return await porting.member(engine, await finding.tenant_named(engine, tenant), member)

    try:
        typer.echo(words.json(reach(data, work)))
    except TenantUnknown as error:
        raise stopped(f"no tenant has the slug {error}") from None


@app.command()
def erase(
    member: MemberId,
    *,
    tenant: Tenant,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Erase a person: names, profile and metadata go, memberships end; the books stay. It cannot be undone."""
    if not yes:
        typer.confirm(f"Erase {member} for good?", abort=True)

    async def work(engine: Engine) -> None:
        tenant_id = await finding.tenant_named(engine, tenant)
        note = Note(tenant_id=tenant_id, action="member erase", kind="member", subject_id=member)
        await answering.noted(engine, note, lambda inside: erasing.erase(inside, tenant_id, member))

    try:
        reach(data, work)
    except TenantUnknown as error:
        raise stopped(f"no tenant has the slug {error}") from None
    out().print("erased; the books are as they were")
