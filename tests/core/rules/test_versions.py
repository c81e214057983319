"""Where a version of a rule set is in its life."""

import uuid
from datetime import timedelta

import pytest

from conftest import NOW
from guerdon.core.rules.sets import RuleSet
from guerdon.core.rules.versions import Version, state_of


@pytest.mark.parametrize(
    ("hours", "live", "state"),
    [(None, 2, "draft"), (1, 2, "scheduled"), (0, 3, "live"), (-1, 3, "live"), (-1, 4, "past"), (1, None, "scheduled")],
)
def test_it_is_a_matter_of_time(hours: int | None, live: int | None, state: str) -> None:
    live_from = None if hours is None else NOW + timedelta(hours=hours)
    version = Version(program_id=uuid.uuid4(), version=3, rules=RuleSet(), text="", live_from=live_from)
    assert state_of(version, live, NOW) == state
