"""What rules find of an order is what looking at every line would find."""

from hypothesis import given
from hypothesis import strategies as st

from core.rules.baskets import D, line, order
from guerdon.core.rules.grounds import Ground
from guerdon.core.rules.occasions import Facts
from guerdon.core.rules.sets import RuleSet, Selection

NAMES = st.frozensets(st.sampled_from("abc"), max_size=2)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([*"abc", None]), st.integers(0, 9)), max_size=6),
    st.builds(Selection, skus=NAMES, categories=NAMES, not_skus=NAMES, not_categories=NAMES),
    st.frozensets(st.sampled_from("abc"), max_size=1),
)
def test_a_selection_takes_the_lines_that_it_names(
    said: list[tuple[str, str | None, int]], selection: Selection, excluded: frozenset[str]
) -> None:
    lines = [line(price, sku, 2, category=category) for sku, category, price in said]
    ground = Ground(RuleSet(excluded=Selection(skus=excluded)), order(*lines), Facts())
    taken = ground.taken(selection)
    mine = [n for n, each in enumerate(lines) if each.sku not in excluded and selection.takes(each.sku, each.category)]
    assert list(taken.lines) == mine
    assert (taken.spent, taken.units) == (sum((2 * D(said[n][2]) for n in mine), D(0)), D(2 * len(mine)))
    shares = ground.part("r", D(7), taken.lines, ground.weights(selection, by_units=False))
    assert sum(shares, D(0)) == (7 if mine else 0)
    assert ground.share("r", selection) == sum(shares, D(0))
