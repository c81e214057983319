"""Rewards of the native API."""

from uuid import UUID

from guerdon.core.refusals import MembershipNotFound, RewardNotFound
from guerdon.core.rewards import Basket
from guerdon.engine import Engine, reading, redeeming, rewarding
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import rewards as words
from guerdon.surfaces.native.routes.told import (
    CHANGE,
    CREATE,
    QUERY_PROBLEMS,
    READ,
    READ_ONE,
    READ_PROBLEMS,
    administers,
    asked,
    written,
)
from guerdon.surfaces.native.wire import rewards as wire
from guerdon.web.operations import Answer, Call, Operation


async def list_rewards(engine: Engine, call: Call[None]) -> wire.Rewards:
    """List rewards."""
    query = asked(call, wire.RewardsQuery)
    before = pages.after_cursor(query.cursor, "rewards", UUID)
    found = await rewarding.page(engine, call.caller, words.to_filter(query), before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "rewards", lambda reward: reward.id)
    return wire.Rewards([words.from_reward(reward) for reward in page], cursor)


async def list_offers(engine: Engine, call: Call[None]) -> wire.Offers:
    """Read what a member can have for its points, and what speaks against the rest."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    membership = await reading.membership(engine, call.caller, membership_id)
    return words.from_offers(await redeeming.offers(engine, membership, Basket(), session=None, at=call.at))


async def get_reward(engine: Engine, call: Call[None]) -> Answer:
    """Read a reward."""
    reward = await rewarding.reward(engine, call.caller, mapping.id_of(call, "reward_id", RewardNotFound))
    return mapping.tagged(call, words.from_reward(reward))


@written
async def create_reward(engine: Engine, call: Call[wire.NewReward]) -> Done:
    """Make a reward."""
    made = await rewarding.add(engine, call.caller, call.at, words.to_reward(call.body, engine.new_id()))
    return Done("reward", made.id, words.from_reward(made))


@written
async def update_reward(engine: Engine, call: Call[wire.RewardChange]) -> Done:
    """Change a reward; one that is not to be had any more is no longer active."""
    reward_id = mapping.id_of(call, "reward_id", RewardNotFound)
    before = await rewarding.reward(engine, call.caller, reward_id, locked=True)
    mapping.expected(call, words.from_reward(before))
    made = await rewarding.change(engine, call.caller, before, words.to_changed(call.body, before))
    return Done("reward", made.id, words.from_reward(made), words.from_reward(before))


OPERATIONS = (
    Operation(
        name="listRewards",
        paths=("/rewards",),
        handle=list_rewards,
        query=wire.RewardsQuery,
        answer=wire.Rewards,
        tag="Rewards",
        problems=QUERY_PROBLEMS,
        **READ,
    ),
    Operation(
        name="createReward",
        paths=("/rewards",),
        handle=create_reward,
        body=wire.NewReward,
        answer=wire.Reward,
        tag="Rewards",
        **administers(CREATE),
    ),
    Operation(
        name="getReward",
        paths=("/rewards/{reward_id}",),
        handle=get_reward,
        answer=wire.Reward,
        tag="Rewards",
        **READ_ONE,
    ),
    Operation(
        name="updateReward",
        paths=("/rewards/{reward_id}",),
        handle=update_reward,
        body=wire.RewardChange,
        answer=wire.Reward,
        tag="Rewards",
        **administers(CHANGE),
    ),
    Operation(
        name="listOffers",
        paths=("/memberships/{membership_id}/offers",),
        handle=list_offers,
        answer=wire.Offers,
        tag="Rewards",
        problems=READ_PROBLEMS,
        **READ,
    ),
)
