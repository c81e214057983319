"""A command that names a member reaches the same account as one that was looked up first, or the same refusal."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW
from engine.merchants import Merchant, open_merchant
from engine.people import audited, fetch
from guerdon.core.commands import Capture, Command, Earn, Hold, Named, Posting, Void
from guerdon.core.members import NUMBER, Identifier
from guerdon.core.memberships import Membership
from guerdon.core.refusals import (
    HoldNotFound,
    HoldNotOpen,
    InsufficientPoints,
    MemberNotFound,
    NotEnrolled,
    Refusal,
)
from guerdon.engine import Engine, holding, joining, posting, reading


@pytest.fixture
async def merchant(engine: Engine) -> Merchant:
    """A merchant of this test's own."""
    return await open_merchant(engine)


class Guest:
    """A member with a membership, known by its number, and by it only in the second of two namespaces."""

    def __init__(self, merchant: Merchant, member_id: UUID, number: str, membership: Membership | None) -> None:
        self.merchant, self.member_id, self.membership = merchant, member_id, membership
        self.names = [Identifier("card", number), Identifier(NUMBER, number)]

    def facts(self, account_id: UUID) -> dict[str, Any]:
        """What every command carries."""
        return {"caller": self.merchant.caller, "account_id": account_id, "at": NOW}

    def earn(self, points: int) -> Callable[[UUID], Earn]:
        """Makes an earn."""
        return lambda account_id: Earn(**self.facts(account_id), points=Decimal(points))

    def hold(self, points: int, hold_id: UUID) -> Callable[[UUID], Hold]:
        """Makes a hold."""
        return lambda account_id: Hold(**self.facts(account_id), points=Decimal(points), hold_id=hold_id)

    def capture(self, hold_id: UUID) -> Callable[[UUID], Capture]:
        """Makes a capture of all that is held."""
        return lambda account_id: Capture(**self.facts(account_id), hold_id=hold_id)

    async def post(self, make: Callable[[UUID], Earn | Hold]) -> Posting:
        """Posts to whoever has the names."""
        return await posting.post_for(self.merchant.engine, self.merchant.caller, self.names, make)

    async def finish(self, make: Callable[[UUID], Capture | Void], hold_id: UUID) -> Posting:
        """Ends a hold of whoever has the names."""
        return await holding.finish(self.merchant.engine, self.merchant.caller, self.names, hold_id, make)


async def guest(merchant: Merchant, *, enrolled: bool = True) -> Guest:
    """A new one."""
    member_id = await merchant.member()
    number = (await reading.member(merchant.engine, merchant.caller, member_id)).number
    added = await merchant.add(merchant.item(member_id, is_primary=True)) if enrolled else [None]
    return Guest(merchant, member_id, number, added[0])


def test_only_one_value_and_no_key_can_be_left_to_the_ledger(merchant: Merchant) -> None:
    """A key stands for a command to one account; two values are two questions."""
    somebody = Guest(merchant, uuid.uuid4(), "1", None)
    assert isinstance(posting.named(somebody.names, somebody.earn(1)), Named)
    assert posting.named([*somebody.names, Identifier("card", "2")], somebody.earn(1)) is None
    keyed = Earn(**somebody.facts(uuid.uuid4()), points=Decimal(1), key="k")
    assert posting.named(somebody.names, lambda _: keyed) is None


async def test_a_name_leads_to_the_account_that_stands_for_the_member(merchant: Merchant) -> None:
    """Whichever namespace it is found in; and to the next one, once that stands for the member."""
    one = await guest(merchant)
    assert one.membership is not None
    assert (await one.post(one.earn(5))).account_id == one.membership.account_id
    (other,) = await merchant.add(merchant.item(one.member_id, "B", is_primary=True))
    assert (await one.post(one.earn(7))).account_id == other.account_id
    await joining.delete(merchant.engine, merchant.caller, NOW, [other.id])
    assert (await one.post(one.earn(1))).account_id == one.membership.account_id


