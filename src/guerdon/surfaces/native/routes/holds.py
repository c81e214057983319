"""Holds of the native API."""

from collections.abc import Callable
from uuid import UUID

from guerdon.core.commands import Capture, Posting, Void
from guerdon.core.refusals import HoldNotFound, MembershipNotFound
from guerdon.core.statements import Hold
from guerdon.engine import Engine, posting, reading
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import holds as words
from guerdon.surfaces.native.mapping import pages
from guerdon.surfaces.native.routes.told import PAGE_PROBLEMS, READ, READ_PROBLEMS, WRITE, asked
from guerdon.surfaces.native.wire import holds as wire
from guerdon.web.operations import Answer, Body, Call, Operation


async def list_holds(engine: Engine, call: Call[None]) -> wire.Holds:
    """Read a membership's holds, newest first."""
    query, membership_id = asked(call, wire.HoldsQuery), mapping.id_of(call, "membership_id", MembershipNotFound)
    before, state = pages.after_cursor(query.cursor, "holds", UUID), mapping.or_kept(query.state, None)
    found = await reading.holds(engine, call.caller, membership_id, state=state, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "holds", lambda hold: hold.id)
    return wire.Holds([words.from_hold(hold) for hold in page], cursor)


async def get_hold(engine: Engine, call: Call[None]) -> wire.Hold:
    """Read a hold."""
    hold_id = mapping.id_of(call, "hold_id", HoldNotFound)
    return words.from_hold(await reading.hold(engine, call.caller, hold_id))


async def place_hold(engine: Engine, call: Call[wire.HoldRequest]) -> Answer:
    """Reserve points that are available."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    account_id = await reading.account(engine, call.caller, membership_id, call.key)
    posted, hold = await posting.hold(engine, words.to_hold(call, account_id, engine.new_id()))
    return words.held(call, posted, hold)


async def capture_hold(engine: Engine, call: Call[wire.CaptureRequest]) -> Answer:
    """Take reserved points: all that remain, or a part."""
    placed, posted = await _ended(engine, call, words.to_capture)
    entry = await reading.entry(engine, posted)
    hold = await reading.hold_after(engine, call.caller, placed.id, entry, final=words.is_final(call.body))
    return words.captured(call, posted, entry, hold)


async def void_hold(engine: Engine, call: Call[None]) -> Answer:
    """Free what a hold still reserves."""
    placed, posted = await _ended(engine, call, words.to_void)
    return words.held(call, posted, await reading.hold(engine, call.caller, placed.id))


async def _ended(
    engine: Engine, call: Call[Body], make: Callable[[Call[Body], Hold], Capture | Void]
) -> tuple[Hold, Posting]:
    """A hold as it was, on whichever account it was, and what came of capturing or freeing it."""
    hold_id = mapping.id_of(call, "hold_id", HoldNotFound)

    async def attempt() -> tuple[Hold, Posting]:
        placed = await reading.hold(engine, call.caller, hold_id)
        return placed, await posting.post(engine, make(call, placed))

    return await posting.following(attempt)


OPERATIONS = (
    Operation(
        name="listHolds",
        paths=("/memberships/{membership_id}/holds",),
        handle=list_holds,
        query=wire.HoldsQuery,
        answer=wire.Holds,
        tag="Holds",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="getHold",
        paths=("/holds/{hold_id}",),
        handle=get_hold,
        answer=wire.Hold,
        tag="Holds",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="placeHold",
        paths=("/memberships/{membership_id}/holds",),
        handle=place_hold,
        body=wire.HoldRequest,
        answer=wire.HoldResult,
        tag="Holds",
        **WRITE,
    ),
    Operation(
        name="captureHold",
        paths=("/holds/{hold_id}/capture",),
        handle=capture_hold,
        body=wire.CaptureRequest,
        optional_body=True,
        answer=wire.CaptureResult,
        tag="Holds",
        **WRITE,
    ),
    Operation(
        name="voidHold",
        paths=("/holds/{hold_id}/void",),
        handle=void_hold,
        answer=wire.HoldResult,
        tag="Holds",
        **WRITE,
    ),
)
