"""Reads a rule set from JSON, whole or not at all: everything that is wrong with it is told at once, by its place."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from guerdon.core.rules import sets
from guerdon.core.rules.conditions import conditions, selection
from guerdon.core.rules.periods import Period
from guerdon.core.rules.sets import Rule, RuleSet
from guerdon.core.rules.shares import Rounding
from guerdon.core.rules.trees import Problem, Reader

MOST_RULES = 100
MOST_DECIMALS = 6
MOST_CAPS = 20
MOST_CAMPAIGNS = 50
LONGEST_STREAK = 60
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_MOST_TIMES = 1_000_000
_NOTHING = sets.Flat(Decimal(0))
"""In the place of an effect that cannot be read."""


class RulesInvalid(ValueError):  # noqa: N818 - what is so, as in a refusal
    """What is wrong with a rule set, place by place."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or '/'} {problem.detail}" for problem in problems))
        self.problems = problems


def read(tree: object, *, is_kept: bool = False) -> RuleSet:
    """A rule set from plain JSON values, numbers as int or Decimal.

    Args:
        tree: the values.
        is_kept: it was taken before: what contradicts itself in it is let be.

    Raises:
        RulesInvalid: it is none.
    """
    reader = Reader(is_kept=is_kept)
    found = _set(reader, tree)
    if reader.problems:
        raise RulesInvalid(reader.problems)
    return found


def unknown_tiers(rules: RuleSet, codes: Collection[str]) -> list[Problem]:
    """Tiers that rules name and a program with these codes does not have, each by its place."""
    return [
        Problem(f"/rules/{n}/when/tiers", f"{code} is no tier of the program")
        for n, rule in enumerate(rules.rules)
        for code in sorted(rule.when.tiers - {*codes})
    ]


def _set(reader: Reader, tree: object) -> RuleSet:
    known = ("time_zone", "basis", "rounding", "decimals", "multipliers", "exclude", "events", "rules", "caps")
    given = reader.members(tree, (*known, "campaigns"), ("rules",))
    made: dict[str, Any] = {}
    if "basis" in given:
        with reader.at("basis"):
            basis = reader.members(given["basis"], ("tax", "discounts"))
            made |= _read(reader, basis, "tax", lambda t: reader.choice(t, sets.Tax))
            made |= _read(reader, basis, "discounts", lambda t: reader.choice(t, sets.Discounts))
    made |= _read(reader, given, "time_zone", lambda t: _zone(reader, t))
    made |= _read(reader, given, "rounding", lambda t: reader.choice(t, Rounding))
    made |= _read(reader, given, "decimals", lambda t: reader.integer(t, 0, MOST_DECIMALS))
    made |= _read(reader, given, "multipliers", lambda t: reader.choice(t, sets.Multipliers))
    made |= _read(reader, given, "exclude", lambda t: selection(reader, t, only_named=True), "excluded")
    made |= _read(reader, given, "events", lambda t: _events(reader, t))
    made |= _read(reader, given, "caps", lambda t: _caps(reader, t, counts=False))
    made |= _read(reader, given, "campaigns", lambda t: reader.items(t, MOST_CAMPAIGNS, lambda c: _campaign(reader, c)))
    events: Mapping[str, Mapping[str, sets.Field]] = made.get("events", {})
    made |= _read(reader, given, "rules", lambda t: _rules(reader, t, events))
    found = RuleSet(**made)
    _check(reader, found)
    return found


def _rules(reader: Reader, tree: object, events: Mapping[str, Mapping[str, sets.Field]]) -> tuple[Rule, ...]:
    return reader.items(tree, MOST_RULES, lambda each: _rule(reader, each, events))


def _read(
    reader: Reader, given: Mapping[str, Any], name: str, read_it: Callable[[Any], object], target: str | None = None
) -> dict[str, Any]:
    if name not in given:
        return {}
    with reader.at(name):
        return {target or name: read_it(given[name])}


def _zone(reader: Reader, tree: object) -> str:
    name = reader.text(tree) or "UTC"
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        reader.wrong("must be a time zone such as Europe/Berlin")
        return "UTC"
    if name not in _zones():
        reader.contradicts("must be a time zone such as Europe/Berlin")
    return name


@cache
def _zones() -> frozenset[str]:
    """Zones that the database knows too: not that of the machine, nor the same ones with leap seconds."""
    return frozenset(available_timezones() - {"localtime"})


def _events(reader: Reader, tree: object) -> dict[str, dict[str, sets.Field]]:
    if not isinstance(tree, dict):
        reader.wrong("must be an object")
        return {}
    found: dict[str, dict[str, sets.Field]] = {}
    for name, schema in tree.items():
        with reader.at(name):
            if not _NAME.fullmatch(name):
                reader.wrong("is no name: letters, digits, dots, dashes and underscores")
            fields = reader.members(schema, ("fields",)).get("fields", {})
            with reader.at("fields"):
                found[name] = _fields(reader, fields)
    return found


