"""Reads the conditions of a rule, and which lines it is for, from JSON."""

from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from guerdon.core.rules import sets
from guerdon.core.rules.trees import Reader

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def selection(reader: Reader, tree: object, *, only_named: bool = False) -> sets.Selection:
    """Which lines are meant; with `only_named`, without exceptions."""
    names = {"skus": "skus", "categories": "categories"}
    if not only_named:
        names |= {"except_skus": "not_skus", "except_categories": "not_categories"}
    given = reader.members(tree, tuple(names))
    found: dict[str, frozenset[str]] = {}
    for name, value in given.items():
        with reader.at(name):
            found[names[name]] = reader.texts(value)
    return sets.Selection(**found)


def conditions(reader: Reader, tree: object, events: Mapping[str, Mapping[str, sets.Field]]) -> sets.Conditions:
    """What must be so, with names of events from those that the set knows."""
    readers: dict[str, Callable[[Any], object]] = {
        "event": lambda t: _event(reader, t, events),
        "tiers": reader.texts,
        "locations": reader.texts,
        "channels": reader.texts,
        "currencies": reader.texts,
        "min_spend": lambda t: reader.number(t, above=0),
        "min_quantity": lambda t: reader.number(t, above=0),
        "first_purchase": reader.flag,
        "birthday": lambda t: reader.choice(t, sets.Birthday),
        "every_visit": lambda t: reader.integer(t, 2, 10_000),
    }
    given = reader.members(tree, ("fields", "time", *readers))
    found: dict[str, Any] = {}
    for name, read in readers.items():
        if name in given:
            with reader.at(name):
                found[name] = read(given[name])
    if "time" in given:
        with reader.at("time"):
            found["window"] = _window(reader, given["time"])
    if "fields" in given:
        with reader.at("fields"):
            found["tests"] = _tests(reader, given["fields"], events.get(found.get("event", ""), {}))
    return sets.Conditions(**found)


def _event(reader: Reader, tree: object, events: Mapping[str, Mapping[str, sets.Field]]) -> str:
    name = reader.text(tree)
    if name and name not in events:
        reader.wrong("is not among the events of the set")
    return name


def _window(reader: Reader, tree: object) -> sets.Window:
    given = reader.members(tree, ("starts_at", "ends_at", "weekdays", "from", "until"))
    found: dict[str, Any] = {}
    for name, target, read in (
        ("starts_at", "starts_at", reader.moment),
        ("ends_at", "ends_at", reader.moment),
        ("weekdays", "weekdays", lambda t: _weekdays(reader, t)),
        ("from", "begins", reader.clock),
        ("until", "ends", reader.clock),
    ):
        if name in given:
            with reader.at(name):
                found[target] = read(given[name])
    window = sets.Window(**found)
    if window.starts_at and window.ends_at and window.ends_at <= window.starts_at:
        reader.wrong("must be after starts_at", "ends_at")
    if window.begins is not None and window.begins == window.ends:
        reader.wrong("must not be the same as from", "until")
    if window.begins is None and window.ends == time.min:
        reader.contradicts("leaves no time of the day; leave it out instead", "until")
    return window


def _weekdays(reader: Reader, tree: object) -> frozenset[int]:
    names = reader.texts(tree)
    if wrong := sorted(names - {*WEEKDAYS, ""}):
        reader.wrong(f"{wrong[0]} is none of {', '.join(WEEKDAYS)}")
    return frozenset(WEEKDAYS.index(name) for name in names if name in WEEKDAYS)


def _tests(reader: Reader, tree: object, fields: Mapping[str, sets.Field]) -> tuple[sets.Test, ...]:
    if not isinstance(tree, dict):
        reader.wrong("must be an object")
        return ()
    found: list[sets.Test] = []
    for name, wanted in tree.items():
        with reader.at(name):
            if name not in fields:
                reader.wrong("is no field of the event")
            given = reader.members(wanted, ("one_of", "min", "max"))
            values = given.get("one_of", [])
            if not isinstance(values, list) or not all(isinstance(v, str | int | Decimal) for v in values):
                reader.wrong("must be a list of texts, numbers or flags", "one_of")
                values = []
            bounds = {}
            for bound, target in (("min", "least"), ("max", "most")):
                if bound in given:
                    with reader.at(bound):
                        bounds[target] = reader.number(given[bound])
            reader.ordered(given, bounds.get("least"), bounds.get("most"))
            found.append(sets.Test(name=name, one_of=tuple(values), **bounds))
    return tuple(found)
