"""Every worked example of earning on the concept pages comes out as it is written."""

from pathlib import Path

import pytest

from docs import worked_earning

PAGES = Path(__file__).parent.parent.parent / "docs" / "concepts"
EXAMPLES = [
    pytest.param(lines, id=f"{page.stem}-{number}")
    for page in sorted(PAGES.glob("*.md"))
    for number, lines in enumerate(worked_earning.blocks(page.read_text(encoding="utf-8")), 1)
]
BASE = '{"rules": [{"id": "base", "give": {"per_spend": {"points": 1}}}]}'


@pytest.mark.parametrize("lines", EXAMPLES)
async def test_an_example_comes_out_as_it_is_written(dsn: str, lines: list[str]) -> None:
    """Whoever writes rules by these pages gets these figures."""
    await worked_earning.run(dsn, lines)


def test_every_example_is_found() -> None:
    """A block whose fence is misspelt would be prose that nobody checks."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    assert text.count(" buys ") + text.count(" does ") >= sum(
        " buys " in line or " does " in line
        for example in EXAMPLES
        for line in example.values[0][1:]  # type: ignore[index]
    )
    assert len(EXAMPLES) > 8


@pytest.mark.parametrize(
    "last",
    [
        "ana buys 10  -> base 9",
        "ana buys 10  -> base 10 more 1",
        "ana buys 10",
        "ana buys 0.5  -> base capped",
        "ana has 1",
    ],
)
async def test_a_wrong_figure_is_found(dsn: str, last: str) -> None:
    """The test above would pass for good if it compared nothing."""
    with pytest.raises(AssertionError):
        await worked_earning.run(dsn, [BASE, last])


@pytest.mark.parametrize("last", ["ana steals 10", "ana buys much", "nonsense", "ana buys 10 -> base", "ana returns B"])
async def test_a_line_that_means_nothing_is_found(dsn: str, last: str) -> None:
    """A word that is misspelt must not be passed over."""
    with pytest.raises((ValueError, LookupError)):
        await worked_earning.run(dsn, [BASE, last])
