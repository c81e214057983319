"""Every worked example of the concept pages comes out as it is written, one by one and in batches."""

import re
from pathlib import Path

import pytest

from docs import worked
from guerdon.engine import Engine

PAGES = Path(__file__).parent.parent.parent / "docs" / "concepts"
EXAMPLES = [
    pytest.param(lines, id=f"{page.stem}-{number}")
    for page in sorted(PAGES.glob("*.md"))
    for number, lines in enumerate(worked.blocks(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("batched", [False, True], ids=["one by one", "batched"])
@pytest.mark.parametrize("lines", EXAMPLES)
async def test_an_example_comes_out_as_it_is_written(engine: Engine, lines: list[str], batched: bool) -> None:  # noqa: FBT001
    """Whoever integrates by these pages gets these figures."""
    await worked.run(engine, lines, batched=batched)


def test_every_example_is_found() -> None:
    """A block whose fence is misspelt would be prose that nobody checks."""
    pages = [page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*.md"))]
    moments = [line for text in pages for line in text.splitlines() if re.match(r"20\d\d-\d\d-\d\d", line)]
    steps = [line for text in pages for lines in worked.blocks(text) for line in lines if line[:2] == "20"]
    assert len(moments) == len(steps) > 100


EARN = "2026-03-01  earn 100 as coat until 2026-06-01"


@pytest.mark.parametrize(
    "lines",
    [
        [f"{EARN}  -> posted 101"],
        [f"{EARN}  -> lifetime 99 posted 100"],
        [f"{EARN}  -> refused insufficient_points"],
        [f"{EARN}  -> again posted 100"],
        ["2026-03-01  adjust -1"],
        ["2026-03-01  adjust -1  -> refused hold_not_open"],
        ["2026-03-01  adjust -1  -> refused insufficient_points available 1"],
        ["2026-03-01  earn 1 key a", "2026-03-01  earn 1 key a  -> posted 1"],
        [EARN, "lots: none"],
        [EARN, "lots: 100 until 2026-06-02"],
        [EARN, "ben lots: 100 until 2026-06-01"],
        [EARN, "entries: earn 100 on 2026-03-02"],
        [EARN, "2026-03-02  adjust -1 as bill", "paid bill: 2 from coat"],
        [EARN, "2026-03-02  reverse coat  -> shortfall 1"],
        [EARN, "as of 2026-02-28: posted 100"],
        [EARN, "as of 2026-06-01: posted 100"],
    ],
)
async def test_a_wrong_figure_is_found(engine: Engine, lines: list[str]) -> None:
    """The test above would pass for good if it compared nothing."""
    with pytest.raises(AssertionError):
        await worked.run(engine, lines, batched=False)


@pytest.mark.parametrize(
    "lines",
    [
        ["2026-03-01 -> posted 1"],
        ["1 March  earn 1"],
        ["2026-03-01  steal 1"],
        ["2026-03-01  earn 1  -> poste 1"],
        ["2026-03-01  earn 1  -> posted"],
        ["lot: none"],
        ["program colour=red"],
        ["program expiry=sometimes"],
    ],
)
async def test_a_line_that_means_nothing_is_found(engine: Engine, lines: list[str]) -> None:
    """A word that is misspelt must not be passed over."""
    with pytest.raises((ValueError, LookupError)):
        await worked.run(engine, lines, batched=False)
