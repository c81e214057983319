"""Whether an event and what it brings are as the rule set says that they are."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from guerdon.core.rules.sets import Field, RuleSet

_TYPES: Mapping[str, type] = {"number": Decimal, "text": str, "flag": bool}


def objection(rules: RuleSet, event: str, fields: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with an event: the name of the field, or nothing for the event itself, and why; None is nothing."""
    known = rules.events.get(event)
    if known is None:
        return "", "is none of the program's events"
    for name, about in known.items():
        if name not in fields:
            if about.required:
                return name, "is required"
        elif why := _wrong(about, fields[name]):
            return name, why
    return next(((name, "is no field of the event") for name in fields if name not in known), None)


def _wrong(about: Field, given: object) -> str | None:
    if not isinstance(given, _TYPES[about.type]):
        return f"must be a {about.type}"
    if isinstance(given, str) and about.one_of and given not in about.one_of:
        return f"must be one of {', '.join(about.one_of)}"
    if isinstance(given, Decimal) and about.least is not None and given < about.least:
        return f"must not be below {about.least:f}"
    if isinstance(given, Decimal) and about.most is not None and given > about.most:
        return f"must not be above {about.most:f}"
    return None
