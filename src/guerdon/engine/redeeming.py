"""Reserves what points buy for a journey through a shop, all of it in one step, and frees what it has dropped."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import Command, Hold, Posting, Void
from guerdon.core.memberships import Membership
from guerdon.core.points import ZERO, plain, plus, times
from guerdon.core.refusals import AccountClosed, AccountNotFound, InsufficientPoints, NoRedemptionRate, Refusal
from guerdon.core.rewards import (
    Basket,
    Objection,
    Redemption,
    RedemptionState,
    Reward,
    Standing,
    for_tier,
    objections,
)
from guerdon.engine import placing
from guerdon.engine.engine import Engine
from guerdon.storage import ledger, programs, redemptions, rewards
from guerdon.storage.queries import Connection
from guerdon.storage.redemptions import Kept
from guerdon.storage.rewards import Asked

RESERVED_FOR = timedelta(minutes=15)
"""How long a shop that says nothing more keeps points and stock from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What a session wants to have reserved from now on: everything else of the kind that it had is freed.

    Attributes:
        membership: whose points pay.
        session: the journey through a shop, in the shop's words; unique for the member.
        codes: the rewards; one that is named twice is wanted once.
        basket: what they are for.
        is_listed: the kind: rewards that everybody sees, or those that only their code opens.
        lasts: how long it is reserved.
    """

    caller: Caller
    at: datetime
    membership: Membership
    session: str
    codes: Sequence[str]
    basket: Basket
    is_listed: bool = True
    lasts: timedelta = RESERVED_FOR


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one code: the reward, where there is one, and what speaks against it; nothing: it is reserved."""

    code: str
    reward: Reward | None
    objections: tuple[Objection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Points that a session wants to have reserved in the place of money.

    Attributes:
        amount: in units of the currency.
        most: what is still to be paid, in units of the currency; None where that is not known.
    """

    caller: Caller
    at: datetime
    membership: Membership
    session: str
    amount: Decimal
    most: Decimal | None


@dataclass(frozen=True, slots=True)
class Paid:
    """What came of a payment: the points that the session could use at most, and what speaks against it."""

    points: Decimal
    objections: tuple[Objection, ...]


async def offers(
    engine: Engine, membership: Membership, basket: Basket, *, session: str | None, at: datetime
) -> list[tuple[Reward, tuple[Objection, ...]]]:
    """The rewards that are listed, the cheapest first, each with what speaks against it; reserves nothing."""
    async with engine.database.connection() as connection:
        found = await standings(connection, _asked(membership, session, at), membership)
    available = membership.balance.available
    return [(each, objections(each, basket, standing, available=available, at=at)) for each, standing in found]


async def reserve(engine: Engine, ask: Reservation) -> list[Outcome]:
    """Reserves rewards for a session, each for itself, and frees what the session no longer wants.

    What is wanted again is reserved anew, for another quarter of an hour. One outcome for each code, in order.

    Raises:
        AccountNotFound, AccountClosed: the membership's account takes no more postings.
    """

    async def work(connection: Connection) -> list[Outcome]:
        codes = list(dict.fromkeys(ask.codes))
        await _lock_stock(connection, ask, codes, await _own(connection, ask.membership, ask.session, ask.at))
        # Read behind the locks: what has ended meanwhile, and was noted, has given its stock back.
        mine = await _own(connection, ask.membership, ask.session, ask.at)
        mine = [kept for kept in mine if kept.code is not None and kept.is_listed == ask.is_listed]
        asked = _asked(ask.membership, ask.session, ask.at)
        known = {each[0].code: each for each in await standings(connection, asked, ask.membership, codes)}
        outcomes = [_outcome(ask, code, known.get(code)) for code in codes]
        return await _reserved(engine, connection, ask, outcomes, mine)

    return await engine.database.retrying(work)


async def pay(engine: Engine, ask: Payment) -> Paid:
    """Reserves points in the place of money for a session, in the place of those that it had reserved so before.

    Raises:
        NoRedemptionRate: the program does not say what points are worth.
        AccountNotFound, AccountClosed: as for `reserve`.
    """

    async def work(connection: Connection) -> Paid:
        await ledger.settle(connection, [ask.membership.account_id], ask.at)
        rate = await price_of_money(connection, ask.caller, ask.membership.program_id)
        mine = [kept for kept in await _own(connection, ask.membership, ask.session, ask.at) if kept.code is None]
        free = await _available(connection, ask.membership)
        most = plus(free, sum((kept.redemption.points for kept in mine), ZERO))
        points = plain(times(ask.amount, rate))
        said = (
            (Objection.BARRED, ask.membership.is_barred),
            (Objection.NOT_ENOUGH_POINTS, points > most or (ask.most is not None and ask.amount > ask.most)),
        )
        found = tuple(objection for objection, applies in said if applies)
        await _post(connection, [_void(ask, kept) for kept in mine], ask.at)
        placed = [] if found else [_new(engine, ask, None, points, mine, value=ask.amount)]
        _raised(await _post(connection, [_hold(ask, each, "paid with points") for each in placed], ask.at))
        await _write(connection, ask, mine, placed)
        return Paid(most, found)

    return await engine.database.retrying(work)


async def expire(engine: Engine, most: int = 100) -> int:
    """Notes of reservations and of what was issued that their time is over, of so many rewards; how many there were.

    Whoever asks for a reward sees what is free in any case: this keeps the rows as they are told.
    """

    async def work(connection: Connection) -> int:
        now = engine.clock()
        ids = await rewards.overdue(connection, now, most)
        await rewards.lock_stock(connection, None, [], [id_ for id_ in ids if id_ is not None])
        return await redemptions.lapse(connection, ids, now) + await redemptions.lapse_issued(connection, now, most)

    return await engine.database.retrying(work)


async def price_of_money(connection: Connection, caller: Caller, program_id: UUID) -> Decimal:
    """What one unit of money costs in points.

    Raises:
        NoRedemptionRate: the program does not say.
    """
    program = (await programs.by_ids(connection, caller.tenant_id, [program_id]))[program_id]
    if program.points_per_unit is None:
        raise NoRedemptionRate(program_id)
    return program.points_per_unit


async def standings(
    connection: Connection,
    asked: Asked,
    membership: Membership,
    codes: Sequence[str] | None = None,
    *,
    but: UUID | None = None,
) -> list[tuple[Reward, Standing]]:
    """The rewards as they are for the member: at the price of the tier that it stands on, where that matters.

    Args:
        connection: a connection.
        asked: whose, and seen from where.
        membership: the member's.
        codes: of the rewards; None is all that are listed.
        but: an order that does not count for the tier.
    """
    found = await rewards.standings(connection, asked, codes)
    if not any(reward.tier_ids is not None or reward.tier_costs for reward, _ in found):
        return found
    tier = (await placing.place_of(connection, membership, asked.at, whole=False, but=but)).tier
    return [for_tier(reward, standing, tier.id if tier else None) for reward, standing in found]


def _asked(membership: Membership, session: str | None, at: datetime) -> Asked:
    return Asked(
        program_id=membership.program_id,
        account_id=membership.account_id,
        session=session,
        at=at,
        is_barred=membership.is_barred,
    )


async def _own(connection: Connection, membership: Membership, session: str, at: datetime) -> list[Kept]:
    """What the session has reserved; from here on nobody else reserves for the member."""
    await _available(connection, membership)
    kept = await redemptions.reserved_of(connection, membership.account_id, at)
    return [each for each in kept if each.redemption.session == session]


async def _available(connection: Connection, membership: Membership) -> Decimal:
    """The points that are available, of an account that is locked and takes postings."""
    locked = await redemptions.lock_account(connection, membership.account_id)
    if locked is None:
        raise AccountNotFound(membership.account_id)
    if locked.is_closed:
        raise AccountClosed(membership.account_id)
    return locked.available


async def _lock_stock(connection: Connection, ask: Reservation, codes: Sequence[str], mine: Sequence[Kept]) -> None:
    ids = [kept.redemption.reward_id for kept in mine if kept.redemption.reward_id is not None]
    locked = await rewards.lock_stock(connection, ask.membership.program_id, codes, ids)
    await redemptions.lapse(connection, locked, ask.at)


def _outcome(ask: Reservation, code: str, known: tuple[Reward, Standing] | None) -> Outcome:
    if known is None or known[0].is_listed != ask.is_listed:
        return Outcome(code, None, (Objection.UNKNOWN,))
    reward, standing = known
    # Whether the points are enough is the ledger's to say: here they are locked, and others of the list need them too.
    return Outcome(code, reward, objections(reward, ask.basket, standing, available=None, at=ask.at))


async def _reserved(
    engine: Engine, connection: Connection, ask: Reservation, outcomes: Sequence[Outcome], mine: Sequence[Kept]
) -> list[Outcome]:
    """Frees all that the session had, and reserves what nothing speaks against."""
    wanted = [
        _new(engine, ask, each.reward, each.reward.cost, mine) if each.reward and not each.objections else None
        for each in outcomes
    ]
    holds = [(each, outcome) for each, outcome in zip(wanted, outcomes, strict=True) if each and each.hold_id]
    commands: list[Command] = [_void(ask, kept) for kept in mine if kept.redemption.hold_id]
    voids = len(commands)
    commands += [_hold(ask, each, outcome.reward.title if outcome.reward else "") for each, outcome in holds]
    answers = (await _post(connection, commands, ask.at))[voids:]
    refused = {each.id for (each, _), answer in zip(holds, answers, strict=True) if _is_short(answer)}
    placed = [each for each in wanted if each and each.id not in refused]
    await _write(connection, ask, mine, placed)
    stock = Counter(kept.redemption.reward_id for kept in mine if kept.redemption.reward_id)
    stock.subtract(each.reward_id for each in placed if each.reward_id)
    await rewards.add_stock(connection, stock)
    return [
        replace(outcome, objections=(Objection.NOT_ENOUGH_POINTS,)) if each and each.id in refused else outcome
        for each, outcome in zip(wanted, outcomes, strict=True)
    ]


def _is_short(answer: Posting | Refusal) -> bool:
    if isinstance(answer, Refusal) and not isinstance(answer, InsufficientPoints):
        raise answer
    return isinstance(answer, InsufficientPoints)


def _raised(answers: Sequence[Posting | Refusal]) -> None:
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer


async def _write(
    connection: Connection, ask: Reservation | Payment, mine: Sequence[Kept], placed: Sequence[Redemption]
) -> None:
    """What is reserved anew goes on under its id, the rest of what the session had has ended."""
    going_on = {each.id for each in placed}
    ended = [
        replace(kept.redemption, state=RedemptionState.CANCELLED, closed_at=ask.at)
        for kept in mine
        if kept.redemption.id not in going_on
    ]
    await redemptions.write(connection, ask.caller, [*ended, *placed])


def _new(
    engine: Engine,
    ask: Reservation | Payment,
    reward: Reward | None,
    points: Decimal,
    mine: Sequence[Kept],
    value: Decimal | None = None,
) -> Redemption:
    reward_id = reward.id if reward else None
    before = next((kept.redemption for kept in mine if kept.redemption.reward_id == reward_id), None)
    return Redemption(
        id=before.id if before else engine.new_id(),
        reward_id=reward_id,
        account_id=ask.membership.account_id,
        state=RedemptionState.RESERVED,
        points=points,
        value=value,
        session=ask.session,
        hold_id=engine.new_id() if points else None,
        reserved_at=before.reserved_at if before else ask.at,
        expires_at=ask.at + (ask.lasts if isinstance(ask, Reservation) else RESERVED_FOR),
    )


def _hold(ask: Reservation | Payment, redemption: Redemption, reason: str) -> Command:
    if redemption.hold_id is None:
        raise ValueError("nothing to hold")
    return Hold(
        caller=ask.caller,
        account_id=redemption.account_id,
        at=ask.at,
        reason=reason,
        reference=ask.session,
        hold_id=redemption.hold_id,
        points=redemption.points,
        expires_at=redemption.expires_at,
    )


def _void(ask: Reservation | Payment, kept: Kept) -> Command:
    hold_id = kept.redemption.hold_id
    if hold_id is None:
        raise ValueError("nothing is held")
    return Void(caller=ask.caller, account_id=kept.redemption.account_id, at=ask.at, hold_id=hold_id)


async def _post(connection: Connection, commands: Sequence[Command], at: datetime) -> list[Posting | Refusal]:
    return await ledger.post(connection, commands, at) if commands else []
