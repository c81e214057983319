"""Rewards that points buy, what a basket must have for each, and how far a member has come with one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from uuid import UUID

from guerdon.core.points import ZERO, minus, plus, times

_WIDE = Context(prec=200)
_PERCENT = Decimal("0.01")


class RewardKind(StrEnum):
    """What a reward gives; `value` of the reward is money off, percent off, or a price."""

    DISCOUNT_AMOUNT = "discount_amount"
    DISCOUNT_PERCENTAGE = "discount_percentage"
    ITEM_DISCOUNT_AMOUNT = "item_discount_amount"
    ITEM_DISCOUNT_PERCENTAGE = "item_discount_percentage"
    ITEM_FIXED_PRICE = "item_fixed_price"
    BUY_ONE_GET_ONE = "buy_one_get_one"
    FREE_ITEM = "free_item"
    VOUCHER_CODE = "voucher_code"
    CUSTOM = "custom"


VALUED = frozenset(
    {
        RewardKind.DISCOUNT_AMOUNT,
        RewardKind.DISCOUNT_PERCENTAGE,
        RewardKind.ITEM_DISCOUNT_AMOUNT,
        RewardKind.ITEM_DISCOUNT_PERCENTAGE,
        RewardKind.ITEM_FIXED_PRICE,
    }
)
"""Kinds that need a value."""

PERCENTAGES = frozenset({RewardKind.DISCOUNT_PERCENTAGE, RewardKind.ITEM_DISCOUNT_PERCENTAGE})
"""Kinds whose value is percent."""

IN_BASKET = frozenset(
    {
        RewardKind.ITEM_DISCOUNT_AMOUNT,
        RewardKind.ITEM_DISCOUNT_PERCENTAGE,
        RewardKind.ITEM_FIXED_PRICE,
        RewardKind.BUY_ONE_GET_ONE,
    }
)
"""Kinds for an item that must be in the basket; a free item is added to it."""


class RedemptionState(StrEnum):
    """How far a redemption has come; the last three are for good, but that a fulfilled one can be cancelled."""

    RESERVED = "reserved"
    ISSUED = "issued"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Objection(StrEnum):
    """Why a reward cannot be had now."""

    UNKNOWN = "unknown"
    BARRED = "barred"
    OTHER_TIER = "other_tier"
    NOT_BEGUN = "not_begun"
    ENDED = "ended"
    OUT_OF_STOCK = "out_of_stock"
    LIMIT_REACHED = "limit_reached"
    RESERVED_ELSEWHERE = "reserved_elsewhere"
    BELOW_MINIMUM = "below_minimum"
    ITEM_MISSING = "item_missing"
    NOT_ENOUGH_POINTS = "not_enough_points"


class RewardInvalid(ValueError):  # noqa: N818 - beside Refusal: a name for what happened
    """What is said of a reward does not go together; `field` is what it is about."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """Something that points buy.

    Attributes:
        code: its name in the program, for people and other systems.
        cost: points.
        value: money in units of the currency, or percent (20.5 is 20.5 %); None where the kind has none.
        sku: the item, in the shop's words.
        quantity: how many of the item.
        min_spend: what the basket must come to, in units of the currency.
        starts_at: from when it can be had.
        ends_at: until when.
        stock_left: how many can still be reserved; None is without end.
        most_per_member: how many one member can have, in the last `per_days` or ever.
        is_listed: it is shown to everybody; else only who knows the code can have it.
        tier_ids: who can have it, by where they stand; None is everybody.
        tier_costs: points by tier, where it is not the cost.
        pool_id: whose codes are handed out with it.
        valid_days: how long an issued one can be used; None is for good.

    Raises:
        RewardInvalid: the kind needs a value, an item or a pool that is not there, or it ends before it begins.
    """

    id: UUID
    program_id: UUID
    code: str
    title: str
    kind: RewardKind
    cost: Decimal
    description: str | None = None
    media_url: str | None = None
    media_type: str | None = None
    value: Decimal | None = None
    sku: str | None = None
    quantity: int | None = None
    min_spend: Decimal | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    stock_left: int | None = None
    most_per_member: int | None = None
    per_days: int | None = None
    is_listed: bool = True
    is_active: bool = True
    tier_ids: tuple[UUID, ...] | None = None
    tier_costs: Mapping[UUID, Decimal] = field(default_factory=dict, hash=False)
    pool_id: UUID | None = None
    valid_days: int | None = None

    def __post_init__(self) -> None:
        if self.kind is RewardKind.VOUCHER_CODE and self.pool_id is None:
            raise RewardInvalid("pool_id", "a reward of the kind voucher_code needs a pool")
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise RewardInvalid("ends_at", "a reward ends after it begins")
        if self.kind in VALUED and self.value is None:
            raise RewardInvalid("value", f"a reward of the kind {self.kind} needs a value")
        if self.kind in (*IN_BASKET, RewardKind.FREE_ITEM) and self.sku is None:
            raise RewardInvalid("sku", f"a reward of the kind {self.kind} needs an item")


@dataclass(frozen=True, slots=True)
class Pool:
    """Codes of somebody else's that are handed out once each: how many there ever were, and how many are free."""

    id: UUID
    name: str
    created_at: datetime
    number: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class PoolCode:
    """A code of a pool: since when it is there, and when it was given to which redemption (None: it is free)."""

    code: str
    added_at: datetime
    issued_at: datetime | None
    redemption_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCodeFilter:
    """Which codes of a pool are wanted; None leaves a filter off."""

    code: str | None = None
    is_free: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardFilter:
    """Which rewards are wanted; None leaves a filter off."""

    program_ids: Sequence[UUID] | None = None
    code: str | None = None
    kinds: Sequence[RewardKind] | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a basket: units of one item, and the price of a unit."""

    sku: str
    price: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody wants to buy, in units of the currency.

    Attributes:
        lines: the items; none before anything was chosen.
        subtotal: of the items, before discounts; None where it is not known yet.
        total: what it came to without rewards, which a least spend is compared with; None where it is not known yet.
    """

    lines: tuple[Line, ...] = ()
    subtotal: Decimal | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a member stands to a reward, seen from one session.

    Attributes:
        used: how many of it the member has had, within the days of its limit.
        elsewhere: how many other sessions of the member have reserved.
        left: how many can be reserved, what the session itself has reserved counted in; None is without end.
        own_points: what the session has reserved for it.
        is_barred: the member may not take part.
        is_other_tier: it is for those who stand elsewhere.
    """

    used: int = 0
    elsewhere: int = 0
    left: int | None = None
    own_points: Decimal = ZERO
    is_barred: bool = False
    is_other_tier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A reward in a member's hands, or points in the place of money.

    Attributes:
        reward_id: None where points are paid in the place of money.
        points: what it costs.
        value: the money that it was worth, where that is known.
        session: which journey through a shop reserved it.
        hold_id: the hold that reserves the points; None where it costs none.
        version: the entry that took the points.
        order_id: the order that it was used on.
        expires_at: when a reservation ends by itself, or an issued one can no longer be used.
    """

    id: UUID
    reward_id: UUID | None
    account_id: UUID
    state: RedemptionState
    points: Decimal
    reserved_at: datetime
    value: Decimal | None = None
    session: str | None = None
    hold_id: UUID | None = None
    version: int | None = None
    order_id: UUID | None = None
    expires_at: datetime | None = None
    issued_at: datetime | None = None
    fulfilled_at: datetime | None = None
    closed_at: datetime | None = None

    def standing(self, at: datetime) -> RedemptionState:
        """The state at a moment: what has run out is expired, whether or not anybody has noted it."""
        is_over = self.expires_at is not None and self.expires_at <= at
        is_open = self.state in (RedemptionState.RESERVED, RedemptionState.ISSUED)
        return RedemptionState.EXPIRED if is_over and is_open else self.state