async def test_refusals_are_those_of_looking_first(merchant: Merchant) -> None:
    """Nobody of that name or enrolled, too few points, no such hold, somebody else's, one that has ended."""
    one, other, stranger = await guest(merchant), await guest(merchant), await guest(merchant, enrolled=False)
    nobody = Guest(merchant, uuid.uuid4(), "0000000000", None)
    hold_id = uuid.uuid4()
    with pytest.raises(MemberNotFound) as unknown:
        await nobody.post(nobody.earn(1))
    assert unknown.value.identifier == "0000000000"
    with pytest.raises(NotEnrolled):
        await stranger.post(stranger.earn(1))
    with pytest.raises(InsufficientPoints) as short:
        await one.post(one.hold(1, hold_id))
    assert one.membership is not None
    assert short.value.account_id == one.membership.account_id
    await one.post(one.earn(10))
    await one.post(one.hold(4, hold_id))
    with pytest.raises(HoldNotFound):
        await other.finish(other.capture(hold_id), hold_id)
    with pytest.raises(MemberNotFound):
        await nobody.finish(nobody.capture(hold_id), hold_id)
    with pytest.raises(HoldNotFound):
        await one.finish(one.capture(one.member_id), one.member_id)
    assert (await one.finish(one.capture(hold_id), hold_id)).points == -4
    with pytest.raises(HoldNotOpen):
        await one.finish(one.capture(hold_id), hold_id)


async def test_one_that_leads_nowhere_spoils_no_other(merchant: Merchant) -> None:
    """Nor do two to one account: all of a batch get what they would get alone, in order."""
    one, other = await guest(merchant), await guest(merchant)
    nobody, hold_id = Guest(merchant, uuid.uuid4(), "0000000000", None), uuid.uuid4()
    assert one.membership is not None
    assert other.membership is not None
    batch: list[Command | Named | None] = [
        posting.named(one.names, one.earn(10)),
        posting.named(nobody.names, nobody.earn(10)),
        other.earn(3)(other.membership.account_id),
        posting.named(one.names, one.hold(6, hold_id)),
        posting.named(one.names, one.hold(6, uuid.uuid4())),
        posting.named(other.names, other.hold(3, uuid.uuid4())),
    ]
    answers = await _together(merchant.engine, [asked for asked in batch if asked is not None])
    assert [answer.posted - answer.held if isinstance(answer, Posting) else type(answer) for answer in answers] == [
        10, MemberNotFound, 3, 4, InsufficientPoints, 0,
    ]  # fmt: skip
    captures = [posting.named(one.names, one.capture(hold_id)), posting.named(other.names, other.earn(1))]
    answers = await _together(merchant.engine, [asked for asked in captures if asked is not None])
    assert [answer.points for answer in answers if isinstance(answer, Posting)] == [-6, 1]
    assert await audited(merchant.engine, merchant.caller.tenant_id) == 4


async def _together(engine: Engine, asked: Sequence[Command | Named]) -> list[Posting | Refusal]:
    return await asyncio.gather(*(engine.posts.ask(one) for one in asked))


async def test_what_is_named_is_written_as_what_was_looked_up(merchant: Merchant) -> None:
    """Row by row, but for ids and times."""
    one, other = await guest(merchant), await guest(merchant)
    assert one.membership is not None
    assert other.membership is not None
    for count, hold_id in ((10, uuid.uuid4()), (3, uuid.uuid4())):
        await one.post(one.earn(count))
        await one.post(one.hold(3, hold_id))
        await one.finish(one.capture(hold_id), hold_id)
        for make in (other.earn(count), other.hold(3, other_id := uuid.uuid4()), other.capture(other_id)):
            await posting.post(merchant.engine, make(other.membership.account_id))
    written = [
        await fetch(
            merchant.engine,
            "SELECT version, kind, points, balance_after, effective_at, surface, actor FROM entries "
            "WHERE account_id = $1 ORDER BY version",
            account.account_id,
        )
        for account in (one.membership, other.membership)
    ]
    assert [tuple(row) for row in written[0]] == [tuple(row) for row in written[1]]
    assert len(written[0]) == 4
