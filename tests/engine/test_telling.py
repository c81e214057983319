"""At one moment, a hold comes before the entry that takes it and ends after it, and what led to both comes last."""

from decimal import Decimal
from uuid import UUID

from conftest import NOW
from guerdon.core.statements import Hold
from guerdon.engine import telling
from guerdon.storage.happenings import Changed, Waiting, Whose

WHOSE = Whose(UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), UUID(int=5))


def hold(state: str) -> Hold:
    return Hold(UUID(int=6), WHOSE.account_id, Decimal(5), Decimal(0), state, NOW, NOW, None, None, None)


def test_one_moment_has_an_order() -> None:
    steps = [
        Waiting(UUID(int=n), f"redemption.{step}", NOW, "{}", WHOSE) for n, step in enumerate(("issued", "reserved"))
    ]
    told = telling.in_order([], [Changed(hold("captured"), "native", is_new=True, whose=WHOSE)], steps)
    kinds = [each.type for each in told]
    assert kinds == ["hold.placed", "hold.captured", "redemption.reserved", "redemption.issued"]


def test_of_nobody_nothing_is_told() -> None:
    nobody = Whose(WHOSE.account_id, WHOSE.tenant_id, WHOSE.program_id, None, None)
    changed = Changed(hold("open"), "native", is_new=True, whose=nobody)
    assert telling.in_order([], [changed], [Waiting(UUID(int=1), "order.placed", NOW, "{}", nobody)]) == []