def _fields(reader: Reader, tree: object) -> dict[str, sets.Field]:
    if not isinstance(tree, dict):
        reader.wrong("must be an object")
        return {}
    found: dict[str, sets.Field] = {}
    for name, about in tree.items():
        with reader.at(name):
            if not _NAME.fullmatch(name):
                reader.wrong("is no name: letters, digits, dots, dashes and underscores")
            given = reader.members(about, ("type", "required", "min", "max", "one_of"), ("type",))
            made: dict[str, Any] = {"type": given.get("type")}
            if made["type"] not in ("number", "text", "flag"):
                reader.wrong("must be one of number, text, flag", "type")
                made["type"] = "text"
            made |= _read(reader, given, "required", reader.flag)
            made |= _read(reader, given, "min", reader.number, "least")
            made |= _read(reader, given, "max", reader.number, "most")
            made |= _read(reader, given, "one_of", lambda t: tuple(sorted(reader.texts(t))))
            reader.ordered({}, made.get("least"), made.get("most"))
            for bound, kind in (("min", "number"), ("max", "number"), ("one_of", "text")):
                if bound in given and made["type"] != kind:
                    reader.contradicts(f"goes with a {kind} only", bound)
            found[name] = sets.Field(**made)
    return found


def _caps(reader: Reader, tree: object, *, counts: bool = True) -> tuple[sets.Cap, ...]:
    return reader.items(tree, MOST_CAPS, lambda each: _cap(reader, each, counts=counts))


def _cap(reader: Reader, tree: object, *, counts: bool) -> sets.Cap:
    given = reader.members(tree, ("points", "times", "per"), ("per",))
    if ("points" in given) == ("times" in given):
        reader.wrong("needs either points or times")
    if "times" in given and not counts:
        reader.wrong("is for the caps of a rule", "times")
    made: dict[str, Any] = {}
    made |= _read(reader, given, "points", lambda t: reader.number(t, least=0))
    made |= _read(reader, given, "times", lambda t: reader.integer(t, 1, _MOST_TIMES))
    if given.get("per") != "order":
        made |= _read(reader, given, "per", lambda t: reader.choice(t, Period))
    elif "times" in given:
        reader.wrong("goes with points only: an order counts once", "per")
    return sets.Cap(**made)


def _campaign(reader: Reader, tree: object) -> sets.Campaign:
    given = reader.members(tree, ("code", "name", "starts_at", "ends_at", "budget"), ("code",))
    made: dict[str, Any] = {"code": ""}
    made |= _read(reader, given, "code", lambda t: _id(reader, t))
    made |= _read(reader, given, "name", reader.text)
    made |= _read(reader, given, "starts_at", reader.moment)
    made |= _read(reader, given, "ends_at", reader.moment)
    made |= _read(reader, given, "budget", lambda t: reader.number(t, above=0))
    if "starts_at" in made and "ends_at" in made and made["ends_at"] <= made["starts_at"]:
        reader.wrong("must be after starts_at", "ends_at")
    return sets.Campaign(**made)


def _id(reader: Reader, tree: object) -> str:
    if isinstance(tree, str) and _ID.fullmatch(tree):
        return tree
    reader.wrong("must be 1 to 64 small letters, digits, dashes and underscores")
    return ""


def _rule(reader: Reader, tree: object, events: Mapping[str, Mapping[str, sets.Field]]) -> Rule:
    given = reader.members(tree, ("id", "name", "campaign", "when", "lines", "give", "caps"), ("id", "give"))
    made: dict[str, Any] = {"id": ""}
    made |= _read(reader, given, "id", lambda t: _id(reader, t))
    made |= _read(reader, given, "name", reader.text)
    made |= _read(reader, given, "campaign", reader.text)
    made |= _read(reader, given, "when", lambda t: conditions(reader, t, events))
    made |= _read(reader, given, "lines", lambda t: selection(reader, t))
    made |= _read(reader, given, "caps", lambda t: _caps(reader, t))
    made |= _read(reader, given, "give", lambda t: _effect(reader, t), "gives")
    return Rule(**({"gives": _NOTHING} | made))


def _effect(reader: Reader, tree: object) -> sets.Effect:
    given = reader.members(tree, tuple(_EFFECTS))
    if len(given) != 1:
        reader.wrong(f"needs exactly one of {', '.join(_EFFECTS)}")
        return _NOTHING
    ((kind, about),) = given.items()
    with reader.at(kind):
        return _EFFECTS[kind](reader, about)


def _number(reader: Reader, given: Mapping[str, Any], name: str, *, above: int | None = 0, default: int = 1) -> Any:
    return _read(reader, given, name, lambda t: reader.number(t, above=above, least=0)).get(name, Decimal(default))


