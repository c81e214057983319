"""Orders, events and rule sets for the tests of earning rules, in as few words as they can be said."""

from decimal import Decimal
from typing import Any

from conftest import NOW
from guerdon.core.rules.occasions import Facts, Line, Occasion
from guerdon.core.rules.readings import read
from guerdon.core.rules.reckonings import Reckoning, reckon
from guerdon.core.rules.sets import RuleSet

D = Decimal
BASE = {"id": "base", "give": {"per_spend": {"points": 1}}}


def line(price: Any, sku: str = "a", quantity: Any = 1, **more: Any) -> Line:
    """A line of an order; its id is its item's."""
    amounts = {name: D(value) if name in ("tax", "discount") else value for name, value in more.items()}
    told: dict[str, Any] = {"id": sku, "sku": sku, "quantity": D(quantity), "unit_price": D(price), **amounts}
    return Line(**told)


def order(*lines: Any, **more: Any) -> Occasion:
    """An order of lines, or of one line with a price."""
    made = tuple(each if isinstance(each, Line) else line(each) for each in lines)
    return Occasion(**{"at": NOW, "lines": made, **more})


def rules(*several: dict[str, Any], **more: Any) -> RuleSet:
    """A rule set; numbers as JSON has them, decimals as texts would not be."""
    return read({"rules": list(several), **more})


def rule(name: str, **give_and_more: Any) -> dict[str, Any]:
    """A rule: what it gives by the name of it, and `when`, `lines`, `caps`, `campaign`."""
    others = ("when", "lines", "caps", "campaign")
    rest: dict[str, Any] = {key: give_and_more.pop(key) for key in others if key in give_and_more}
    return {"id": name, "give": give_and_more, **rest}


def reckoned(found: RuleSet, occasion: Occasion, **facts: Any) -> Any:
    """What comes of an order or event."""
    return reckon(found, occasion, Facts(**facts))


def of(reckoning: Reckoning, name: str) -> Any:
    """What one rule gave."""
    return next(given for given in reckoning.given if given.rule == name)
