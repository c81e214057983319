"""Programs, the wallet and cards on an order as they cross the wire, and the discounts that come of them."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.deliverect.wire import Minor, Name
from guerdon.surfaces.deliverect.wire.orders import Order

Names = Annotated[list[Name], Meta(max_length=100)]

ProgramType = Literal[
    "discount_amount",
    "discount_percentage",
    "item_discount_amount",
    "item_discount_percentage",
    "item_fixed_price",
    "buy_one_get_one_free",
    "free_item",
    "unknown",
]


class RetrieveRequest(Struct, rename="camel", kw_only=True):
    """`programs/retrieve`: without items, only who the customer is counts."""

    order: Order
    session_id: Name | None = None


class ValidateRequest(Struct, rename="camel", kw_only=True):
    """`programs/validate`: what the customer has selected now; maybe nothing, to free what was."""

    order: Order
    program_ids: Names
    session_id: Name | None = None


class WalletPart(Struct):
    """How much of the order is to be paid with the wallet, in the smallest unit."""

    type: Literal["cash"]
    amount: Minor


class WalletRequest(Struct, rename="camel", kw_only=True):
    """`wallet/validate`."""

    order: Order
    wallet: WalletPart
    session_id: Name | None = None


class CardsRequest(Struct, rename="camel", kw_only=True):
    """`compensationCards/validate`."""

    order: Order
    compensation_card_ids: Names
    session_id: Name | None = None


class Media(Struct, rename="camel"):
    """A program's picture or film."""

    url: str
    media_type: str


_PROGRAM = {
    "program_id": "programId",
    "validation_errors": "validationErrors",
    "validation_error": "validationError",
    "expires_at": "expiresAt",
    "item_plu": "itemPLU",
    "min_order_value": "minOrderValue",
}


class Program(Struct, rename=_PROGRAM, kw_only=True):
    """A program: `cost` in points; `discount` in the smallest unit, or percent times 100."""

    program_id: str
    title: str
    type: ProgramType
    applicable: bool
    description: str
    cost: Decimal
    media: Media | None
    expires_at: str | None
    discount: int | None
    item_plu: str | None
    quantity: int | None
    min_order_value: int | None


class Offer(Struct):
    """What is off, or the new price; nothing but the type where it is free."""

    type: Literal["flat_off", "percent_off", "fixed_amount", "free"]
    value: int | UnsetType = UNSET
    quantity: int | UnsetType = UNSET


class Scope(Struct, rename="camel"):
    """Of what: the order, a line of it counted from zero, or units of a product that are not in it yet."""

    type: Literal["order", "item", "product"]
    line_index: int | UnsetType = UNSET
    plu: str | UnsetType = UNSET
    quantity: int | UnsetType | None = UNSET


class Discount(Struct, rename="camel"):
    """A discount to put on the order."""

    provider: Literal["loyalty"]
    external_id: str | None
    offer: Offer
    scope: Scope


class Problem(Struct):
    """Why there is no discount; both are texts, the code is for programs to read."""

    code: str
    message: str


class OldProblem(Struct):
    """The same to older clients."""

    message: str


class Validated(Struct, rename="camel"):
    """What came of one program, for clients that know only what is there to stay."""

    program_id: str
    validation_errors: list[Problem]
    discounts: list[Discount]


class ValidatedProgram(Struct, rename=_PROGRAM, kw_only=True):
    """The same with what older clients read: the first error, and the program."""

    program_id: str
    validation_errors: list[Problem]
    validation_error: OldProblem | None
    discounts: list[Discount]
    title: str
    type: ProgramType
    applicable: bool
    description: str
    cost: Decimal
    media: Media | None
    expires_at: str | None
    discount: int | None
    item_plu: str | None
    quantity: int | None
    min_order_value: int | None


class ValidatedWallet(Struct, rename="camel"):
    """What came of a payment with the wallet, and the most that the order can be paid with, in the smallest unit."""

    validation_errors: list[Problem]
    discounts: list[Discount]
    max_redeemable_amount: int


class ValidatedCard(Struct, rename="camel"):
    """What came of one card."""

    compensation_card_id: str
    expires_at: str | None
    validation_errors: list[Problem]
    discounts: list[Discount]


class PartnerRetrieveRequest(RetrieveRequest, rename="camel", kw_only=True):
    """`programs/retrieve` as a partner is asked."""

    loyalty_profile_id: Name
    account_id: Any = None
    location_id: Any = None
    channel_link_id: Any = None


class PartnerValidateRequest(ValidateRequest, rename="camel", kw_only=True):
    """`programs/validate` as a partner is asked."""

    loyalty_profile_id: Name
    account_id: Any = None
    location_id: Any = None
    channel_link_id: Any = None


class PartnerWalletRequest(WalletRequest, rename="camel", kw_only=True):
    """`wallet/validate` as a partner is asked."""

    loyalty_profile_id: Name
    account_id: Any = None
    location_id: Any = None
    channel_link_id: Any = None
