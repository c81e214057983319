"""Says where members stand on their program's ladder, and gives tiers by hand: nothing is stored that could drift."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.memberships import Membership
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.programs import Qualifying, Tier
from guerdon.core.refusals import MembershipNotFound, TierNotFound
from guerdon.core.tiers import Deed, Place, granted, place, reached, rungs
from guerdon.engine.engine import Engine
from guerdon.storage import deeds, memberships, programs
from guerdon.storage.queries import Connection


async def place_of(
    connection: Connection, membership: Membership, at: datetime, *, whole: bool = True, but: UUID | None = None
) -> Place:
    """Where a membership stands at a moment; within a transaction or not.

    This is the one answer to it, for rules, prices and all surfaces. By points over a lifetime it is the account's
    lifetime points that count, however they came in: what was no earn counts from the beginning.

    Args:
        connection: a connection.
        membership: whose; its lifetime points are those of now.
        at: the moment.
        whole: without it, the tier is all that is said where lifetime points alone lead to it.
        but: an order that does not count.
    """
    return (await places(connection, [membership], at, whole=whole, but=but))[0]


async def places(
    connection: Connection, several: Sequence[Membership], at: datetime, *, whole: bool = True, but: UUID | None = None
) -> list[Place]:
    """Where each of some memberships stands, as for `place_of`; one question for all of a program."""
    found: dict[UUID, Place] = {}
    for rules, ladder, mine in await _by_program(connection, several):
        if not whole and rules.is_plain:
            climbing = rungs(ladder)
            came = [Place(tier=_reached(climbing, each, at)) for each in mine]
        else:
            done = await deeds.of_accounts(connection, [each.account_id for each in mine], rules, but) if ladder else {}
            owns = [done.get(each.account_id, []) for each in mine]
            full = [[*own, _rest(each, own)] if rules.is_plain else own for each, own in zip(mine, owns, strict=True)]
            came = [place(rules, ladder, own, at) for own in full]
        found |= {each.id: _granted(there, ladder, each, at) for each, there in zip(mine, came, strict=True)}
    return [found[each.id] for each in several]


async def _by_program(
    connection: Connection, several: Sequence[Membership]
) -> list[tuple[Qualifying, list[Tier], list[Membership]]]:
    mine: dict[UUID, list[Membership]] = {}
    for each in several:
        mine.setdefault(each.program_id, []).append(each)
    ladders: dict[UUID, list[Tier]] = {program_id: [] for program_id in mine}
    for tier in await programs.tiers_of(connection, list(mine)):
        ladders[tier.program_id].append(tier)
    return [
        ((await programs.of_membership(connection, program_id)).qualifying, ladders[program_id], theirs)
        for program_id, theirs in mine.items()
    ]


def _granted(came: Place, ladder: Sequence[Tier], membership: Membership, at: datetime) -> Place:
    if membership.tier_id is None:
        return came
    given = next((tier for tier in ladder if tier.id == membership.tier_id), None)
    return came if given is None else granted(came, given, membership.tier_until, at, ladder)


def _reached(climbing: Sequence[Tier], membership: Membership, at: datetime) -> Tier | None:
    return reached(climbing, membership.balance.lifetime if membership.created_at <= at else ZERO)


def _rest(membership: Membership, done: Sequence[Deed]) -> Deed:
    earned = ZERO
    for deed in done:
        earned = plus(earned, deed.amount)
    first = min((deed.at for deed in done), default=membership.created_at)
    return Deed(min(first, membership.created_at), minus(membership.balance.lifetime, earned))


async def standing(engine: Engine, membership: Membership, at: datetime) -> Place:
    """Where a membership stands at a moment."""
    async with engine.database.snapshot() as connection:
        return await place_of(connection, membership, at)


async def seen(engine: Engine, membership: Membership, at: datetime) -> Tier | None:
    """The tier that a membership stands on, for surfaces."""
    async with engine.database.connection() as connection:
        return (await place_of(connection, membership, at, whole=False)).tier


async def all_seen(engine: Engine, several: Sequence[Membership], at: datetime) -> list[UUID | None]:
    """The tier that each of some memberships stands on, for surfaces that show many.

    A tier that asks nothing is shown only where it was given: whoever writes no tier reads none, until one is reached.
    """
    async with engine.database.connection() as connection:
        found = await places(connection, several, at, whole=False) if several else []
    tiers = [where.tier for where in found]
    return [
        tier.id if tier and (tier.min_lifetime or tier.id == each.tier_id) else None
        for each, tier in zip(several, tiers, strict=True)
    ]


async def grant(
    engine: Engine, caller: Caller, at: datetime, membership_id: UUID, tier_id: UUID | None, until: datetime | None
) -> None:
    """Gives a tier by hand that is not lost before a moment, or ever; None takes it back.

    Raises:
        MembershipNotFound: the tenant has no such membership.
        TierNotFound: the program has no such tier.
    """

    async def work(connection: Connection) -> None:
        found = await memberships.by_id(connection, caller.tenant_id, membership_id)
        if found is None:
            raise MembershipNotFound(membership_id)
        known = await memberships.lock(connection, caller.tenant_id, found.chain_id, [membership_id])
        held = known[membership_id]
        if held.deleted_at is not None or not caller.may(held.program_id):
            raise MembershipNotFound(membership_id)
        if tier_id is not None:
            shared = await programs.share_tiers(connection, [tier_id])
            if shared.get(tier_id) != held.program_id:
                raise TierNotFound(tier_id)
        given = tier_id, until if tier_id else None
        if given != (held.tier_id, held.tier_until):
            await memberships.set_tier(connection, membership_id, *given, at)

    await engine.database.retrying(work)
