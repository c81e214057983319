"""Every worked example of rewards on the concept pages comes out as it is written."""

from pathlib import Path

import pytest

from docs import worked_rewards

PAGES = Path(__file__).parent.parent.parent / "docs" / "concepts"
EXAMPLES = [
    pytest.param(lines, id=f"{page.stem}-{number}")
    for page in sorted(PAGES.glob("*.md"))
    for number, lines in enumerate(worked_rewards.blocks(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("lines", EXAMPLES)
async def test_an_example_comes_out_as_it_is_written(dsn: str, lines: list[str]) -> None:
    """Whoever integrates by these pages gets these figures."""
    await worked_rewards.run(dsn, lines)


def test_every_example_is_found() -> None:
    """A block whose fence is misspelt would be prose that nobody checks."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    assert sum(line.startswith("reward ") for line in text.splitlines()) == sum(
        line.startswith("reward ") for example in EXAMPLES for line in str(example.values[0]).split("'")
    )
    assert len(EXAMPLES) > 3


@pytest.mark.parametrize(
    "last",
    [
        "ana: reserve mug  -> posted 99",
        "ana: reserve mug  -> refused out_of_stock",
        "ana: reserve none  -> posted 100",
        "ana: order A of 5  -> posted 104",
    ],
)
async def test_a_wrong_figure_is_found(dsn: str, last: str) -> None:
    """The test above would pass for good if it compared nothing."""
    with pytest.raises(AssertionError):
        await worked_rewards.run(dsn, ["reward mug 40", "ana has 100", last])


@pytest.mark.parametrize(
    "last",
    ["ana: steal mug", "ben: reserve mug", "ana: reserve mug -> poste 100", "reward mug 40 colour 3", "nonsense"],
)
async def test_a_line_that_means_nothing_is_found(dsn: str, last: str) -> None:
    """A word that is misspelt must not be passed over."""
    with pytest.raises((ValueError, LookupError, AttributeError)):
        await worked_rewards.run(dsn, ["reward mug 40", "ana has 100", last])
