"""What is printed as JSON says what is written for people."""

from collections.abc import AsyncIterator

import pytest

from conftest import NOW
from guerdon.cli.documents import balance_document, explanation_document, finding_document, lapsing_document
from guerdon.core.audits import Finding, Kind
from guerdon.engine import Engine, explaining
from guerdon.engine.explaining import Name
from lives import LATER, Life, day, lived, turn


@pytest.fixture
async def life(engine: Engine) -> AsyncIterator[Life]:
    """Accounts on which everything has happened, on the day when the last of it has."""
    made = await lived(engine)
    turn(engine, LATER)
    yield made
    turn(engine, NOW)


async def test_documents_have_names_for_everything(engine: Engine, life: Life) -> None:
    """Amounts as they are, and the steps to a moment ahead."""
    found = await explaining.explain(engine, Name(str(life.full)), at=None)
    document = explanation_document(found)
    assert document["figures"]["available"] == 107
    assert document["entries"][2]["paid_by"][0]["points"] == 17
    assert document["entries"][4]["returned_to"][0]["version"] == 2
    assert document["ahead"]["waiting"] == 40
    balance = balance_document(await explaining.balance(engine, Name(str(life.full)), day(60)))
    assert (balance["account_id"], balance["available"]) == (life.full, 0)
    rows = lapsing_document(await explaining.lapsing(engine, slug=life.shop.caller.tenant_id.hex))
    assert rows[0].keys() == {"slug", "code", "last_day", "points", "kept", "accounts"}
    assert finding_document(Finding(life.full, Kind.DUE_LATE, "a", "b", "c"))["kind"] == "due_late"