def for_tier(reward: Reward, standing: Standing, tier_id: UUID | None) -> tuple[Reward, Standing]:
    """A reward at the price of a tier, and how who stands there stands to it."""
    is_other = reward.tier_ids is not None and tier_id not in reward.tier_ids
    cost = reward.tier_costs.get(tier_id, reward.cost) if tier_id else reward.cost
    return replace(reward, cost=cost), replace(standing, is_other_tier=is_other)


def objections(
    reward: Reward, basket: Basket, standing: Standing, *, available: Decimal | None, at: datetime
) -> tuple[Objection, ...]:
    """Everything that speaks against a reward now, what matters most first; nothing: it can be had.

    Args:
        reward: the reward.
        basket: of a basket that is not known yet, nothing is asked.
        standing: the member's.
        available: the member's points; None leaves it to the ledger whether they are enough.
        at: the moment.
    """
    is_full = reward.most_per_member is not None and standing.used + standing.elsewhere >= reward.most_per_member
    is_gone = standing.left is not None and standing.left <= 0
    said = (
        (Objection.BARRED, standing.is_barred),
        (Objection.OTHER_TIER, standing.is_other_tier),
        (Objection.NOT_BEGUN, reward.starts_at is not None and at < reward.starts_at),
        (Objection.ENDED, reward.ends_at is not None and at >= reward.ends_at),
        (Objection.OUT_OF_STOCK, is_gone and not standing.elsewhere),
        (Objection.LIMIT_REACHED, is_full and not standing.elsewhere),
        (Objection.RESERVED_ELSEWHERE, (is_full or is_gone) and standing.elsewhere > 0),
        (Objection.BELOW_MINIMUM, _is_below(reward, basket)),
        (Objection.ITEM_MISSING, reward.kind in IN_BASKET and bool(basket.lines) and not _lines_of(reward, basket)),
        (
            Objection.NOT_ENOUGH_POINTS,
            available is not None and plus(available, standing.own_points) < reward.cost,
        ),
    )
    return tuple(objection for objection, applies in said if applies)


