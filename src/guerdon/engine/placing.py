"""Says where members stand on their program's ladder, and gives tiers by hand: nothing is stored that could drift."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.memberships import Membership
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.programs import Basis, Tier, Window
from guerdon.core.refusals import MembershipNotFound, TierNotFound
from guerdon.core.tiers import Deed, Place, granted, place
from guerdon.engine.engine import Engine
from guerdon.storage import deeds, memberships, programs
from guerdon.storage.queries import Connection


async def place_of(connection: Connection, membership: Membership, at: datetime, *, whole: bool = True) -> Place:
    """Where a membership stands at a moment; within a transaction or not.

    By points over a lifetime it is the account's lifetime points that count, however they came in: what was no earn
    counts from the beginning. Without the `whole` of it, how the member came there is left out where it need not be
    known.
    """
    program = await programs.of_membership(connection, membership.program_id)
    ladder = await programs.tiers_of(connection, [program.id])
    rules = program.qualifying
    is_known = rules.basis is Basis.POINTS and rules.window is Window.LIFETIME
    done = await deeds.of_account(connection, membership.account_id, rules) if whole or not is_known else []
    if is_known:
        done.append(_rest(membership, done))
    found = place(rules, ladder, done, at)
    given = next((tier for tier in ladder if tier.id == membership.tier_id), None)
    return found if given is None else granted(found, given, membership.tier_until, at)


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


async def seen(engine: Engine, membership: Membership, at: datetime) -> tuple[Membership, list[Tier]]:
    """The membership with the tier that it stands on as if it were given, and the ladder that has it, for surfaces."""
    async with engine.database.connection() as connection:
        found = (await place_of(connection, membership, at, whole=False)).tier
        ladder = await programs.tiers_of(connection, [membership.program_id]) if found else []
    return replace(membership, tier_id=found.id if found else None), ladder


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
        if found is None or not caller.may(found.program_id):
            raise MembershipNotFound(membership_id)
        await memberships.lock(connection, caller.tenant_id, found.chain_id, [membership_id])
        if tier_id is not None:
            shared = await programs.share_tiers(connection, [tier_id])
            if shared.get(tier_id) != found.program_id:
                raise TierNotFound(tier_id)
        await memberships.set_tier(connection, membership_id, tier_id, until if tier_id else None, at)

    await engine.database.retrying(work)
