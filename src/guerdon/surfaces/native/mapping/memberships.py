"""What is said of a membership, and memberships and their figures as the native API shows them; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UnsetType

from guerdon.core import memberships
from guerdon.core.lots import Lapse
from guerdon.core.memberships import MembershipState
from guerdon.core.projections import Projection
from guerdon.engine.joining import KEEP, Change, Joining, Keep
from guerdon.surfaces.native.mapping import moments, shown
from guerdon.surfaces.native.wire import memberships as wire
from guerdon.web.operations import Call


def to_joining(call: Call[wire.NewMembership], member_id: UUID, number: str, *, is_first: bool) -> Joining:
    """A membership to be made; the first one of a member stands for it.

    Raises:
        InvalidField: the end is out of all bounds.
    """
    body = call.body
    return Joining(
        member_id=member_id,
        program_id=body.program_id,
        is_primary=body.is_primary or is_first,
        state=MembershipState(body.state),
        number=body.number or number,
        expires_at=moments.planned("expires_at", body.expires_at),
        tier_id=body.tier_id,
    )


def to_change(body: wire.MembershipChange, membership_id: UUID) -> Change:
    """What is to change of a membership.

    Raises:
        InvalidField: the end is out of all bounds.
    """

    def new(value: Any) -> Any:
        return KEEP if isinstance(value, UnsetType) else value

    expires_at: datetime | Keep | None = new(body.expires_at)
    return Change(
        membership_id=membership_id,
        number=new(body.number),
        state=KEEP if isinstance(body.state, UnsetType) else MembershipState(body.state),
        is_primary=new(body.is_primary),
        tier_id=new(body.tier_id),
        expires_at=expires_at if isinstance(expires_at, Keep) else moments.planned("expires_at", expires_at),
    )


def from_membership(membership: memberships.Membership, lapses: Mapping[UUID, Lapse]) -> wire.Membership:
    """A membership with the figures of its account; what lapses next by account."""
    return wire.Membership(
        id=membership.id,
        member_id=membership.member_id,
        program_id=membership.program_id,
        account_id=membership.account_id,
        number=membership.number,
        state=membership.state.value,
        is_primary=membership.is_primary,
        tier_id=membership.tier_id,
        tier_until=membership.tier_until,
        expires_at=membership.expires_at,
        created_at=membership.created_at,
        updated_at=membership.updated_at,
        balance=_balance(membership.balance, lapses.get(membership.account_id)),
    )


def from_projection(projection: Projection) -> wire.BalanceAt:
    """The figures at a moment, with what happens until then."""
    return wire.BalanceAt(
        at=projection.at,
        posted=shown(projection.posted),
        held=shown(projection.held),
        available=shown(projection.available),
        lifetime=shown(projection.lifetime),
        pending=shown(projection.pending),
        steps=[wire.Step(step.at, step.what.value, shown(step.points)) for step in projection.steps],
    )


def _balance(balance: memberships.Balance, lapse: Lapse | None) -> wire.Balance:
    return wire.Balance(
        posted=shown(balance.posted),
        held=shown(balance.held),
        available=shown(balance.available),
        lifetime=shown(balance.lifetime),
        pending=shown(balance.pending),
        next_lapse=wire.Lapse(lapse.at, lapse.points) if lapse else None,
        version=balance.version,
    )
