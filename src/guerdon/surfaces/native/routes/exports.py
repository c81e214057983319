"""Copies of a merchant's data of the native API."""

from typing import Any
from uuid import UUID

from guerdon.core.refusals import FileNotFound
from guerdon.engine import Engine, exporting
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import exports as words
from guerdon.surfaces.native.routes.told import (
    QUERY_PROBLEMS,
    READ,
    READ_PROBLEMS,
    WRITE,
    administers,
    asked,
    whole,
    written,
)
from guerdon.surfaces.native.wire import exports as wire
from guerdon.web.operations import OCTETS, Answer, Call, Operation


@written
async def create_export(engine: Engine, call: Call[None]) -> Done:
    """Ask for a copy of all that the merchant has, secrets too; a worker makes it, and it is kept for a day."""
    made = await exporting.create(engine, call.caller)
    return Done("export", made.id, words.from_export(made))


async def list_exports(engine: Engine, call: Call[None]) -> wire.Exports:
    """List copies, those too that are no longer kept, newest first."""
    query = asked(call, wire.ExportsQuery)
    before = pages.after_cursor(query.cursor, "exports", UUID)
    state = mapping.or_kept(query.state, None)
    found = await exporting.page(engine, call.caller, state=state, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "exports", lambda made: made.id)
    return wire.Exports([words.from_export(made) for made in page], cursor)


async def get_export(engine: Engine, call: Call[None]) -> wire.Export:
    """Read how far a copy is."""
    return words.from_export(await exporting.one(engine, call.caller, _export_of(call)))


async def get_export_part(engine: Engine, call: Call[None]) -> Answer:
    """Fetch a part of a copy that is done: all of them, one behind the other, are a gzip file."""
    content = await exporting.part(engine, call.caller, _export_of(call), words.part_of(call))
    return Answer(200, content, media_type=OCTETS)


def _export_of(call: Call[Any]) -> UUID:
    return mapping.id_of(call, "export_id", FileNotFound)


_READ: dict[str, Any] = whole(administers(READ)) | {"tag": "Imports and exports"}

OPERATIONS = (
    Operation(
        name="createExport",
        paths=("/exports",),
        handle=create_export,
        answer=wire.Export,
        tag="Imports and exports",
        **whole(administers(WRITE)),
    ),
    Operation(
        name="listExports",
        paths=("/exports",),
        handle=list_exports,
        query=wire.ExportsQuery,
        answer=wire.Exports,
        problems=QUERY_PROBLEMS,
        **_READ,
    ),
    Operation(
        name="getExport",
        paths=("/exports/{export_id}",),
        handle=get_export,
        answer=wire.Export,
        problems=READ_PROBLEMS,
        **_READ,
    ),
    Operation(
        name="getExportPart",
        paths=("/exports/{export_id}/parts/{number}",),
        handle=get_export_part,
        answer=bytes,
        problems=READ_PROBLEMS,
        **_READ,
    ),
)
