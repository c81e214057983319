"""Links a vendor's accounts to a merchant's programs."""

from guerdon.core.callers import Caller
from guerdon.core.programs import ChannelProfile
from guerdon.core.refusals import NoActiveProgram
from guerdon.engine import reading
from guerdon.engine.engine import Engine
from guerdon.storage import programs
from guerdon.storage.queries import Connection


async def install(engine: Engine, caller: Caller, profile_id: str, account: str) -> ChannelProfile:
    """Notes that the caller's default program is installed in an account at a vendor; once more changes nothing.

    Raises:
        ProgramNotFound: the caller's tenant has no default program.
    """
    program = await reading.default_program(engine, caller)
    profile = ChannelProfile(id=profile_id, account=account, program_id=program.id)

    async def work(connection: Connection) -> ChannelProfile:
        await programs.keep_profile(connection, caller.tenant_id, profile, engine.clock())
        kept = await programs.profile(connection, caller.tenant_id, profile_id)
        if kept is None:
            raise NoActiveProgram(profile_id)
        return kept

    return await engine.database.retrying(work)
