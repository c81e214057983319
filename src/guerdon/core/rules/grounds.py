"""What the rules of a set are reckoned on: which lines each is for and what they come to, every figure found once."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from guerdon.core.points import ZERO, plus
from guerdon.core.rules.caps import Count
from guerdon.core.rules.occasions import Facts, Occasion, Tally, spending
from guerdon.core.rules.sets import RuleSet, Selection
from guerdon.core.rules.shares import of_units, places, spread_units, units_of


class Taken(NamedTuple):
    """The lines that a selection takes.

    Attributes:
        lines: their indexes.
        each: what each comes to, and its units.
        spent: all of them together.
        units: likewise.
    """

    lines: tuple[int, ...]
    each: tuple[tuple[Decimal, Decimal], ...]
    spent: Decimal
    units: Decimal


class Ground:
    """An order or event as the rules of a set see it.

    Rules with the same selection share what is found of it, and lines are found by what they are and not one by one:
    the work grows with the lines that rules are for, not with rules times lines. Shares are whole numbers of the
    smallest unit, so that adding them is cheap.

    Attributes:
        values: what each line comes to on the basis of the rules.
        excluded: the indexes of lines that no rule counts.
        here: its moment, in the time zone of the set.
    """

    def __init__(self, rules: RuleSet, occasion: Occasion, facts: Facts) -> None:
        self.rules = rules
        self.occasion = occasion
        self.facts = facts
        self.here = occasion.at.astimezone(ZoneInfo(rules.time_zone))
        self.values = spending(rules, occasion)
        lines = occasion.lines
        self.excluded = tuple(n for n, line in enumerate(lines) if rules.excludes(line.sku, line.category))
        self._counted = tuple(sorted({*range(len(lines))} - {*self.excluded}))
        self._ranks = {n: rank for rank, n in enumerate(sorted(range(len(lines)), key=lambda n: lines[n].rank))}
        self._taken: dict[Selection, Taken] = {}
        self._shares: dict[str, list[int]] = {}
        self._parts: dict[tuple[str, Selection], int] = {}
        self._by_name: dict[tuple[str, str | None], list[int]] = defaultdict(list)
        for n in self._counted:
            self._by_name["sku", lines[n].sku].append(n)
            self._by_name["category", lines[n].category].append(n)
        self._by_value = _whole(self.values)
        self._by_units = _whole([line.quantity for line in lines])

    def taken(self, selection: Selection) -> Taken:
        """The lines that a selection takes."""
        if selection not in self._taken:
            self._taken[selection] = self._take(selection)
        return self._taken[selection]

    def _take(self, selection: Selection) -> Taken:
        named = self._counted
        if selection.skus or selection.categories:
            found = {n for sku in selection.skus for n in self._by_name.get(("sku", sku), ())}
            found.update(n for each in selection.categories for n in self._by_name.get(("category", each), ()))
            named = tuple(sorted(found))
        lines = self.occasion.lines
        mine = tuple(n for n in named if selection.takes(lines[n].sku, lines[n].category))
        each = tuple((self.values[n], lines[n].quantity) for n in mine)
        spent = units = ZERO
        for value, quantity in each:
            spent, units = plus(spent, value), plus(units, quantity)
        return Taken(mine, each, spent, units)

    def takes_all(self, selection: Selection) -> bool:
        """Whether a selection takes every line that counts."""
        return len(self.taken(selection).lines) == len(self._counted)

    def weights(self, selection: Selection, *, by_units: bool) -> list[int]:
        """By what points are parted among the lines of a selection: by units, or by what they come to.

        Where they come to nothing, by units.
        """
        taken = self.taken(selection)
        source = self._by_units if by_units or not taken.spent else self._by_value
        return [source[n] for n in taken.lines]

    def weights_of_all(self, selection: Selection, *, by_units: bool) -> tuple[int, ...]:
        """The weights of all lines of the order; nothing of those that a selection leaves out."""
        mine = dict(zip(self.taken(selection).lines, self.weights(selection, by_units=by_units), strict=True))
        return tuple(mine.get(n, 0) for n in range(len(self.values)))

    def part(self, rule: str, points: Decimal, lines: Sequence[int], weights: Sequence[int]) -> tuple[Decimal, ...]:
        """Parts a rule's points among some lines, by their weights; one share for every line of the order."""
        decimals = self.rules.decimals
        parts = spread_units(units_of(points, decimals), weights, [self._ranks[n] for n in lines])
        whole = [0] * len(self.values)
        shares = [ZERO] * len(self.values)
        for n, units in zip(lines, parts, strict=True):
            whole[n] = units
            if units:
                shares[n] = of_units(units, decimals)
        self._shares[rule] = whole
        return tuple(shares)

    def part_again(self, rule: str, points: Decimal) -> tuple[Decimal, ...]:
        """Parts what is left of a rule's points as it parted all of them."""
        before = self._shares[rule]
        return self.part(rule, points, range(len(before)), before)

    def share(self, rule: str, selection: Selection) -> Decimal:
        """What of a rule's points is on the lines of a selection."""
        if (rule, selection) not in self._parts:
            shares = self._shares.get(rule)
            self._parts[rule, selection] = sum(shares[n] for n in self.taken(selection).lines) if shares else 0
        return of_units(self._parts[rule, selection], self.rules.decimals)

    def sums(self, rules: Sequence[str], selection: Selection) -> list[int]:
        """What several rules have given for each line of a selection, in the smallest unit."""
        several = [self._shares[rule] for rule in rules if rule in self._shares]
        return [sum(shares[n] for shares in several) for n in self.taken(selection).lines]

    def count(self, tallies: Sequence[Tally], rule: str | None = None, so_far: Decimal = ZERO) -> Count:
        """What caps of a rule, or of all together, are held against."""
        return Count(tallies=tallies, rule=rule, day=self.here.date(), decimals=self.rules.decimals, so_far=so_far)


def _whole(amounts: Sequence[Decimal]) -> list[int]:
    """Amounts in the smallest unit that one of them is written with."""
    decimals = places(*amounts)
    return [units_of(amount, decimals) for amount in amounts]
