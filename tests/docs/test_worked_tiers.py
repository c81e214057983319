"""Every worked example of tiers on the concept page comes out as it is written."""

from pathlib import Path

import pytest

from docs import worked_tiers
from guerdon.engine import Engine

PAGE = Path(__file__).parent.parent.parent / "docs" / "concepts" / "tiers.md"
EXAMPLES = worked_tiers.blocks(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lines", EXAMPLES, ids=[f"tiers-{n}" for n in range(1, len(EXAMPLES) + 1)])
async def test_an_example_comes_out_as_it_is_written(engine: Engine, lines: list[str]) -> None:
    await worked_tiers.run(engine, lines)


def test_every_example_is_found() -> None:
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("\n```tiers\n") > 2


@pytest.mark.parametrize(
    "last", ["on 2026-01-02 -> silver", "on 2026-01-02 -> bronze missing 99", "on 2026-01-02 -> bronze by 2026-02-01"]
)
async def test_a_wrong_figure_is_found(engine: Engine, last: str) -> None:
    """The test above would pass for good if it compared nothing."""
    with pytest.raises(AssertionError):
        await worked_tiers.run(engine, ["by spend over a lifetime", "bronze 0, silver 100", last])
