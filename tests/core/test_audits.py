"""Which findings are told: a sum is not, where a wrong part of the same account explains it."""

import uuid

import pytest

from architecture.tree import ROOT
from guerdon.core.audits import EXPLAINED, MEANINGS, Finding, Kind, told

ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def found(kind: Kind, account_id: uuid.UUID = ONE, place: str = "") -> Finding:
    return Finding(account_id, kind, "1", "2", place)


@pytest.mark.parametrize(
    ("total", "part"), [(total, part) for total, parts in EXPLAINED.items() for part in sorted(parts)]
)
def test_a_sum_is_told_only_where_no_part_explains_it(total: Kind, part: Kind) -> None:
    """In the same account; what is wrong in another explains nothing."""
    assert told([found(total), found(part)]) == [found(part)]
    assert told([found(total)]) == [found(total)]
    assert set(told([found(total), found(part, OTHER)])) == {found(total), found(part, OTHER)}


def test_they_come_by_account_kind_and_place() -> None:
    """However they were found."""
    kinds = [found(Kind.POSTED_SUM, OTHER), found(Kind.LOT_REMAINING, ONE, "lot 2/1"), found(Kind.DUE_LATE)]
    kinds.append(found(Kind.LOT_REMAINING, ONE, "lot 1/1"))
    assert [(f.account_id.int, f.kind, f.place) for f in told(kinds)] == [
        (1, "due_late", ""),
        (1, "lot_remaining", "lot 1/1"),
        (1, "lot_remaining", "lot 2/1"),
        (2, "posted_sum", ""),
    ]


def test_every_kind_is_on_its_page() -> None:
    """Who is woken by a finding looks it up there."""
    page = (ROOT / "docs" / "operating" / "auditing.md").read_text(encoding="utf-8")
    for kind in Kind:
        assert f"| `{kind}` | {MEANINGS[kind]} |" in page
