"""Which changes are asked for, and changes as the native API shows them; pure."""

from collections.abc import Sequence

from msgspec import Raw

from guerdon.core import changes
from guerdon.surfaces.native.mapping import or_kept
from guerdon.surfaces.native.wire import audit as wire

NOTHING = Raw(b"null")


def to_filter(query: wire.AuditQuery) -> changes.ChangeFilter:
    """Which changes are wanted."""
    return changes.ChangeFilter(
        kind=or_kept(query.kind, None),
        subject_id=or_kept(query.subject_id, None),
        actor=or_kept(query.actor_id, None),
        since=or_kept(query.since, None),
        until=or_kept(query.until, None),
    )


def from_changes(found: Sequence[changes.Change], cursor: str | None) -> wire.AuditLog:
    """A page of changes."""
    return wire.AuditLog([_from_change(change) for change in found], cursor)


def _from_change(change: changes.Change) -> wire.Change:
    return wire.Change(
        id=change.id,
        at=change.at,
        actor_id=change.actor,
        actor=change.actor_name,
        surface=change.surface,
        action=change.action,
        kind=change.kind,
        subject_id=change.subject_id,
        before=NOTHING if change.before is None else Raw(change.before.encode()),
        after=NOTHING if change.after is None else Raw(change.after.encode()),
    )
