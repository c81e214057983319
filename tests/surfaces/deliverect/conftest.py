"""Who takes part in an order: a channel, Deliverect itself, and customers with points."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from surfaces.deliverect.channels import Channel, an_email, demo
from surfaces.deliverect.partners import Deliverect, installed


@pytest.fixture
def channel(http: httpx.Client, facts: dict[str, Any]) -> Channel:
    """A channel of the demo tenant."""
    return demo(http, facts)


@pytest.fixture
def deliverect(http: httpx.Client, facts: dict[str, Any]) -> Deliverect:
    """What tells of the orders that customers have points from."""
    return installed(http, facts)


@pytest.fixture
def buyer(channel: Channel, deliverect: Deliverect) -> Callable[[int], str]:
    """Makes a customer with so many points."""

    def made(points: int) -> str:
        customer: str = channel.create(email=an_email()).json()["providerId"]
        if points:
            deliverect.order(customer, points * 100)
        return customer

    return made
