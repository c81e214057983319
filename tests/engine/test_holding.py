"""A hold is finished by its member and its id, on whichever of the member's accounts it was placed."""

import asyncio
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW
from engine.merchants import Merchant, open_merchant
from engine.people import audited, stored
from guerdon.core.callers import Caller
from guerdon.core.commands import Capture, Earn, Hold, HoldState, Void
from guerdon.core.members import NUMBER, Identifier
from guerdon.core.memberships import Membership
from guerdon.core.refusals import HoldNotFound, HoldNotOpen, MemberNotFound
from guerdon.engine import Engine, holding, joining, posting, reading
from guerdon.engine.joining import Change


@pytest.fixture
async def merchant(engine: Engine) -> Merchant:
    """A merchant of this test's own."""
    return await open_merchant(engine)


async def held(merchant: Merchant) -> tuple[list[Identifier], Membership, UUID]:
    """A member's names, its primary membership with ten points, and a hold of four of them."""
    member_id = await merchant.member()
    number = (await reading.member(merchant.engine, merchant.caller, member_id)).number
    (membership,) = await merchant.add(merchant.item(member_id, is_primary=True))
    named: dict[str, Any] = {"caller": merchant.caller, "account_id": membership.account_id, "at": NOW}
    await posting.post(merchant.engine, Earn(**named, points=Decimal(10)))
    hold = Hold(**named, hold_id=uuid.uuid4(), points=Decimal(4))
    await posting.post(merchant.engine, hold)
    return [Identifier(NUMBER, number)], membership, hold.hold_id


def making(
    caller: Caller, verb: type[Capture | Void], hold_id: UUID, key: str | None = None
) -> Callable[[UUID], Capture | Void]:
    """Makes the command from an account's id, as a surface does."""

    def made(account_id: UUID) -> Capture | Void:
        return verb(caller=caller, account_id=account_id, at=NOW, key=key, hold_id=hold_id)

    return made


async def another_primary(merchant: Merchant, membership: Membership) -> None:
    """From now on another membership stands for the member."""
    await merchant.add(merchant.item(membership.member_id, "B", is_primary=True))


async def deleted(merchant: Merchant, membership: Membership) -> None:
    """The member has no membership any more."""
    await joining.delete(merchant.engine, merchant.caller, NOW, [membership.id])


async def deleted_beside_another(merchant: Merchant, membership: Membership) -> None:
    """The member has another membership only."""
    await another_primary(merchant, membership)
    await deleted(merchant, membership)


async def moved(merchant: Merchant, membership: Membership) -> None:
    """The membership is in another program now."""
    await merchant.update(Change(membership_id=membership.id, program_id=merchant.programs["C"]))


async def unchanged(merchant: Merchant, membership: Membership) -> None:
    """Nothing came in between."""
    assert await merchant.kept(membership.member_id) == [
        await reading.membership(merchant.engine, merchant.caller, membership.id)
    ]


@pytest.mark.parametrize("meanwhile", [unchanged, another_primary, deleted, deleted_beside_another, moved])
@pytest.mark.parametrize("key", [None, "k-1"])
@pytest.mark.parametrize("verb", [Capture, Void])
async def test_a_hold_ends_where_it_was_placed(
    merchant: Merchant, meanwhile: Callable[..., Any], key: str | None, verb: type[Capture | Void]
) -> None:
    """Whatever became of the membership since; under a key, the repeat is answered as the first time."""
    names, membership, hold_id = await held(merchant)
    await meanwhile(merchant, membership)
    finish = partial(holding.finish, merchant.engine, merchant.caller, names, hold_id)
    done = await finish(making(merchant.caller, verb, hold_id, key))
    assert (done.account_id, done.replayed) == (membership.account_id, False)
    assert done.posted == (6 if verb is Capture else 10)
    assert done.held == 0
    hold = await reading.hold(merchant.engine, merchant.caller, hold_id)
    state = HoldState.CAPTURED if verb is Capture else HoldState.VOIDED
    assert hold.state == state
    assert hold.remaining == 0
    if key is None:
        with pytest.raises(HoldNotOpen) as refused:
            await finish(making(merchant.caller, verb, hold_id))
        assert refused.value.state == state
    else:
        again = await finish(making(merchant.caller, verb, hold_id, key))
        assert (again.posted, again.version, again.replayed) == (done.posted, done.version, True)
    assert await audited(merchant.engine, merchant.caller.tenant_id) == (2 if verb is Capture else 1)


async def test_somebody_else_s_hold_is_none(merchant: Merchant) -> None:
    """Another member's, another tenant's and one that never was are refused alike, and nothing is changed."""
    names, membership, hold_id = await held(merchant)
    others, *_ = await held(merchant)
    alone = await reading.member(merchant.engine, merchant.caller, await merchant.member())
    stranger = await open_merchant(merchant.engine)
    theirs, _, their_hold = await held(stranger)
    before = [await stored(merchant.engine, each.caller.tenant_id) for each in (merchant, stranger)]
    for caller, who, which in (
        (merchant.caller, others, hold_id),
        (merchant.caller, [Identifier(NUMBER, alone.number)], hold_id),
        (merchant.caller, names, uuid.uuid4()),
        (merchant.caller, names, their_hold),
        (stranger.caller, theirs, hold_id),
    ):
        with pytest.raises(HoldNotFound) as refused:
            await holding.finish(merchant.engine, caller, who, which, making(caller, Capture, which))
        assert refused.value.hold_id == which
    nobody = [Identifier(NUMBER, "0")]
    with pytest.raises(MemberNotFound):
        await holding.finish(merchant.engine, merchant.caller, nobody, hold_id, making(merchant.caller, Void, hold_id))
    assert [await stored(merchant.engine, each.caller.tenant_id) for each in (merchant, stranger)] == before
    assert (await reading.membership(merchant.engine, merchant.caller, membership.id)).balance.held == 4


async def test_many_holds_end_at_once(merchant: Merchant) -> None:
    """Looked up together, by whichever name; each is captured on its own account, and a stranger's is refused."""
    held_by = [await held(merchant) for _ in range(4)]

    async def finish(n: int) -> UUID | None:
        names, _, hold_id = held_by[n]
        who = [Identifier("test", "nobody"), *(held_by[0][0] if n == 3 else names)][n % 2 :]
        make = making(merchant.caller, Capture, hold_id)
        try:
            return (await holding.finish(merchant.engine, merchant.caller, who, hold_id, make)).account_id
        except HoldNotFound:
            return None

    done = await asyncio.gather(*(finish(n) for n in range(4)))
    assert done == [*(membership.account_id for _, membership, _ in held_by[:3]), None]
