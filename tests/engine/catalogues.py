"""A tenant of a test's own with rewards to redeem, and members with points to redeem them for."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from conftest import NOW, Shop, open_shop
from engine.people import enrolled, fetch
from guerdon.core.commands import Earn
from guerdon.core.memberships import Membership
from guerdon.core.rewards import Basket, Pool, Reward, RewardKind
from guerdon.engine import Engine, merging, ordering, pooling, posting, reading, redeeming
from guerdon.engine.ordering import Placing
from guerdon.engine.redeeming import Outcome, Payment, Reservation
from guerdon.storage import rewards


@dataclass(frozen=True)
class Catalogue:
    """A shop with its rewards."""

    engine: Engine
    shop: Shop

    async def add(self, code: str, cost: int = 60, **facts: Any) -> Reward:
        """A reward: three off, unless it is said otherwise."""
        named: dict[str, Any] = {"kind": RewardKind.DISCOUNT_AMOUNT, "value": Decimal(3), "title": code, **facts}
        reward = Reward(
            id=self.engine.new_id(), program_id=self.shop.program.id, code=code, cost=Decimal(cost), **named
        )
        async with self.engine.database.connection() as connection:
            await rewards.insert(connection, self.shop.caller.tenant_id, reward, NOW)
        return reward

    async def pool(self, *codes: str) -> Pool:
        """A pool with these codes."""
        new = await pooling.add(self.engine, self.shop.caller, Pool(self.engine.new_id(), "Cinema", NOW))
        assert await pooling.fill(self.engine, self.shop.caller, NOW, new.id, codes) == len(set(codes))
        return await pooling.pool(self.engine, self.shop.caller, new.id)

    async def buyer(self, points: int = 100) -> Membership:
        """A member with so many points."""
        membership = (await enrolled(self.engine, self.shop)).membership
        if points:
            await posting.post(
                self.engine,
                Earn(caller=self.shop.caller, account_id=membership.account_id, at=NOW, points=Decimal(points)),
            )
        return await self.look(membership)

    async def look(self, membership: Membership) -> Membership:
        """The membership as it is now."""
        return await reading.membership(self.engine, self.shop.caller, membership.id)

    async def figures(self, membership: Membership) -> tuple[int, int, int]:
        """Posted, held and lifetime points, as whole numbers."""
        balance = (await self.look(membership)).balance
        return int(balance.posted), int(balance.held), int(balance.lifetime)

    async def reserve(
        self, membership: Membership, *codes: str, session: str = "s", at: datetime = NOW, **more: Any
    ) -> list[Outcome]:
        """Reserves rewards, for no basket in particular."""
        facts: dict[str, Any] = {"basket": Basket(), **more}
        ask = Reservation(caller=self.shop.caller, at=at, membership=membership, session=session, codes=codes, **facts)
        return await redeeming.reserve(self.engine, ask)

    async def said(self, membership: Membership, *codes: str, **more: Any) -> dict[str, list[str]]:
        """What speaks against each reward, once what can be is reserved."""
        return {each.code: list(each.objections) for each in await self.reserve(membership, *codes, **more)}

    async def pay(self, membership: Membership, amount: str, session: str = "s", most: str | None = None) -> list[str]:
        """Reserves points in the place of money, and says what speaks against it."""
        ask = Payment(
            caller=self.shop.caller,
            at=NOW,
            membership=membership,
            session=session,
            amount=Decimal(amount),
            most=None if most is None else Decimal(most),
        )
        return list((await redeeming.pay(self.engine, ask)).objections)

    def order(self, membership: Membership, *uses: str, amount: str = "0", **more: Any) -> Placing:
        """An order that uses rewards."""
        facts: dict[str, Any] = {"at": NOW, "reference": uuid.uuid4().hex, **more}
        return Placing(
            caller=self.shop.caller,
            membership=membership,
            amount=Decimal(amount),
            uses=dict.fromkeys(uses),
            **facts,
        )

    async def place(self, membership: Membership, *uses: str, amount: str = "0", **more: Any) -> str:
        """Places an order and returns its reference."""
        ask = self.order(membership, *uses, amount=amount, **more)
        await ordering.place(self.engine, ask)
        return ask.reference

    async def cancel(self, reference: str) -> None:
        """Cancels an order."""
        await ordering.cancel(self.engine, self.shop.caller, reference, NOW)

    async def merge(self, into: Membership, gone: Membership) -> UUID:
        """Makes a member go up in another; the id of the merge."""
        made, _ = await merging.merge(self.engine, self.shop.caller, into_id=into.member_id, from_id=gone.member_id)
        return made.id

    async def redemptions(self, account_id: UUID) -> list[tuple[str, int]]:
        """The states of an account's redemptions and what each costs, the oldest first."""
        statement = "SELECT state, points FROM redemptions WHERE account_id = $1 ORDER BY id"
        return [(row["state"], int(row["points"])) for row in await fetch(self.engine, statement, account_id)]

    async def left(self, reward: Reward) -> int | None:
        """The stock of a reward."""
        (row,) = await fetch(self.engine, "SELECT stock_left FROM rewards WHERE id = $1", reward.id)
        left: int | None = row["stock_left"]
        return left


async def open_catalogue(engine: Engine, **program: Any) -> Catalogue:
    """A tenant that no other test knows, without rewards yet."""
    return Catalogue(engine, await open_shop(engine, **program))
