"""Takes one redemption from reserved to issued to fulfilled, or cancels it, and gives back what it took."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import Capture, Command, Posting, Reverse, Void
from guerdon.core.memberships import Membership
from guerdon.core.redemptions import RedemptionFilter, Shown
from guerdon.core.refusals import RedemptionNotFound, RedemptionNotOpen, Refusal, RewardUnavailable
from guerdon.core.rewards import Basket, Objection, Redemption, RedemptionState, Reward
from guerdon.engine import redeeming
from guerdon.engine.engine import Engine
from guerdon.engine.redeeming import RESERVED_FOR, Reservation
from guerdon.storage import ledger, merges, pools, redemptions, rewards
from guerdon.storage.queries import Connection

STEPS = (RedemptionState.RESERVED, RedemptionState.ISSUED, RedemptionState.FULFILLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeeming:
    """A reward to be had.

    Attributes:
        membership: whose points pay.
        basket: what it is for, where that is known.
        until: how far it goes at once.
        lasts: how long it is reserved.
    """

    caller: Caller
    at: datetime
    membership: Membership
    reward: Reward
    basket: Basket = field(default_factory=Basket)
    until: RedemptionState = RedemptionState.RESERVED
    lasts: timedelta = RESERVED_FOR


async def redemption(engine: Engine, caller: Caller, redemption_id: UUID) -> Shown:
    """A redemption.

    Raises:
        RedemptionNotFound: the tenant has no such redemption.
    """
    async with engine.database.connection() as connection:
        return await _found(connection, caller, redemption_id)


async def page(
    engine: Engine, caller: Caller, wanted: RedemptionFilter, *, before: UUID | None, limit: int
) -> list[Shown]:
    """Redemptions, the newest first, from below `before`."""
    async with engine.database.searching() as connection:
        wanted = replace(wanted, program_ids=caller.seen(wanted.program_ids))
        return await redemptions.page(connection, caller.tenant_id, wanted, before=before, limit=limit)


async def redeem(engine: Engine, ask: Redeeming) -> UUID:
    """Reserves a reward for a member, and takes it as far as is asked; within a transaction. The redemption's id.

    Raises:
        RewardUnavailable: something speaks against it.
        AccountClosed: the membership's account takes no more postings.
    """
    session = str(engine.new_id())
    reservation = Reservation(
        caller=ask.caller,
        at=ask.at,
        membership=ask.membership,
        session=session,
        codes=[ask.reward.code],
        basket=ask.basket,
        is_listed=ask.reward.is_listed,
        lasts=ask.lasts,
    )
    (outcome,) = await redeeming.reserve(engine, reservation)
    if outcome.objections:
        raise RewardUnavailable(tuple(objection.value for objection in outcome.objections))

    async def work(connection: Connection) -> UUID:
        kept = await redemptions.reserved_of(connection, ask.membership.account_id, ask.at)
        made = next(each.redemption for each in kept if each.redemption.session == session)
        for state in STEPS[1 : STEPS.index(ask.until) + 1]:
            made = await _step(connection, ask.caller, ask.at, made, state)
        return made.id

    return await engine.database.retrying(work)


async def advance(engine: Engine, caller: Caller, at: datetime, redemption_id: UUID, until: RedemptionState) -> Shown:
    """Issues a reserved redemption, or fulfils it; one that is reserved is issued first.

    Raises:
        RedemptionNotFound: the tenant has no such redemption.
        RedemptionNotOpen: it is as far already, or has ended.
    """

    async def work(connection: Connection) -> Shown:
        made = await _locked(connection, caller, redemption_id)
        state = made.standing(at)
        if state not in STEPS or STEPS.index(state) >= STEPS.index(until):
            raise RedemptionNotOpen(made.id, state.value)
        for step in STEPS[STEPS.index(state) + 1 : STEPS.index(until) + 1]:
            made = await _step(connection, caller, at, made, step)
        return await _found(connection, caller, redemption_id)

    return await engine.database.retrying(work)


async def cancel(engine: Engine, caller: Caller, at: datetime, redemption_id: UUID) -> Shown:
    """Takes a redemption back: its points return to the lots that they came from, and there is one more of the reward.

    A code that was handed out is not handed out again.

    Raises:
        RedemptionNotFound: the tenant has no such redemption.
        RedemptionNotOpen: it has ended.
        Refusal: the ledger said no.
    """

    async def work(connection: Connection) -> Shown:
        made = await _locked(connection, caller, redemption_id)
        state = made.standing(at)
        if state not in STEPS:
            raise RedemptionNotOpen(made.id, state.value)
        told = _Told(caller=caller, account_id=made.account_id, at=at, reason="redemption cancelled")
        if made.version is not None:
            # Where the member has gone up in another since, that one gets the points.
            async with merges.apart(connection, caller, made.account_id, made.version, at):
                await _post(connection, Reverse(**told, version=made.version), at)
        elif made.hold_id is not None:
            await _post(connection, Void(**told, hold_id=made.hold_id), at)
        await redemptions.write(connection, caller, [replace(made, state=RedemptionState.CANCELLED, closed_at=at)])
        cancelled = await _found(connection, caller, redemption_id)
        if made.reward_id is not None and cancelled.voucher is None:
            back = rewards.add_stock if made.state is RedemptionState.RESERVED else rewards.give_back
            await back(connection, {made.reward_id: 1})
        return cancelled

    return await engine.database.retrying(work)


class _Told(TypedDict):
    """What the commands for a redemption say."""

    caller: Caller
    account_id: UUID
    at: datetime
    reason: str


async def _found(connection: Connection, caller: Caller, redemption_id: UUID) -> Shown:
    found = await redemptions.by_id(connection, caller.tenant_id, redemption_id)
    if found is None or not await _may(connection, caller, found):
        raise RedemptionNotFound(redemption_id)
    return found


async def _may(connection: Connection, caller: Caller, found: Shown) -> bool:
    if caller.program_ids is None:
        return True
    program_id = await ledger.program_of(connection, found.redemption.account_id)
    return program_id is not None and caller.may(program_id)


async def _locked(connection: Connection, caller: Caller, redemption_id: UUID) -> Redemption:
    """The redemption as it is once its account, and its reward where there is a number of it, are ours alone."""
    seen = (await _found(connection, caller, redemption_id)).redemption
    await redemptions.lock_account(connection, seen.account_id)
    await rewards.lock_stock(connection, None, [], [seen.reward_id] if seen.reward_id else [])
    return (await _found(connection, caller, redemption_id)).redemption


async def _step(
    connection: Connection, caller: Caller, at: datetime, made: Redemption, state: RedemptionState
) -> Redemption:
    if state is RedemptionState.FULFILLED:
        after = replace(made, state=state, fulfilled_at=at, closed_at=at)
        await redemptions.write(connection, caller, [after])
        return after
    reward = await rewards.by_id(connection, caller.tenant_id, made.reward_id) if made.reward_id else None
    version = made.version
    if made.hold_id is not None:
        told = _Told(caller=caller, account_id=made.account_id, at=at, reason=reward.title if reward else "redeemed")
        version = await _post(connection, Capture(**told, hold_id=made.hold_id, points=made.points), at)
    if reward and reward.pool_id and not await pools.take(connection, reward.pool_id, made.id, at):
        raise RewardUnavailable((Objection.OUT_OF_STOCK.value,))
    days = reward.valid_days if reward else None
    expires_at = at + timedelta(days=days) if days else None
    after = replace(made, state=state, version=version, issued_at=at, expires_at=expires_at)
    await redemptions.write(connection, caller, [after])
    return after


async def _post(connection: Connection, command: Command, at: datetime) -> int | None:
    """Posts a command; the version of its entry."""
    (answer,) = await ledger.post(connection, [command], at)
    if isinstance(answer, Refusal):
        raise answer
    return answer.version if isinstance(answer, Posting) else None