def _is_below(reward: Reward, basket: Basket) -> bool:
    return reward.min_spend is not None and basket.total is not None and basket.total < reward.min_spend


def _lines_of(reward: Reward, basket: Basket) -> list[int]:
    return [n for n, line in enumerate(basket.lines) if line.sku == reward.sku and line.quantity > 0]


def line_of(reward: Reward, basket: Basket) -> int | None:
    """Which line of the basket the reward is for: the dearest one; of two for one, the cheapest.

    None where it is for none of them: for the whole basket, or for a unit that is still to be added. With one unit in
    the basket, the second one of two for one is.
    """
    if reward.kind not in IN_BASKET:
        return None
    found = _lines_of(reward, basket)
    if reward.kind is RewardKind.BUY_ONE_GET_ONE:
        units = sum(basket.lines[n].quantity for n in found)
        return min(found, key=lambda n: (basket.lines[n].price, -n)) if units > 1 else None
    return max(found, key=lambda n: (basket.lines[n].price, -n), default=None)


def worth(reward: Reward, basket: Basket, digits: int) -> Decimal | None:
    """What the reward takes off a basket, in units of the currency; None where the basket does not tell.

    Percent of an order are taken of its subtotal and rounded half up to the smallest unit; nothing is worth more than
    what it is taken off, or less than nothing.

    Args:
        reward: the reward.
        basket: the basket.
        digits: of the currency.
    """
    value = reward.value or ZERO
    if reward.kind in (RewardKind.DISCOUNT_AMOUNT, RewardKind.DISCOUNT_PERCENTAGE):
        base = basket.subtotal
    else:
        line = line_of(reward, basket)
        base = None if line is None else basket.lines[line].price
    if base is None:
        return None
    if reward.kind in PERCENTAGES:
        off = times(times(base, value), _PERCENT)
    elif reward.kind is RewardKind.ITEM_FIXED_PRICE:
        off = minus(base, value)
    elif reward.kind is RewardKind.BUY_ONE_GET_ONE:
        off = base
    else:
        off = value
    smallest = Decimal(1).scaleb(-digits)
    return max(ZERO, min(off, base)).quantize(smallest, ROUND_HALF_UP, _WIDE)


def subtotal_of(lines: Sequence[Line]) -> Decimal:
    """What the lines come to, in units of the currency."""
    total = ZERO
    for line in lines:
        total = plus(total, times(line.price, Decimal(line.quantity)))
    return total