def _per_spend(reader: Reader, tree: object) -> sets.Effect:
    given = reader.members(tree, ("points", "per", "whole_steps"), ("points",))
    whole = _read(reader, given, "whole_steps", reader.flag).get("whole_steps", False)
    return sets.PerSpend(_number(reader, given, "points"), _number(reader, given, "per"), whole)


def _per_item(reader: Reader, tree: object) -> sets.Effect:
    return sets.PerItem(_number(reader, reader.members(tree, ("points",), ("points",)), "points"))


def _flat(reader: Reader, tree: object) -> sets.Effect:
    return sets.Flat(_number(reader, reader.members(tree, ("points",), ("points",)), "points"))


def _per_field(reader: Reader, tree: object) -> sets.Effect:
    given = reader.members(tree, ("points", "field"), ("points", "field"))
    name = _read(reader, given, "field", reader.text).get("field", "")
    return sets.PerField(_number(reader, given, "points"), name)


def _multiply(reader: Reader, tree: object) -> sets.Effect:
    given = reader.members(tree, ("by", "of"), ("by",))
    of = _read(reader, given, "of", reader.texts).get("of", frozenset())
    return sets.Multiply(_number(reader, given, "by", above=1, default=2), of)


def _challenge(reader: Reader, tree: object) -> sets.Effect:
    given = reader.members(tree, ("points", "goal", "measure", "within"), ("points", "goal", "within"))
    made = _read(reader, given, "measure", lambda t: reader.choice(t, sets.Measure))
    made |= _read(reader, given, "within", lambda t: reader.choice(t, Period))
    measure, within = made.get("measure", sets.Measure.COUNT), made.get("within", Period.EVER)
    return sets.Challenge(_number(reader, given, "points"), _number(reader, given, "goal"), measure, within)


def _streak(reader: Reader, tree: object) -> sets.Effect:
    given = reader.members(tree, ("points", "every", "length"), ("points", "every", "length"))
    every = _read(reader, given, "every", lambda t: reader.choice(t, Period, (Period.EVER,))).get("every", Period.DAY)
    length = _read(reader, given, "length", lambda t: reader.integer(t, 2, LONGEST_STREAK)).get("length", 2)
    return sets.Streak(_number(reader, given, "points"), every, length)


def _referral(reader: Reader, tree: object) -> sets.Effect:
    given = reader.members(tree, ("points", "referrer_points"))
    own, other = (_number(reader, given, name, above=None, default=0) for name in ("points", "referrer_points"))
    if not own and not other:
        reader.wrong("gives nothing to either side")
    return sets.Referral(own, other)


_EFFECTS: Mapping[str, Callable[[Reader, object], sets.Effect]] = {
    "per_spend": _per_spend,
    "per_item": _per_item,
    "per_visit": _flat,
    "per_event": _flat,
    "per_field": _per_field,
    "multiply": _multiply,
    "challenge": _challenge,
    "streak": _streak,
    "referral": _referral,
}


def _check(reader: Reader, found: RuleSet) -> None:
    """What no rule can know alone: names that are taken or not there, and what does not go together."""
    seen: set[str] = set()
    codes = [campaign.code for campaign in found.campaigns]
    for n, code in enumerate(codes):
        if code in codes[:n]:
            reader.wrong("is the code of another campaign", "campaigns", str(n), "code")
    plain = {rule.id for rule in found.rules if not isinstance(rule.gives, sets.Multiply)}
    for n, rule in enumerate(found.rules):
        with reader.at("rules", str(n)):
            if rule.id in seen:
                reader.wrong("is the id of another rule", "id")
            seen.add(rule.id)
            if rule.campaign is not None and rule.campaign not in codes:
                reader.wrong("is none of the campaigns of the set", "campaign")
            _check_event(reader, found, rule)
            if isinstance(rule.gives, sets.Multiply):
                for name in sorted(rule.gives.of - plain):
                    reader.wrong(f"{name} is no rule that can be multiplied", "give", "multiply", "of")


def _check_event(reader: Reader, found: RuleSet, rule: Rule) -> None:
    when, gives = rule.when, rule.gives
    if when.event is None:
        if isinstance(gives, sets.PerField):
            reader.wrong("goes with an event only", "give", "per_field")
        return
    fields = found.events.get(when.event, {})
    if isinstance(gives, sets.PerField) and (gives.name not in fields or fields[gives.name].type != "number"):
        reader.wrong("is no number of the event", "give", "per_field", "field")
    if isinstance(gives, sets.PerSpend | sets.PerItem) or rule.lines != sets.Selection():
        reader.wrong("an event has no lines", "give")
    if isinstance(gives, sets.Challenge) and gives.measure is not sets.Measure.COUNT:
        reader.wrong("an event has no lines: only count can be measured", "give", "challenge", "measure")
    for name in ("min_spend", "min_quantity", "every_visit", "first_purchase"):
        if getattr(when, name):
            reader.wrong("goes with orders only", "when", name)
