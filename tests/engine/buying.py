"""A tenant of a test's own whose program has rules, and members who buy."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from conftest import NOW, Shop, open_shop
from core.rules.baskets import order
from engine.people import enrolled
from guerdon.core.memberships import Membership
from guerdon.core.orders import Order
from guerdon.engine import Engine, ordering, reading, returning, ruling
from guerdon.engine.ordering import Placing
from guerdon.engine.returning import Returned, Returning
from guerdon.engine.ruling import Drafting

D = Decimal


@dataclass(frozen=True)
class Store:
    """A shop with a program by rules."""

    engine: Engine
    shop: Shop

    def drafting(self, *rules: dict[str, Any], at: datetime = NOW, **more: Any) -> Drafting:
        """Rules to be written."""
        tree = {"rules": list(rules), **more}
        return Drafting(caller=self.shop.caller, at=at, program_id=self.shop.program.id, tree=tree)

    async def publish(self, *rules: dict[str, Any], at: datetime = NOW, **more: Any) -> int:
        """Rules that are live from a moment on; their version."""
        drafted = await ruling.draft(self.engine, self.drafting(*rules, at=at, **more))
        version = drafted.version.version
        await ruling.publish(self.engine, self.shop.caller, self.shop.program.id, version, at, at)
        return version

    async def member(self) -> Membership:
        """Somebody who joins."""
        return (await enrolled(self.engine, self.shop)).membership

    def buying(self, buyer: Membership, *lines: Any, at: datetime = NOW, **more: Any) -> Placing:
        """An order to be placed; `reference` and `referrer` are its own, the others are the occasion's."""
        reference = more.pop("reference", uuid.uuid4().hex)
        referrer = more.pop("referrer", None)
        occasion = order(*lines, at=at, **more)
        return Placing(
            caller=self.shop.caller,
            at=max(at, NOW),
            reference=reference,
            membership=buyer,
            amount=occasion.paid,
            occasion=occasion,
            fingerprint=repr((occasion, buyer.id)).encode(),
            referrer=referrer.account_id if referrer else None,
        )

    async def buy(self, buyer: Membership, *lines: Any, **more: Any) -> Order:
        """Places an order."""
        return await ordering.place(self.engine, self.buying(buyer, *lines, **more))

    async def give_back(self, bought: Order, **more: Any) -> Returned:
        """Returns units of lines, an amount, or all."""
        told = {"reference": uuid.uuid4().hex, "returned_at": NOW, **more}
        ask = Returning(
            caller=self.shop.caller,
            at=NOW,
            order_id=bought.id,
            fingerprint=repr(more).encode(),
            **told,
        )
        return await returning.give_back(self.engine, ask)

    async def posted(self, buyer: Membership) -> int:
        """The member's points."""
        found = await reading.membership(self.engine, self.shop.caller, buyer.id)
        return int(found.balance.posted)


def given(bought: Order) -> dict[str, int]:
    """What rules gave on an order; those that gave nothing are left out."""
    found = Counter({each.rule: int(each.points) for each in bought.reckoning.given}) if bought.reckoning else {}
    return {rule: points for rule, points in found.items() if points}


async def open_store(engine: Engine, *rules: dict[str, Any], **more: Any) -> Store:
    """A tenant that no other test knows, whose program earns by rules."""
    store = Store(engine, await open_shop(engine))
    if rules:
        await store.publish(*rules, **more)
    return store
