"""How far a member has come with a challenge or a streak, from what earlier orders and events counted for it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from guerdon.core.points import ZERO, plus
from guerdon.core.rules.matching import Because
from guerdon.core.rules.occasions import Tally
from guerdon.core.rules.periods import earlier, first_day
from guerdon.core.rules.sets import Challenge, Measure, RuleSet, Streak


def challenge_met(
    rule: str, challenge: Challenge, tallies: Sequence[Tally], day: date, spent: Decimal, units: Decimal
) -> tuple[Decimal, Because | None]:
    """What this order or event adds to a challenge, and why it does not reach the goal, if so.

    The goal is reached once in a period. A return takes progress back; points that were given stay with the order that
    reached the goal, and go with it.
    """
    adds = {Measure.COUNT: Decimal(1), Measure.SPEND: spent, Measure.QUANTITY: units}[challenge.measure]
    begun = first_day(challenge.within, day)
    so_far, times = ZERO, 0
    for tally in tallies:
        if tally.rule == rule and first_day(challenge.within, tally.day) == begun:
            so_far, times = plus(so_far, tally.measure), times + tally.times
    if times:
        return adds, Because.GOAL_REACHED_BEFORE
    return adds, None if plus(so_far, adds) >= challenge.goal else Because.GOAL_NOT_REACHED


def streak_met(rule: str, streak: Streak, tallies: Sequence[Tally], day: date) -> Because | None:
    """Why this order or event does not complete a streak; None where it does.

    Each of the periods before this one must have had something, and none of them, nor this one, may have given points:
    so that a period is part of one streak only.
    """
    mine = [tally for tally in tallies if tally.rule == rule]
    had = {first_day(streak.every, tally.day) for tally in mine if tally.measure > 0}
    gave = {first_day(streak.every, tally.day) for tally in mine if tally.times > 0}
    before = {earlier(streak.every, day, count) for count in range(1, streak.length)}
    if before <= had and not gave & {*before, first_day(streak.every, day)}:
        return None
    return Because.NOT_IN_A_ROW


def looks_back_to(rules: RuleSet, day: date) -> date | None:
    """The first day whose tallies any rule or cap of a set asks for; None where none asks for any."""
    caps = (*rules.caps, *(cap for rule in rules.rules for cap in rule.caps))
    since = [first_day(cap.per, day) for cap in caps if cap.per is not None]
    for rule in rules.rules:
        if isinstance(rule.gives, Challenge):
            since.append(first_day(rule.gives.within, day))
        elif isinstance(rule.gives, Streak):
            since.append(earlier(rule.gives.every, day, rule.gives.length - 1))
    return min(since, default=None)
