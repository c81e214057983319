"""A long statement is written once, and again whenever it would not be the same: the figures are always today's."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from conftest import NOW, Shop
from engine.merchants import Merchant, open_merchant
from guerdon.core.commands import Earn, Hold
from guerdon.core.members import NUMBER, Identifier
from guerdon.core.statements import Statement
from guerdon.engine import Engine, joining, posting, reading, showing
from guerdon.engine.showing import FEWEST_ENTRIES

END = NOW + timedelta(days=365)
SECOND = timedelta(seconds=1)


class Till:
    """Asks for a member's statement, and counts how often it is written."""

    def __init__(self, merchant: Merchant, member: Identifier) -> None:
        self.merchant = merchant
        self.names = [Identifier("test", "nobody"), member]
        self.written = 0

    def write(self, statement: Statement) -> bytes:
        """Fold and lines, as text."""
        self.written += 1
        return f"{statement.fold.whole_points} {[points for _, points, *_ in statement.lines]}".encode()

    async def shown(self, since: datetime = NOW, until: datetime = END) -> tuple[Statement, bytes]:
        """The statement and what stands in it, which must be what is written of the whole statement."""
        window = (since, until)
        found, written = await showing.statement(
            self.merchant.engine, self.merchant.caller, self.names, window, self.write
        )
        whole = await reading.statement(self.merchant.engine, self.merchant.caller, self.names, since, until)
        self.written -= 1
        assert written == self.write(whole)
        assert (found.balance, found.reserved, found.identifiers) == (whole.balance, whole.reserved, whole.identifiers)
        return found, written


@pytest.fixture
async def merchant(engine: Engine) -> Merchant:
    """A merchant of this test's own."""
    return await open_merchant(engine)


async def till(merchant: Merchant, entries: int = FEWEST_ENTRIES) -> tuple[Till, uuid.UUID, uuid.UUID]:
    """A till, its member, and the account with an earn each second."""
    member_id = await merchant.member()
    member = await reading.member(merchant.engine, merchant.caller, member_id)
    (membership,) = await merchant.add(merchant.item(member_id))
    for n in range(entries):
        await earned(merchant, membership.account_id, NOW + n * SECOND)
    return Till(merchant, Identifier(NUMBER, member.number)), member_id, membership.account_id


async def earned(merchant: Merchant, account_id: uuid.UUID, at: datetime) -> None:
    """One more point."""
    await posting.post(merchant.engine, Earn(caller=merchant.caller, account_id=account_id, at=at, points=Decimal(1)))


async def test_it_is_written_once(merchant: Merchant) -> None:
    """As long as nothing is posted; a hold changes the figures and not the lines."""
    asking, _, account_id = await till(merchant)
    for _ in range(3):
        await asking.shown()
    assert asking.written == 1
    hold = Hold(caller=merchant.caller, account_id=account_id, at=NOW, points=Decimal(3), hold_id=uuid.uuid4())
    await posting.post(merchant.engine, hold)
    found, _ = await asking.shown()
    assert (len(found.reserved), asking.written) == (1, 1)


async def test_it_is_written_again(merchant: Merchant) -> None:
    """When something was posted, dated now or before the window; when an entry left the window; for another end."""
    asking, _, account_id = await till(merchant, FEWEST_ENTRIES + 5)
    await asking.shown()
    for at in (NOW, NOW - SECOND):
        await earned(merchant, account_id, at)
        await asking.shown()
    assert asking.written == 3
    for since, until, again in (
        (NOW, END, 0),
        (NOW + SECOND, END, 1),
        (NOW + SECOND, END, 0),
        (NOW, END, 1),
        (NOW, END - SECOND, 1),
    ):
        before = asking.written
        await asking.shown(since, until)
        assert asking.written - before == again


async def test_another_account_is_another_statement(merchant: Merchant) -> None:
    """Though the name is the same, and the version too."""
    asking, member_id, _ = await till(merchant)
    await asking.shown()
    (other,) = await merchant.add(merchant.item(member_id, "B", is_primary=True))
    for n in range(FEWEST_ENTRIES):
        await earned(merchant, other.account_id, NOW + n * 2 * SECOND)
    await asking.shown()
    await joining.delete(merchant.engine, merchant.caller, NOW, [other.id])
    await asking.shown()
    assert asking.written == 3


async def test_a_short_one_is_not_kept(merchant: Merchant) -> None:
    """It costs nothing to write it again."""
    asking, *_ = await till(merchant, FEWEST_ENTRIES - 1)
    for _ in range(2):
        await asking.shown()
    assert asking.written == 2


async def test_a_window_without_entries_is_kept_too(merchant: Merchant) -> None:
    """What is folded before it had to be read."""
    asking, _, account_id = await till(merchant)
    for since in (END - SECOND, END):
        assert (await asking.shown(since))[1] == f"{FEWEST_ENTRIES} []".encode()
    assert asking.written == 1
    await earned(merchant, account_id, END)
    assert (await asking.shown(END))[1] == f"{FEWEST_ENTRIES} [1]".encode()


async def test_somebody_without_a_membership(engine: Engine, shop: Shop) -> None:
    """Has nothing to show."""
    merchant = await open_merchant(engine)
    member = await reading.member(engine, merchant.caller, await merchant.member())
    asking = Till(merchant, Identifier(NUMBER, member.number))
    assert (await asking.shown())[1] == b"0 []"
