"""Statements with their rows as a surface writes them: written once, and again only when something new was posted."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from guerdon.core.callers import Caller
from guerdon.core.members import Identifier
from guerdon.core.statements import Known, Statement
from guerdon.engine import reading
from guerdon.engine.engine import Engine
from guerdon.engine.keeping import History

FEWEST_ENTRIES = 40
"""Of an account whose statement is worth keeping: those of others are read and written in no time."""

_NEVER = datetime.max.replace(tzinfo=UTC)


async def statement(
    engine: Engine,
    caller: Caller,
    names: Sequence[Identifier],
    window: tuple[datetime, datetime],
    write: Callable[[Statement], bytes],
) -> tuple[Statement, bytes]:
    """A member's statement, and its fold and lines as the surface writes them; without them where they were written.

    Args:
        engine: the engine.
        caller: who asks.
        names: the member's.
        window: its beginning and end, both in it.
        write: writes the fold and the lines; nothing else of the statement may go into it.

    Raises:
        MemberNotFound: as for `reading.statement`.
    """
    since, until = window
    key = (caller.surface, caller.tenant_id, names[0])
    kept = engine.histories.get(key, since, until)
    found = await reading.statement(engine, caller, names, since, until, kept.known if kept else None)
    if kept and found.is_known:
        return found, kept.written
    written = write(found)
    if found.account_id and found.balance and found.balance.version >= FEWEST_ENTRIES:
        known = Known(found.account_id, found.balance.version)
        engine.histories.put(key, History(known, since, found.first_at or _NEVER, until, written))
    return found, written
