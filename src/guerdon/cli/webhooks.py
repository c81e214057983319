"""`guerdon webhooks`: lists endpoints and what became of deliveries, and sends again what was given up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from guerdon.cli import words
from guerdon.cli.reaching import Data, Json, Result, out, reach, stopped
from guerdon.core.webhooks import Delivery, DeliveryFilter, Endpoint
from guerdon.engine import Engine, answering, finding, subscribing
from guerdon.engine.answering import Note
from guerdon.engine.finding import TenantUnknown

app = typer.Typer(name="webhooks", help="List webhook endpoints and deliveries, and send again.", no_args_is_help=True)

Tenant = Annotated[str, typer.Option(help="Slug of the tenant.")]
EndpointId = Annotated[UUID, typer.Argument(help="Id of the endpoint.")]
STATES = ("waiting", "delivered", "dead")


@app.command("list")
def list_(*, tenant: Tenant, json: Json = False, data: Data = None) -> None:
    """List a tenant's endpoints; without their secrets."""

    async def work(engine: Engine) -> list[Endpoint]:
        return await subscribing.endpoints(engine, await finding.tenant_named(engine, tenant))

    found = _reach(data, work)
    if json:
        typer.echo(words.json([_endpoint(endpoint) for endpoint in found]))
        return
    out().print(_table(("id", "url", "events", "active"), [_row(endpoint) for endpoint in found]))


@app.command()
def deliveries(
    endpoint: EndpointId,
    *,
    tenant: Tenant,
    state: Annotated[str | None, typer.Option(help="Only waiting, delivered or dead.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 50,
    json: Json = False,
    data: Data = None,
) -> None:
    """List what was, is or was to be sent to an endpoint, newest first."""
    if state is not None and state not in STATES:
        raise typer.BadParameter(f"a delivery is {', '.join(STATES)}, not {state!r}")

    async def work(engine: Engine) -> list[Delivery]:
        tenant_id = await finding.tenant_named(engine, tenant)
        return await subscribing.deliveries(engine, tenant_id, endpoint, DeliveryFilter(state=state), limit=limit)

    found = _reach(data, work)
    if json:
        typer.echo(words.json(found))
        return
    rows = [
        (str(d.event_id), d.type, str(d.sequence), d.state, str(d.attempts), str(d.status or d.error or ""))
        for d in found
    ]
    out().print(_table(("event", "type", "sequence", "state", "attempts", "last answer"), rows))


@app.command()
def replay(
    endpoint: EndpointId,
    *,
    tenant: Tenant,
    event: Annotated[UUID | None, typer.Option(help="Only this event, whatever became of it.")] = None,
    data: Data = None,
) -> None:
    """Send again what was given up for an endpoint."""

    async def work(engine: Engine) -> int:
        tenant_id = await finding.tenant_named(engine, tenant)
        note = Note(tenant_id=tenant_id, action="webhooks replay", kind="webhook", subject_id=endpoint)
        return await answering.noted(
            engine, note, lambda inside: subscribing.replay(inside, tenant_id, endpoint, event)
        )

    out().print(f"{_reach(data, work):,} to be sent again")


def _reach(data: Path | None, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    try:
        return reach(data, work)
    except TenantUnknown as error:
        raise stopped(f"no tenant has the slug {error}") from None


def _row(endpoint: Endpoint) -> tuple[str, ...]:
    return (
        str(endpoint.id),
        endpoint.url,
        ", ".join(endpoint.events) or "all",
        "yes" if endpoint.is_active else "no",
    )


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {name: value for name, value in asdict(endpoint).items() if name != "secrets"}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in head:
        table.add_column(column, overflow="fold", no_wrap=column in {"id", "event"})
    for row in rows:
        table.add_row(*map(Text, row))
    return table
