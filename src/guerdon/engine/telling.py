"""What an entry, a hold or a change of a member says as an event; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from guerdon.core import webhooks as hooks
from guerdon.storage.happenings import Changed as ChangedHold
from guerdon.storage.happenings import Waiting, Whose
from guerdon.storage.outbox import Changed, Posted

_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class Happened(NamedTuple):
    """Something that is to become an event, before it has its number."""

    tenant_id: UUID
    member_id: UUID
    type: str
    at: datetime
    data: Mapping[str, Any]


def in_order(entries: Sequence[Posted], holds: Iterable[ChangedHold], waiting: Iterable[Waiting]) -> list[Happened]:
    """All that has happened to the members of some accounts, in the order in which it did.

    Entries come as they are given. At one moment a hold is placed before an entry and ends after it, and what else
    there is, which led to these, comes last.
    """
    last: dict[UUID, datetime] = {}
    told: list[tuple[datetime, int, int, Happened]] = []
    for number, posted in enumerate(entries):
        account_id, moment = posted.entry.account_id, posted.entry.recorded_at
        last[account_id] = max(moment, last.get(account_id, moment))
        if (happened := of_entry(posted)) is not None:
            told.append((last[account_id], 1, number, happened))
    for changed in holds:
        told += [(happened.at, rank, 0, happened) for rank, happened in of_hold(changed)]
    for each in waiting:
        if each.whose.member_id is not None:
            happened = _happened(each.whose, each.whose.member_id, each.type, each.at, _decoder.decode(each.data))
            told.append((each.at, 3, hooks.EVENTS.index(each.type), happened))
    told.sort(key=lambda each: each[:3])
    return [happened for *_, happened in told]


def of_entry(posted: Posted) -> Happened | None:
    """An entry; nobody's is no event."""
    if posted.member_id is None:
        return None
    entry = posted.entry
    whose = Whose(entry.account_id, posted.tenant_id, posted.program_id, posted.membership_id, posted.member_id)
    data = {
        "version": entry.version,
        "points": entry.points,
        "balance_after": entry.balance_after,
        "effective_at": entry.effective_at,
        "reason": entry.reason,
        "reference": entry.reference,
        "location": entry.location,
        "hold_id": entry.hold_id,
        "pending_id": entry.pending_id,
        "reverses": entry.reverses,
        "peer_account_id": entry.peer_id,
        "surface": entry.surface,
    }
    return _happened(whose, posted.member_id, hooks.OF_ENTRIES[entry.kind], entry.recorded_at, data)


def of_hold(changed: ChangedHold) -> Iterable[tuple[int, Happened]]:
    """That a hold was placed, as far as it was not told, and how it ended, each with its place at one moment."""
    hold, whose = changed.hold, changed.whose
    if whose.member_id is None:
        return
    data = {
        "hold_id": hold.id,
        "points": hold.points,
        "placed_at": hold.placed_at,
        "expires_at": hold.expires_at,
        "reason": hold.reason,
        "reference": hold.reference,
        "location": hold.location,
        "surface": changed.surface,
    }
    if changed.is_new:
        yield 0, _happened(whose, whose.member_id, hooks.HOLD_PLACED, hold.placed_at, data)
    if hold.state in hooks.OF_HOLDS:
        ended_at = hold.closed_at or hold.placed_at
        yield (
            2,
            _happened(whose, whose.member_id, hooks.OF_HOLDS[hold.state], ended_at, {**data, "closed_at": ended_at}),
        )


def of_member(member: Changed) -> Happened:
    """A member that was made, changed, merged or erased."""
    if member.is_erased:
        return Happened(member.tenant_id, member.id, hooks.MEMBER_ERASED, member.at, {})
    if member.merged_into is not None:
        return Happened(
            member.tenant_id, member.id, hooks.MEMBER_MERGED, member.at, {"merged_into": member.merged_into}
        )
    kind = hooks.MEMBER_CREATED if member.is_new else hooks.MEMBER_CHANGED
    return Happened(member.tenant_id, member.id, kind, member.at, {})


def _happened(whose: Whose, member_id: UUID, kind: str, at: datetime, data: Mapping[str, Any]) -> Happened:
    named = {
        "membership_id": whose.membership_id,
        "program_id": whose.program_id,
        "account_id": whose.account_id,
    }
    return Happened(whose.tenant_id, member_id, kind, at, {**named, **data})
