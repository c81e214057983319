"""What an order or event gives by a rule set, rule by rule and line by line, and why the others gave nothing."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from guerdon.core.points import ZERO, plus
from guerdon.core.rules.campaigns import Budgets
from guerdon.core.rules.caps import Cut, capped
from guerdon.core.rules.grounds import Ground
from guerdon.core.rules.matching import ALWAYS, Because, unmet
from guerdon.core.rules.occasions import Facts, Occasion
from guerdon.core.rules.sets import (
    Challenge,
    Effect,
    Measure,
    Multipliers,
    Multiply,
    PerField,
    PerItem,
    PerSpend,
    Referral,
    Rule,
    RuleSet,
    Streak,
    Window,
)
from guerdon.core.rules.shares import rounded
from guerdon.core.rules.strides import challenge_met, streak_met


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one rule gave.

    Attributes:
        points: to the member, after caps; zero where it gave nothing.
        before_caps: what it would have been without them.
        shares: of each line, in their order; they add up to `points`. Empty without lines.
        referrer_points: to the member who referred this one.
        measure: what a challenge or streak counts of it.
        weights: of each line, by what `measure` and `referrer_points` go with returns; empty where they go with the
            order as such.
        because: why it gave nothing, or was cut.
        cuts: what each cap, and the budget of the campaign, left out.
        campaign: the code of the one that the rule is part of.
    """

    rule: str
    points: Decimal = ZERO
    before_caps: Decimal = ZERO
    shares: tuple[Decimal, ...] = ()
    referrer_points: Decimal = ZERO
    measure: Decimal = ZERO
    weights: tuple[int, ...] = ()
    because: Because | None = None
    cuts: tuple[Cut, ...] = ()
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What came of an order or event.

    Attributes:
        values: what each line comes to on the basis of the rules.
        excluded: the indexes of lines that no rule counts.
        given: one of each rule, in their order.
        decimals: of points.
    """

    values: tuple[Decimal, ...]
    excluded: tuple[int, ...]
    given: tuple[Given, ...]
    decimals: int

    @property
    def points(self) -> Decimal:
        """What the member earns."""
        return _sum(each.points for each in self.given)

    @property
    def referrer_points(self) -> Decimal:
        """What the member who referred this one earns."""
        return _sum(each.referrer_points for each in self.given)


def reckon(rules: RuleSet, occasion: Occasion, facts: Facts) -> Reckoning:
    """What an order or event gives.

    Each rule's points are reckoned exactly and rounded once, as the set says, then cut by the rule's own caps; then
    multipliers work on what that left, and are rounded and cut likewise; then the set's caps cut what all rules give
    together, the last rules first, and budgets what their campaigns give. Points of a rule are parted among the lines
    that it is for by the largest remainder.
    """
    ground = Ground(rules, occasion, facts)
    plain = {rule.id: _plain(ground, rule) for rule in rules.rules if not isinstance(rule.gives, Multiply)}
    found = plain | _multiplied(ground, plain)
    given = _capped_together(ground, [found[rule.id] for rule in rules.rules])
    return Reckoning(values=ground.values, excluded=ground.excluded, given=tuple(given), decimals=rules.decimals)


def budgets_asked(rules: RuleSet, reckoning: Reckoning) -> list[str]:
    """The codes of the campaigns on whose budgets an order may draw, in order: what is left of others is no matter.

    It may, where a rule has anything to give before caps: what one budget cuts makes room under caps for another.
    """
    drawn = {
        each.campaign
        for each in reckoning.given
        if each.before_caps or each.referrer_points or each.because is Because.CAPPED
    }
    return sorted(each.code for each in rules.campaigns if each.budget is not None and each.code in drawn)


def _plain(ground: Ground, rule: Rule) -> Given:
    """What a rule gives that is no multiplier."""
    taken = ground.taken(rule.lines)
    if because := _unmet(ground, rule):
        return Given(rule=rule.id, because=because)
    exact, because, measure = _exact(ground, rule, taken.spent, taken.units)
    counted = _counted(ground, rule)
    if because is not None:
        return Given(rule=rule.id, because=because, measure=measure, weights=counted)
    points = rounded(exact, ground.rules.decimals, ground.rules.rounding)
    weights = ground.weights(rule.lines, by_units=isinstance(rule.gives, PerItem))
    given = replace(_cut(ground, rule, points, weights, measure), weights=counted)
    return _referred(ground, rule, given) if isinstance(rule.gives, Referral) else given


def _counted(ground: Ground, rule: Rule) -> tuple[int, ...]:
    """What each line counts in what is counted by lines, or given for them to who referred the member."""
    match rule.gives:
        case Referral() | Challenge(measure=Measure.SPEND):
            return ground.weights_of_all(rule.lines, by_units=False)
        case Challenge(measure=Measure.QUANTITY):
            return ground.weights_of_all(rule.lines, by_units=True)
    return ()


def _unmet(ground: Ground, rule: Rule) -> Because | None:
    campaign = ground.rules.campaign_of(rule)
    within = Window(starts_at=campaign.starts_at, ends_at=campaign.ends_at) if campaign else ALWAYS
    return unmet(rule, ground.occasion, ground.facts, ground.here, ground.taken(rule.lines).each, within)


def _exact(ground: Ground, rule: Rule, spent: Decimal, units: Decimal) -> tuple[Fraction, Because | None, Decimal]:
    """The points of a rule whose conditions are met, exactly; why there are none; and what it counts."""
    day, tallies = ground.here.date(), ground.facts.tallies
    because, measure = None, ZERO
    match rule.gives:
        case Challenge():
            measure, because = challenge_met(rule.id, rule.gives, tallies, day, spent, units)
        case Streak():
            measure, because = Decimal(1), streak_met(rule.id, rule.gives, tallies, day)
        case Referral() if ground.facts.referrer is None:
            because = Because.NOT_REFERRED
        case PerField(_, name) if name not in ground.occasion.fields:
            because = Because.OTHER_FIELD
    return _amount(rule.gives, ground.occasion, spent, units), because, measure


def _amount(gives: Effect, occasion: Occasion, spent: Decimal, units: Decimal) -> Fraction:
    match gives:
        case PerSpend(points, per, whole_steps):
            steps = Fraction(spent) / Fraction(per)
            return Fraction(points) * (math.floor(steps) if whole_steps else steps)
        case PerItem(points):
            return Fraction(points) * Fraction(units)
        case PerField(points, name):
            brought = occasion.fields.get(name)
            return (
                Fraction(points) * max(Fraction(0), Fraction(brought)) if isinstance(brought, Decimal) else Fraction(0)
            )
        case Multiply():
            return Fraction(0)
        case _:
            return Fraction(gives.points)


def _cut(ground: Ground, rule: Rule, points: Decimal, weights: Sequence[int], measure: Decimal = ZERO) -> Given:
    """Points of a rule after its own caps, parted among the lines."""
    left, cuts = capped(points, rule.caps, ground.count(ground.facts.tallies, rule.id))
    because = Because.CAPPED if cuts else None if points else Because.ROUNDED_TO_NOTHING
    return Given(
        rule=rule.id,
        points=left,
        before_caps=points,
        shares=ground.part(rule.id, left, ground.taken(rule.lines).lines, weights),
        measure=measure,
        because=because,
        cuts=cuts,
    )


def _referred(ground: Ground, rule: Rule, given: Given) -> Given:
    """The other side of a referral, within the rule's caps."""
    gives, tallies = rule.gives, ground.facts.referrer or ()
    if not isinstance(gives, Referral) or ground.facts.is_referrer_left_out:
        return given
    points = rounded(Fraction(gives.referrer_points), ground.rules.decimals, ground.rules.rounding)
    points, _ = capped(points, rule.caps, ground.count(tallies, rule.id))
    because = None if points and given.because is Because.ROUNDED_TO_NOTHING else given.because
    return replace(given, referrer_points=points, because=because)


