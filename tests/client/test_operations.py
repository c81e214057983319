"""The client's operations are those that are served, with the same models."""

import re

from guerdon.client import operations
from guerdon.client.operations import Operation
from guerdon.surfaces.native import SURFACE


def test_every_operation_is_there_as_it_is_served() -> None:
    known = {name: each for name, each in vars(operations).items() if isinstance(each, Operation)}
    served = {re.sub(r"(?<!^)(?=[A-Z])", "_", each.name).lower(): each for each in SURFACE.operations}
    served["set_points"] = served.pop("set")  # Python has a word for the other
    assert set(known) == set(served)
    for name, each in known.items():
        other = served[name]
        said = (each.name, each.method, each.path, each.answer, each.is_keyed)
        assert said == (other.name, other.method, other.paths[0], other.answer, other.keyed)
