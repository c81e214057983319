"""Entries and lots of the native API, and what moves points."""

from typing import Any
from uuid import UUID

from guerdon.core.refusals import MembershipNotFound
from guerdon.engine import Engine, posting, reading, tracing
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import pages
from guerdon.surfaces.native.mapping import points as words
from guerdon.surfaces.native.routes.told import PAGE_PROBLEMS, READ, READ_PROBLEMS, WRITE, asked
from guerdon.surfaces.native.wire import points as wire
from guerdon.web.operations import Answer, Call, Operation


async def list_entries(engine: Engine, call: Call[None]) -> wire.Entries:
    """Read a membership's entries, newest first."""
    query, membership_id = asked(call, wire.EntriesQuery), mapping.id_of(call, "membership_id", MembershipNotFound)
    before = (
        pages.after_cursor(query.cursor, "entries", pages.up_to(mapping.HIGHEST_VERSION)) or mapping.HIGHEST_VERSION
    )
    found = await reading.entries(
        engine, call.caller, membership_id, before=before, limit=query.limit + 1, wanted=words.to_filter(query)
    )
    return words.from_entries(*pages.paged(found, query.limit, "entries", lambda entry: entry.version))


async def get_entry(engine: Engine, call: Call[None]) -> wire.EntryTrace:
    """Read an entry, which points paid for it, and what became of the points that it brought."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    return words.from_trace(await tracing.trace(engine, call.caller, membership_id, mapping.version_of(call)))


async def list_lots(engine: Engine, call: Call[None]) -> wire.Lots:
    """Read a membership's lots: the open ones first, those that lapse soonest first."""
    query, membership_id = asked(call, wire.LotsQuery), mapping.id_of(call, "membership_id", MembershipNotFound)
    after, open_only = pages.after_cursor(query.cursor, "lots", words.lot_place), query.state == "open"
    found = await tracing.lots_of(
        engine, call.caller, membership_id, open_only=open_only, after=after, limit=query.limit + 1
    )
    return words.from_lots(*pages.paged(found, query.limit, "lots", words.lot_key))


async def _account(engine: Engine, call: Call[Any]) -> UUID:
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    return await reading.account(engine, call.caller, membership_id, call.key)


async def earn(engine: Engine, call: Call[wire.EarnRequest]) -> Answer:
    """Add points, or promise them."""
    account_id = await _account(engine, call)
    posted, made = await posting.earn(engine, words.to_earn(call, account_id, engine.new_id()))
    return words.earned(call, posted, made)


async def adjust(engine: Engine, call: Call[wire.AdjustRequest]) -> Answer:
    """Add or take points by hand; only what is available can be taken."""
    account_id = await _account(engine, call)
    posted, entry = await posting.entered(engine, words.to_adjust(call, account_id))
    return words.entered(call, posted, entry)


async def set_points(engine: Engine, call: Call[wire.SetRequest]) -> Answer:
    """Write a figure: an entry of the difference to what is there."""
    account_id = await _account(engine, call)
    posted, entry = await posting.set_figure(engine, words.to_set(call, account_id))
    return words.figure_set(call, posted, entry)


async def reverse(engine: Engine, call: Call[wire.ReverseRequest]) -> Answer:
    """Undo an entry, whole or in part, as a new entry."""
    account_id = await _account(engine, call)
    posted, entry = await posting.entered(engine, words.to_reverse(call, account_id, mapping.version_of(call)))
    return words.entered(call, posted, entry)


async def transfer(engine: Engine, call: Call[wire.TransferRequest]) -> Answer:
    """Move available points to another membership of the program; they keep their days."""
    account_id = await _account(engine, call)
    to_account_id = await reading.account(engine, call.caller, call.body.to_membership_id, call.key)
    posted, entry = await posting.entered(engine, words.to_transfer(call, account_id, to_account_id))
    return words.entered(call, posted, entry)


OPERATIONS = (
    Operation(
        name="listEntries",
        paths=("/memberships/{membership_id}/entries",),
        handle=list_entries,
        query=wire.EntriesQuery,
        answer=wire.Entries,
        tag="Points",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="getEntry",
        paths=("/memberships/{membership_id}/entries/{version}",),
        handle=get_entry,
        answer=wire.EntryTrace,
        tag="Points",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="listLots",
        paths=("/memberships/{membership_id}/lots",),
        handle=list_lots,
        query=wire.LotsQuery,
        answer=wire.Lots,
        tag="Points",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="earn",
        paths=("/memberships/{membership_id}/earn",),
        handle=earn,
        body=wire.EarnRequest,
        answer=wire.EarnResult,
        tag="Points",
        **WRITE,
    ),
    Operation(
        name="adjust",
        paths=("/memberships/{membership_id}/adjust",),
        handle=adjust,
        body=wire.AdjustRequest,
        answer=wire.EntryResult,
        tag="Points",
        **WRITE,
    ),
    Operation(
        name="set",
        paths=("/memberships/{membership_id}/set",),
        handle=set_points,
        body=wire.SetRequest,
        answer=wire.SetResult,
        tag="Points",
        **WRITE,
    ),
    Operation(
        name="reverse",
        paths=("/memberships/{membership_id}/entries/{version}/reverse",),
        handle=reverse,
        body=wire.ReverseRequest,
        optional_body=True,
        answer=wire.EntryResult,
        tag="Points",
        **WRITE,
    ),
    Operation(
        name="transfer",
        paths=("/memberships/{membership_id}/transfer",),
        handle=transfer,
        body=wire.TransferRequest,
        answer=wire.EntryResult,
        tag="Points",
        **WRITE,
    ),
)
