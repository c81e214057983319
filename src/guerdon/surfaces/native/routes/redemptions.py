"""Redemptions of the native API."""

from typing import Any
from uuid import UUID

from msgspec import UNSET

from guerdon.core.redemptions import Shown
from guerdon.core.refusals import MembershipNotFound, RedemptionNotFound, RewardNotFound
from guerdon.core.rewards import RedemptionState, Reward
from guerdon.engine import Engine, fulfilling, reading, rewarding
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import redemptions as words
from guerdon.surfaces.native.routes import memberships
from guerdon.surfaces.native.routes.told import PAGE_PROBLEMS, QUERY_PROBLEMS, READ, WRITE, asked, written
from guerdon.surfaces.native.wire import redemptions as wire
from guerdon.web.operations import Call, Operation


async def list_redemptions(engine: Engine, call: Call[None]) -> wire.Redemptions:
    """List redemptions, newest first."""
    query = asked(call, wire.RedemptionsQuery)
    before = pages.after_cursor(query.cursor, "redemptions", UUID)
    wanted = words.to_filter(query, call.at)
    found = await fulfilling.page(engine, call.caller, wanted, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "redemptions", lambda each: each.redemption.id)
    return words.from_redemptions(page, cursor, call.at, await _rewards(engine, call, query, *page))


async def get_redemption(engine: Engine, call: Call[None]) -> wire.Redemption:
    """Read a redemption."""
    redemption_id = mapping.id_of(call, "redemption_id", RedemptionNotFound)
    query, found = asked(call, wire.RedemptionQuery), await fulfilling.redemption(engine, call.caller, redemption_id)
    return words.from_redemption(found, call.at, await _rewards(engine, call, query, found))


async def _rewards(
    engine: Engine, call: Call[None], query: wire.RedemptionQuery | wire.RedemptionsQuery, *found: Shown
) -> dict[UUID, Reward] | None:
    """The rewards of redemptions by id, where they are asked for."""
    if query.expand is UNSET:
        return None
    wanted = {each.redemption.reward_id for each in found if each.redemption.reward_id is not None}
    return {each.id: each for each in [await rewarding.reward(engine, call.caller, id_) for id_ in wanted]}


async def _done(engine: Engine, call: Call[Any], found: Shown) -> Done:
    """What came of a write, with the membership where that is asked for."""
    query = asked(call, wire.RedemptionDoneQuery)
    if query.expand is UNSET:
        return words.done(found, call.at)
    membership_id = found.membership_id
    return words.done(found, call.at, await memberships.known(engine, call, membership_id) if membership_id else None)


@written
async def redeem(engine: Engine, call: Call[wire.NewRedemption]) -> Done:
    """Reserve a reward for a member, and issue or fulfil it at once where that is asked for."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    membership = await reading.membership(engine, call.caller, membership_id)
    reward = await rewarding.reward(engine, call.caller, call.body.reward_id)
    if reward.program_id != membership.program_id:
        raise RewardNotFound(reward.id)
    redemption_id = await fulfilling.redeem(engine, words.to_redeeming(call, membership, reward))
    return await _done(engine, call, await fulfilling.redemption(engine, call.caller, redemption_id))


@written
async def issue_redemption(engine: Engine, call: Call[None]) -> Done:
    """Take the points of a reserved redemption, and hand out its code where it has one."""
    redemption_id = mapping.id_of(call, "redemption_id", RedemptionNotFound)
    until = RedemptionState.ISSUED
    return await _done(engine, call, await fulfilling.advance(engine, call.caller, call.at, redemption_id, until))


@written
async def fulfil_redemption(engine: Engine, call: Call[None]) -> Done:
    """Note that the member has had it; one that is only reserved is issued first."""
    redemption_id = mapping.id_of(call, "redemption_id", RedemptionNotFound)
    until = RedemptionState.FULFILLED
    return await _done(engine, call, await fulfilling.advance(engine, call.caller, call.at, redemption_id, until))


@written
async def cancel_redemption(engine: Engine, call: Call[None]) -> Done:
    """Take a redemption back: its points return to the lots that they came from."""
    redemption_id = mapping.id_of(call, "redemption_id", RedemptionNotFound)
    return await _done(engine, call, await fulfilling.cancel(engine, call.caller, call.at, redemption_id))


OPERATIONS = (
    Operation(
        name="listRedemptions",
        paths=("/redemptions",),
        handle=list_redemptions,
        query=wire.RedemptionsQuery,
        answer=wire.Redemptions,
        tag="Redemptions",
        problems=QUERY_PROBLEMS,
        **READ,
    ),
    Operation(
        name="getRedemption",
        paths=("/redemptions/{redemption_id}",),
        handle=get_redemption,
        query=wire.RedemptionQuery,
        answer=wire.Redemption,
        tag="Redemptions",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="redeem",
        paths=("/memberships/{membership_id}/redemptions",),
        handle=redeem,
        body=wire.NewRedemption,
        query=wire.RedemptionDoneQuery,
        answer=wire.Redemption,
        tag="Redemptions",
        **WRITE,
    ),
    Operation(
        name="issueRedemption",
        paths=("/redemptions/{redemption_id}/issue",),
        handle=issue_redemption,
        query=wire.RedemptionDoneQuery,
        answer=wire.Redemption,
        tag="Redemptions",
        **WRITE,
    ),
    Operation(
        name="fulfilRedemption",
        paths=("/redemptions/{redemption_id}/fulfil",),
        handle=fulfil_redemption,
        query=wire.RedemptionDoneQuery,
        answer=wire.Redemption,
        tag="Redemptions",
        **WRITE,
    ),
    Operation(
        name="cancelRedemption",
        paths=("/redemptions/{redemption_id}/cancel",),
        handle=cancel_redemption,
        query=wire.RedemptionDoneQuery,
        answer=wire.Redemption,
        tag="Redemptions",
        **WRITE,
    ),
)
