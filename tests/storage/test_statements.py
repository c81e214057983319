"""Statements as rows: many questions with one query, each answered from its own names and window."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from conftest import NOW, Shop, open_shop
from guerdon.core.commands import Earn
from guerdon.core.members import NUMBER, Identifier, Profile
from guerdon.engine import Engine, enrolling, posting
from guerdon.engine.enrolling import Enrolled, Enrolment
from guerdon.storage import statements
from guerdon.storage.statements import StatementQuestion

BEGIN, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


async def earned(engine: Engine, shop: Shop, card: str, *days: int) -> Enrolled:
    """A member with a card, and with as many points as days for each of these days."""
    ask = Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="card", name=card)
    made = await enrolling.enrol(engine, ask)
    for day in days:
        at = NOW + timedelta(days=day)
        account_id = made.membership.account_id
        await posting.post(engine, Earn(caller=shop.caller, account_id=account_id, at=at, points=Decimal(day)))
    return made


async def test_each_question_has_its_own_answer(engine: Engine, shop: Shop) -> None:
    """In its place: by the first name that anybody has, for its own window, within its own tenant."""
    ada, _ = await earned(engine, shop, "1", 1, 2, 4), await earned(engine, shop, "2", 8)
    tenant_id, stranger = shop.caller.tenant_id, (await open_shop(engine)).caller.tenant_id
    one, two, nobody = (Identifier("card", value) for value in ("1", "2", "3"))
    public = Identifier(NUMBER, ada.member.number)
    second = NOW + timedelta(days=2)
    questions = [
        StatementQuestion(tenant_id, (one, two), BEGIN, END),
        StatementQuestion(tenant_id, (nobody, two), BEGIN, END),
        StatementQuestion(tenant_id, (nobody,), BEGIN, END),
        StatementQuestion(stranger, (one, public), BEGIN, END),
        StatementQuestion(tenant_id, (nobody, nobody, public), second, second),
        StatementQuestion(tenant_id, (one,), END, BEGIN),
        StatementQuestion(tenant_id, (two,), BEGIN, END),
    ]
    async with engine.database.connection() as connection:
        answers = await statements.statements(connection, questions)
        assert await statements.statements(connection, []) == []
    shown = [found and (found.fold.whole_points, [points for _, points, *_ in found.lines]) for found in answers]
    assert shown == [(0, [1, 2, 4]), (0, [8]), None, None, (1, [2]), (7, []), (0, [8])]
    assert [found.identifiers["card"] for found in answers if found] == ["1", "2", "1", "1", "2"]
