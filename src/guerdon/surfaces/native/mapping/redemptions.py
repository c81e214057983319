"""What is said of a redemption, and redemptions as the native API shows them; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import UNSET, UnsetType, structs

from guerdon.core.memberships import Membership
from guerdon.core.redemptions import RedemptionFilter, Shown
from guerdon.core.rewards import Basket, Line, RedemptionState, Reward, subtotal_of
from guerdon.engine.fulfilling import Redeeming
from guerdon.surfaces.native.mapping import Done, at_least_zero, or_kept, shown
from guerdon.surfaces.native.mapping.rewards import from_reward
from guerdon.surfaces.native.wire import memberships as shows
from guerdon.surfaces.native.wire import redemptions as wire
from guerdon.web.operations import Call


def to_redeeming(call: Call[wire.NewRedemption], membership: Membership, reward: Reward) -> Redeeming:
    """A reward to be had by a member.

    Raises:
        InvalidField: a price or the total cannot be.
    """
    body = call.body
    lines = tuple(
        Line(line.sku, at_least_zero("price", line.price, ("lines", str(n))), line.quantity)
        for n, line in enumerate(body.lines)
    )
    subtotal = subtotal_of(lines) if lines else None
    total = subtotal if body.total is None else at_least_zero("total", body.total)
    return Redeeming(
        caller=call.caller,
        at=call.at,
        membership=membership,
        reward=reward,
        basket=Basket(lines, subtotal, total),
        until=RedemptionState(body.state),
        lasts=timedelta(seconds=body.reserve_seconds),
    )


def to_filter(query: wire.RedemptionsQuery, at: datetime) -> RedemptionFilter:
    """Which redemptions are wanted."""
    return RedemptionFilter(
        at=at,
        program_ids=None if isinstance(query.program_id, UnsetType) else [query.program_id],
        membership_id=or_kept(query.membership_id, None),
        member_id=or_kept(query.member_id, None),
        reward_id=or_kept(query.reward_id, None),
        state=or_kept(query.state, None),
        since=or_kept(query.since, None),
        until=or_kept(query.until, None),
    )


def from_redemption(told: Shown, at: datetime, known: Mapping[UUID, Reward] | None = None) -> wire.Redemption:
    """A redemption as it stands at a moment; with its reward where rewards are given."""
    redemption = told.redemption
    reward = known.get(redemption.reward_id) if known is not None and redemption.reward_id else None
    return wire.Redemption(
        id=redemption.id,
        state=redemption.standing(at).value,
        membership_id=told.membership_id,
        member_id=told.member_id,
        reward_id=redemption.reward_id,
        reward_code=told.reward_code,
        title=told.title,
        points=shown(redemption.points),
        value=redemption.value,
        voucher_code=told.voucher,
        entry_version=redemption.version,
        reserved_at=redemption.reserved_at,
        issued_at=redemption.issued_at,
        fulfilled_at=redemption.fulfilled_at,
        closed_at=redemption.closed_at,
        expires_at=redemption.expires_at,
        reward=UNSET if known is None else from_reward(reward) if reward else None,
    )


def done(told: Shown, at: datetime, membership: shows.Membership | UnsetType | None = UNSET) -> Done:
    """What came of a write; who did it is written on the entry, and not in the log."""
    body = structs.replace(from_redemption(told, at), membership=membership)
    return Done("", told.redemption.id, body, about=told.member_id)


def from_redemptions(
    found: Sequence[Shown], cursor: str | None, at: datetime, known: Mapping[UUID, Reward] | None
) -> wire.Redemptions:
    """A page of redemptions; with their rewards where they are given."""
    return wire.Redemptions([from_redemption(each, at, known) for each in found], cursor)
