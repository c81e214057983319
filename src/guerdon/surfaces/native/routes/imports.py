"""Imports of files of the native API."""

from typing import Any
from uuid import UUID

from guerdon.core.refusals import FileNotFound
from guerdon.engine import Engine, uploading
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, exports, pages
from guerdon.surfaces.native.mapping import imports as words
from guerdon.surfaces.native.routes.told import (
    PAGE_PROBLEMS,
    QUERY_PROBLEMS,
    READ,
    READ_PROBLEMS,
    WRITE,
    administers,
    asked,
    whole,
    written,
)
from guerdon.surfaces.native.wire import imports as wire
from guerdon.web.operations import Call, Operation


@written
async def create_import(engine: Engine, call: Call[wire.NewImport]) -> Done:
    """Begin an import: say what file is to come, put its parts, then run it."""
    made = words.from_import(await uploading.create(engine, words.to_upload(call)))
    return Done("import", made.id, made)


async def list_imports(engine: Engine, call: Call[None]) -> wire.Imports:
    """List imports, those by the command line too, newest first."""
    query = asked(call, wire.ImportsQuery)
    before = pages.after_cursor(query.cursor, "imports", UUID)
    state = mapping.or_kept(query.state, None)
    found = await uploading.page(engine, call.caller, state=state, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "imports", lambda shown: shown.made.id)
    return wire.Imports([words.from_import(each) for each in page], cursor)


async def get_import(engine: Engine, call: Call[None]) -> wire.Import:
    """Read an import: how far it is, and what came of it."""
    return words.from_import(await uploading.one(engine, call.caller, _import_of(call)))


async def put_import_part(engine: Engine, call: Call[bytes]) -> None:
    """Put a part of the file, as it comes: 1 MiB at most, the parts numbered from 1; once more, the last one counts."""
    await uploading.put(engine, call.caller, _import_of(call), exports.part_of(call), call.body)


@written
async def run_import(engine: Engine, call: Call[wire.RunRequest]) -> Done:
    """Have the file checked and, where no row is bad or bad ones are skipped, written: a worker does it."""
    import_id, body = _import_of(call), call.body
    made = words.from_import(
        await uploading.run(engine, call.caller, import_id, is_trial=body.dry_run, skips_bad=body.skip_bad)
    )
    return Done("import", import_id, made)


async def list_bad_rows(engine: Engine, call: Call[None]) -> wire.BadRows:
    """List the rows of an import that are not written, with what is wrong with each."""
    query = asked(call, wire.BadRowsQuery)
    after = pages.after_cursor(query.cursor, "rows", pages.up_to(mapping.HIGHEST_VERSION)) or 0
    found = await uploading.bad_rows(engine, call.caller, _import_of(call), after=after, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "rows", lambda bad: bad[0])
    return wire.BadRows([wire.BadRow(*bad) for bad in page], cursor)


def _import_of(call: Call[Any]) -> UUID:
    return mapping.id_of(call, "import_id", FileNotFound)


_ONE = "/imports/{import_id}"
_WRITE: dict[str, Any] = whole(administers(WRITE)) | {"tag": "Imports and exports"}
_READ: dict[str, Any] = whole(administers(READ)) | {"tag": "Imports and exports"}

OPERATIONS = (
    Operation(
        name="createImport",
        paths=("/imports",),
        handle=create_import,
        body=wire.NewImport,
        answer=wire.Import,
        **_WRITE,
    ),
    Operation(
        name="listImports",
        paths=("/imports",),
        handle=list_imports,
        query=wire.ImportsQuery,
        answer=wire.Imports,
        problems=QUERY_PROBLEMS,
        **_READ,
    ),
    Operation(name="getImport", paths=(_ONE,), handle=get_import, answer=wire.Import, problems=READ_PROBLEMS, **_READ),
    Operation(
        name="putImportPart",
        paths=(f"{_ONE}/parts/{{number}}",),
        handle=put_import_part,
        body=bytes,
        **_WRITE | {"method": "PUT", "status": 204, "keyed": False, "answer_headers": {}},
    ),
    Operation(
        name="runImport",
        paths=(f"{_ONE}/run",),
        handle=run_import,
        body=wire.RunRequest,
        optional_body=True,
        answer=wire.Import,
        **_WRITE,
    ),
    Operation(
        name="listBadRows",
        paths=(f"{_ONE}/bad-rows",),
        handle=list_bad_rows,
        query=wire.BadRowsQuery,
        answer=wire.BadRows,
        problems=PAGE_PROBLEMS,
        **_READ,
    ),
)
