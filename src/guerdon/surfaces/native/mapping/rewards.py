"""What is said of a reward, and rewards as the native API shows them; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UnsetType

from guerdon.core import rewards
from guerdon.core.rewards import PERCENTAGES, Objection, RewardFilter, RewardInvalid, RewardKind
from guerdon.surfaces.native.mapping import at_least_zero, moments, or_kept, shown
from guerdon.surfaces.native.wire import rewards as wire
from guerdon.web.failures import InvalidField

MOST = 1_000_000_000
"""Of a stock."""

WHOLE = 100
"""Percent."""


def to_filter(query: wire.RewardsQuery) -> RewardFilter:
    """Which rewards are wanted."""
    return RewardFilter(
        program_ids=None if isinstance(query.program_id, UnsetType) else [query.program_id],
        kinds=None if isinstance(query.kind, UnsetType) else [RewardKind(query.kind)],
        code=or_kept(query.code, None),
        is_active=or_kept(query.is_active, None),
    )


def to_reward(body: wire.NewReward, reward_id: UUID) -> rewards.Reward:
    """A reward to be made.

    Raises:
        InvalidField: what is said cannot be, or does not go together.
    """
    return _made(lambda: rewards.Reward(id=reward_id, **_read(msgspec.structs.asdict(body))))


def to_changed(body: wire.RewardChange, before: rewards.Reward) -> rewards.Reward:
    """A reward as it is from now on.

    Raises:
        InvalidField: as for `to_reward`; or its stock is said twice, or where its codes are counted.
    """
    given = msgspec.structs.asdict(body)
    said = {name: value for name, value in given.items() if not isinstance(value, UnsetType)}
    more = said.pop("add_stock", None)
    if more is not None:
        if "stock_left" in said or before.stock_left is None:
            raise InvalidField("add_stock", "is of a stock that has an end, and is said alone")
        said["stock_left"] = before.stock_left + more
        if not 0 <= said["stock_left"] <= MOST:
            raise InvalidField("add_stock", f"there are {before.stock_left}")
    if before.pool_id is not None and "stock_left" in said:
        raise InvalidField("stock_left", "is the number of free codes")
    return _made(lambda: replace(before, **_read(said)))


def _made(make: Callable[[], rewards.Reward]) -> rewards.Reward:
    try:
        reward = make()
    except RewardInvalid as error:
        raise InvalidField(error.field, str(error)) from None
    if reward.kind in PERCENTAGES and reward.value is not None and reward.value > WHOLE:
        raise InvalidField("value", "must be 100 percent at most")
    if reward.per_days is not None and reward.most_per_member is None:
        raise InvalidField("per_days", "goes with most_per_member only")
    return reward


def _read(said: Mapping[str, Any]) -> dict[str, Any]:
    """Members of a body as those of a reward."""
    read = dict(said)
    for name in ("cost", "value", "min_spend"):
        if read.get(name) is not None or (name == "cost" and name in read):
            read[name] = at_least_zero(name, read[name])
    for name in ("starts_at", "ends_at"):
        if name in read:
            read[name] = moments.planned(name, read[name])
    if "kind" in read:
        read["kind"] = RewardKind(read["kind"])
    if read.get("tier_ids") is not None:
        read["tier_ids"] = tuple(read["tier_ids"])
    if "tier_costs" in read:
        read["tier_costs"] = {
            each.tier_id: at_least_zero("cost", each.cost, ("tier_costs", str(n)))
            for n, each in enumerate(read["tier_costs"])
        }
    if read.get("media_url"):
        read["media_type"] = "image"
    return read


def from_reward(reward: rewards.Reward) -> wire.Reward:
    """A reward as it stands."""
    named: dict[str, Any] = {name: getattr(reward, name) for name in wire.Reward.__struct_fields__}
    costs = sorted(reward.tier_costs.items())
    named |= {
        "kind": reward.kind.value,
        "cost": shown(reward.cost),
        "tier_costs": [wire.TierCost(tier_id, shown(cost)) for tier_id, cost in costs],
        "tier_ids": None if reward.tier_ids is None else list(reward.tier_ids),
        "value": _shown(reward.value),
        "min_spend": _shown(reward.min_spend),
    }
    return wire.Reward(**named)


def _shown(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else shown(amount)


def from_offers(found: Sequence[tuple[rewards.Reward, Sequence[Objection]]]) -> wire.Offers:
    """Rewards, each with what speaks against it."""
    return wire.Offers(
        [wire.Offer(from_reward(reward), not said, [each.value for each in said]) for reward, said in found]
    )
