"""Whether the conditions of a rule are met, and if not, which of them is not."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from guerdon.core.points import ZERO
from guerdon.core.rules.occasions import Facts, Occasion
from guerdon.core.rules.sets import Birthday, Conditions, Rule, Test, Window


class Because(StrEnum):
    """Why a rule gave nothing, or less than it would have."""

    OTHER_OCCASION = "other_occasion"
    NOT_BEGUN = "not_begun"
    ENDED = "ended"
    OTHER_WEEKDAY = "other_weekday"
    OTHER_HOUR = "other_hour"
    OTHER_TIER = "other_tier"
    OTHER_LOCATION = "other_location"
    OTHER_CHANNEL = "other_channel"
    OTHER_CURRENCY = "other_currency"
    OTHER_FIELD = "other_field"
    NOT_FIRST_PURCHASE = "not_first_purchase"
    NOT_BIRTHDAY = "not_birthday"
    OTHER_VISIT = "other_visit"
    NO_LINE = "no_line"
    BELOW_MIN_SPEND = "below_min_spend"
    BELOW_MIN_QUANTITY = "below_min_quantity"
    GOAL_NOT_REACHED = "goal_not_reached"
    GOAL_REACHED_BEFORE = "goal_reached_before"
    NOT_IN_A_ROW = "not_in_a_row"
    NOT_REFERRED = "not_referred"
    NOTHING_TO_MULTIPLY = "nothing_to_multiply"
    BETTER_MULTIPLIER = "better_multiplier"
    ROUNDED_TO_NOTHING = "rounded_to_nothing"
    CAPPED = "capped"
    OVER_BUDGET = "over_budget"
    BARRED = "barred"


ALWAYS = Window()


def unmet(
    rule: Rule,
    occasion: Occasion,
    facts: Facts,
    here: datetime,
    taken: Sequence[tuple[Decimal, Decimal]],
    within: Window = ALWAYS,
) -> Because | None:
    """The first condition of a rule that is not met; None where all are.

    Args:
        rule: the rule.
        occasion: the order or event.
        facts: what is known of the member.
        here: its moment, in the time zone of the set.
        taken: spending and units of the lines that the rule is for.
        within: the time of the rule's campaign.
    """
    return next(_unmet(rule, occasion, facts, here, taken, within), None)


def _unmet(
    rule: Rule,
    occasion: Occasion,
    facts: Facts,
    here: datetime,
    taken: Sequence[tuple[Decimal, Decimal]],
    within: Window,
) -> Iterator[Because]:
    when = rule.when
    if when.event != occasion.event:
        yield Because.OTHER_OCCASION
    yield from _outside(within, here)
    yield from _outside(when.window, here)
    for wanted, given, because in (
        (when.tiers, facts.tier, Because.OTHER_TIER),
        (when.locations, occasion.location, Because.OTHER_LOCATION),
        (when.channels, occasion.channel, Because.OTHER_CHANNEL),
        (when.currencies, occasion.currency, Because.OTHER_CURRENCY),
    ):
        if wanted and given not in wanted:
            yield because
    if not all(_passes(test, occasion.fields.get(test.name)) for test in when.tests):
        yield Because.OTHER_FIELD
    if when.first_purchase and facts.orders_before:
        yield Because.NOT_FIRST_PURCHASE
    if when.every_visit and (facts.orders_before + 1) % when.every_visit:
        yield Because.OTHER_VISIT
    if when.birthday and not is_birthday(when.birthday, facts.birthday, here.date()):
        yield Because.NOT_BIRTHDAY
    if occasion.event is None:
        yield from _short(when, taken)


def _short(when: Conditions, taken: Sequence[tuple[Decimal, Decimal]]) -> Iterator[Because]:
    if not taken:
        yield Because.NO_LINE
    if when.min_spend is not None and sum((spent for spent, _ in taken), ZERO) < when.min_spend:
        yield Because.BELOW_MIN_SPEND
    if when.min_quantity is not None and sum((units for _, units in taken), ZERO) < when.min_quantity:
        yield Because.BELOW_MIN_QUANTITY


def _outside(window: Window, here: datetime) -> Iterator[Because]:
    if window.starts_at is not None and here < window.starts_at:
        yield Because.NOT_BEGUN
    if window.ends_at is not None and here >= window.ends_at:
        yield Because.ENDED
    if window.weekdays and here.weekday() not in window.weekdays:
        yield Because.OTHER_WEEKDAY
    clock = here.timetz().replace(tzinfo=None)
    is_late = window.begins is None or clock >= window.begins
    is_early = window.ends is None or clock < window.ends
    over_midnight = window.begins is not None and window.ends is not None and window.ends < window.begins
    if not (is_late or is_early if over_midnight else is_late and is_early):
        yield Because.OTHER_HOUR


def _passes(test: Test, given: object) -> bool:
    if given is None:
        return False
    if test.one_of and not any(_same(value, given) for value in test.one_of):
        return False
    if test.least is None and test.most is None:
        return True
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        return False
    return (test.least is None or given >= test.least) and (test.most is None or given <= test.most)


def _same(value: object, given: object) -> bool:
    return isinstance(value, bool) == isinstance(given, bool) and value == given


def is_birthday(near: Birthday, born: date | None, today: date) -> bool:
    """Whether a day is as near to a birthday as is asked for; who was born on 29 February has it on the 28th."""
    if born is None:
        return False
    if near is Birthday.MONTH:
        return born.month == today.month
    reach = timedelta(days=3 if near is Birthday.WEEK else 0)
    years = {year for year in (today.year - 1, today.year, today.year + 1) if 1 <= year <= date.max.year}
    return any(abs(_in(born, year) - today) <= reach for year in years)


def _in(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
