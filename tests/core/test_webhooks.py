"""When a delivery is tried again, and what an endpoint wants and signs with."""

import uuid
from dataclasses import replace
from datetime import timedelta

from conftest import NOW
from guerdon.core.webhooks import EVENTS, PATIENCE, Attempt, Endpoint, pause, strange

ENDPOINT = Endpoint(
    id=uuid.uuid4(),
    tenant_id=uuid.uuid4(),
    url="https://shop.example.com",
    description=None,
    events=(),
    is_active=True,
    secrets=("whsec_bmV3", "whsec_b2xk"),
    old_secret_until=NOW,
    created_at=NOW,
    active_since=NOW,
)


def test_pauses_double_up_to_six_hours() -> None:
    """Give or take a fifth; in three days there are some twenty of them."""
    assert [pause(n, 0.5) / timedelta(seconds=10) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause(1, 0.0) == timedelta(seconds=8)
    assert pause(1, 1.0) == timedelta(seconds=12)
    assert pause(60, 0.5) == timedelta(hours=6)
    waited, attempts = timedelta(0), 0
    while waited < PATIENCE:
        attempts += 1
        waited += pause(attempts, 0.5)
    assert 18 <= attempts <= 25


def test_no_name_is_all_events() -> None:
    """And one that is none is found."""
    assert all(ENDPOINT.wants(name) for name in EVENTS)
    few = replace(ENDPOINT, events=("points.earned",))
    assert [name for name in EVENTS if few.wants(name)] == ["points.earned"]
    assert strange(["points.earned", "points.lost"]) == "points.lost"
    assert strange(EVENTS) is None


def test_the_secret_before_signs_until_its_end() -> None:
    """And not at that moment any more."""
    assert len(ENDPOINT.signing(NOW - timedelta(seconds=1))) == 2
    assert ENDPOINT.signing(NOW) == ("whsec_bmV3",)


def test_only_success_is_taken() -> None:
    """A redirect is none."""
    assert [Attempt(status).is_taken for status in (199, 200, 204, 299, 300, 410, None)] == [
        False, True, True, True, False, False, False,
    ]  # fmt: skip