def _multiplied(ground: Ground, plain: dict[str, Given]) -> dict[str, Given]:
    """What multipliers give: of several for one rule's points, the best, or the extras of all."""
    found: dict[str, Given] = {}
    extras: dict[str, dict[str, Fraction]] = {}
    rules = {rule.id: rule for rule in ground.rules.rules if isinstance(rule.gives, Multiply)}
    for rule in rules.values():
        because = _unmet(ground, rule)
        extras[rule.id] = {} if because else _extras(ground, rule, plain)
        found[rule.id] = Given(rule=rule.id, because=because or Because.NOTHING_TO_MULTIPLY)
    best = {}
    if ground.rules.multipliers is Multipliers.BEST:
        for base in plain:
            tried = [(extras[name].get(base, Fraction(0)), -n, name) for n, name in enumerate(rules)]
            best[base] = max(tried, default=(0, 0, ""))[2]
    for name, rule in rules.items():
        mine_only = {base: extra for base, extra in extras[name].items() if best.get(base, name) == name}
        if mine_only:
            found[name] = _multiplier(ground, rule, mine_only)
        elif extras[name]:
            found[name] = Given(rule=name, because=Because.BETTER_MULTIPLIER)
    return found


def _multiplier(ground: Ground, rule: Rule, extras: dict[str, Fraction]) -> Given:
    points = rounded(sum(extras.values(), Fraction(0)), ground.rules.decimals, ground.rules.rounding)
    return _cut(ground, rule, points, ground.sums(list(extras), rule.lines))


def _extras(ground: Ground, rule: Rule, plain: dict[str, Given]) -> dict[str, Fraction]:
    """What a multiplier adds to each rule, for the lines that it is for."""
    gives = rule.gives
    if not isinstance(gives, Multiply):
        return {}
    is_all = ground.takes_all(rule.lines)
    usual = {rule.id for rule in ground.rules.rules if isinstance(rule.gives, PerSpend | PerItem | PerField)}
    found: dict[str, Fraction] = {}
    for base, given in plain.items():
        if base not in (gives.of or usual):
            continue
        points = given.points if is_all else ground.share(base, rule.lines)
        if points:
            found[base] = Fraction(points) * (Fraction(gives.by) - 1)
    return found


def _capped_together(ground: Ground, given: Sequence[Given]) -> list[Given]:
    """What the set's caps and budgets leave: rules are served in their order, so that the last ones are cut first."""
    done: list[Given] = []
    so_far = theirs = ZERO
    budgets = Budgets(ground.facts.spent, ground.rules.decimals)
    for rule, each in zip(ground.rules.rules, given, strict=True):
        left, cuts = capped(each.points, ground.rules.caps, ground.count(ground.facts.tallies, so_far=so_far))
        count = ground.count(ground.facts.referrer or (), so_far=theirs)
        referrer_points, cuts_of_theirs = capped(each.referrer_points, ground.rules.caps, count)
        is_nothing = bool(cuts_of_theirs) and not each.points and not referrer_points
        because = Because.CAPPED if cuts or is_nothing else each.because
        left, referrer_points, over = budgets.within(ground.rules.campaign_of(rule), left, referrer_points)
        so_far, theirs = plus(so_far, left), plus(theirs, referrer_points)
        done.append(
            replace(
                each,
                points=left,
                shares=each.shares if left == each.points else ground.part_again(each.rule, left),
                referrer_points=referrer_points,
                because=Because.OVER_BUDGET if over else because,
                cuts=(*each.cuts, *cuts, *over),
                campaign=rule.campaign,
            )
        )
    return done


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = plus(total, amount)
    return total
