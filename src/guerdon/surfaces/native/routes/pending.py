"""Pending earns of the native API."""

from uuid import UUID

from guerdon.core.refusals import MembershipNotFound, PendingNotFound
from guerdon.engine import Engine, posting, tracing
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import pages, points
from guerdon.surfaces.native.mapping import pending as words
from guerdon.surfaces.native.routes.told import PAGE_PROBLEMS, READ, READ_PROBLEMS, WRITE, asked
from guerdon.surfaces.native.wire import pending as wire
from guerdon.surfaces.native.wire.points import ActivateResult
from guerdon.web.operations import Answer, Call, Operation


async def list_pending_earns(engine: Engine, call: Call[None]) -> wire.PendingEarns:
    """Read a membership's pending earns, newest first."""
    query, membership_id = asked(call, wire.PendingEarnsQuery), mapping.id_of(call, "membership_id", MembershipNotFound)
    before, state = pages.after_cursor(query.cursor, "pending-earns", UUID), mapping.or_kept(query.state, None)
    found = await tracing.pending_of(
        engine, call.caller, membership_id, state=state, before=before, limit=query.limit + 1
    )
    page, cursor = pages.paged(found, query.limit, "pending-earns", lambda promised: promised.id)
    return wire.PendingEarns([words.from_pending(promised) for promised in page], cursor)


async def get_pending_earn(engine: Engine, call: Call[None]) -> wire.PendingEarn:
    """Read a pending earn."""
    pending_id = mapping.id_of(call, "pending_id", PendingNotFound)
    return words.from_pending(await tracing.pending_earn(engine, call.caller, pending_id))


async def activate_pending_earn(engine: Engine, call: Call[wire.ActivateRequest]) -> Answer:
    """Turn a pending earn into an earn now."""
    pending_id = mapping.id_of(call, "pending_id", PendingNotFound)
    placed = await tracing.pending_earn(engine, call.caller, pending_id)
    posted, entry = await posting.entered(engine, words.to_activate(call, placed))
    left = await tracing.pending_earn(engine, call.caller, pending_id)
    return points.activated(call, posted, entry, left)


async def cancel_pending_earn(engine: Engine, call: Call[None]) -> Answer:
    """Take a pending earn back before it was ever in the balance."""
    pending_id = mapping.id_of(call, "pending_id", PendingNotFound)
    placed = await tracing.pending_earn(engine, call.caller, pending_id)
    posted = await posting.post(engine, words.to_cancel(call, placed))
    return words.cancelled(call, posted, await tracing.pending_earn(engine, call.caller, pending_id))


OPERATIONS = (
    Operation(
        name="listPendingEarns",
        paths=("/memberships/{membership_id}/pending-earns",),
        handle=list_pending_earns,
        query=wire.PendingEarnsQuery,
        answer=wire.PendingEarns,
        tag="Pending earns",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="getPendingEarn",
        paths=("/pending-earns/{pending_id}",),
        handle=get_pending_earn,
        answer=wire.PendingEarn,
        tag="Pending earns",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="activatePendingEarn",
        paths=("/pending-earns/{pending_id}/activate",),
        handle=activate_pending_earn,
        body=wire.ActivateRequest,
        optional_body=True,
        answer=ActivateResult,
        tag="Pending earns",
        **WRITE,
    ),
    Operation(
        name="cancelPendingEarn",
        paths=("/pending-earns/{pending_id}/cancel",),
        handle=cancel_pending_earn,
        answer=wire.PendingResult,
        tag="Pending earns",
        **WRITE,
    ),
)
