"""Programs of the native API."""

from uuid import UUID

from guerdon.core.refusals import ProgramNotFound
from guerdon.engine import Engine, cataloguing, designing, reading
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import programs as words
from guerdon.surfaces.native.routes.told import (
    CHANGE,
    CREATE,
    DELETE,
    PAGE_PROBLEMS,
    READ,
    READ_ONE,
    administers,
    asked,
    whole,
    written,
)
from guerdon.surfaces.native.wire import programs as wire
from guerdon.web.operations import Answer, Call, Operation


async def list_programs(engine: Engine, call: Call[None]) -> wire.Programs:
    """List programs, newest first."""
    query = asked(call, wire.ProgramsQuery)
    after = pages.after_cursor(query.cursor, "programs", UUID)
    wanted = words.to_filter(query, list(await reading.chains(engine, call.caller)))
    found = await cataloguing.programs_page(engine, call.caller, wanted, cursor=after, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "programs", lambda program: program.id)
    ladder = await reading.tiers(engine, *(program.id for program in page)) if query.expand == "tiers" else None
    return wire.Programs([words.from_program(program, ladder) for program in page], cursor)


async def get_program(engine: Engine, call: Call[None]) -> Answer:
    """Read a program with its rules."""
    query = asked(call, wire.ProgramQuery)
    program = await reading.program(engine, call.caller, mapping.id_of(call, "program_id", ProgramNotFound))
    ladder = await reading.tiers(engine, program.id) if query.expand == "tiers" else None
    return mapping.tagged(call, words.from_program(program, ladder))


@written
async def create_program(engine: Engine, call: Call[wire.NewProgram]) -> Done:
    """Make a program, in the chain of the one that members join where nothing names one."""
    chain_id = (await reading.default_program(engine, call.caller)).chain_id
    program = words.to_program(call.body, chain_id, engine.new_id())
    made = await designing.add_program(engine, call.caller, call.at, program)
    return Done("program", made.id, words.from_program(made))


@written
async def update_program(engine: Engine, call: Call[wire.ProgramChange]) -> Done:
    """Change a program; what was earned keeps the day that it lapses on."""
    program_id = mapping.id_of(call, "program_id", ProgramNotFound)
    before = await designing.locked_program(engine, call.caller, program_id)
    mapping.expected(call, words.from_program(before))
    after = words.to_changed(call.body, before)
    made = await designing.change_program(engine, call.caller, call.at, before, after)
    return Done("program", made.id, words.from_program(made), words.from_program(before))


@written
async def delete_program(engine: Engine, call: Call[None]) -> Done:
    """Delete a program that nobody is in."""
    program_id = mapping.id_of(call, "program_id", ProgramNotFound)
    before = await designing.locked_program(engine, call.caller, program_id)
    mapping.expected(call, words.from_program(before))
    caller = await reading.in_chain_of(engine, call.caller, program_id)
    await cataloguing.delete_programs(engine, caller, call.at, [program_id])
    return Done("program", program_id, None, words.from_program(before))


OPERATIONS = (
    Operation(
        name="listPrograms",
        paths=("/programs",),
        handle=list_programs,
        query=wire.ProgramsQuery,
        answer=wire.Programs,
        tag="Programs",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="createProgram",
        paths=("/programs",),
        handle=create_program,
        body=wire.NewProgram,
        answer=wire.Program,
        tag="Programs",
        **whole(administers(CREATE)),
    ),
    Operation(
        name="getProgram",
        paths=("/programs/{program_id}",),
        handle=get_program,
        query=wire.ProgramQuery,
        answer=wire.Program,
        tag="Programs",
        **{**READ_ONE, "problems": PAGE_PROBLEMS},
    ),
    Operation(
        name="updateProgram",
        paths=("/programs/{program_id}",),
        handle=update_program,
        body=wire.ProgramChange,
        answer=wire.Program,
        tag="Programs",
        **administers(CHANGE),
    ),
    Operation(
        name="deleteProgram",
        paths=("/programs/{program_id}",),
        handle=delete_program,
        tag="Programs",
        **administers(DELETE),
    ),
)
