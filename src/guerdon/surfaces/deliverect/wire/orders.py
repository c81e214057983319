"""Orders as they cross the wire, before they are placed, when they are, and when they are cancelled."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from guerdon.surfaces.deliverect.wire import Id, Minor, Name, Whole


class SubItem(Struct, rename="camel"):
    """A choice that belongs to an item or to another choice: so many of it for each unit of that."""

    plu: Name | None = None
    name: Any = None
    price: Minor | None = None
    quantity: Whole | None = None
    sub_items: "list[SubItem] | None" = None
    product_type: Any = None
    remark: Any = None


class Item(Struct, rename="camel"):
    """A line: the price is that of one unit."""

    plu: Name | None = None
    name: Any = None
    price: Minor | None = None
    quantity: Whole | None = None
    sub_items: list[SubItem] | None = None
    discount_reference_ids: Any = None
    product_type: Any = None
    remark: Any = None


class OrderCustomer(Struct, rename="camel"):
    """Whose order it is: the provider's id counts before the email address, and that before the phone number."""

    loyalty_provider_customer_id: Name | None = None
    email: Name | None = None
    phone_number: Name | None = None
    name: Any = None


class Payment(Struct):
    """How much is paid, and by what."""

    amount: Minor | None = None
    type: Any = None


class AppliedDiscount(Struct, rename="camel"):
    """A discount that the order has: `amount` is what it took off."""

    type: Name | None = None
    provider: Name | None = None
    name: Any = None
    reference_id: Any = None
    value: Minor | None = None
    amount: Minor | None = None
    program_id: Name | None = None
    external_id: Name | None = None
    channel_discount_code: Any = None


class Order(Struct, rename="camel", kw_only=True):
    """An order; amounts in the smallest unit of its currency, which has `decimalDigits` digits, two if it says none."""

    order_type: Whole | None = None
    customer: OrderCustomer | None = None
    items: list[Item] | None = None
    discounts: list[AppliedDiscount] | None = None
    payment: Payment | None = None
    payment_amount: Minor | None = None
    sub_total: Minor | None = None
    discount_total: Any = None
    tax_total: Any = None
    decimal_digits: Annotated[int, Meta(ge=0, le=6)] | None = None
    tip: Minor | None = None
    driver_tip: Minor | None = None
    service_charge: Minor | None = None
    delivery_cost: Minor | None = None
    bag_fee: Minor | None = None
    small_order_fee: Minor | None = None
    created: Any = None
    order_id: Any = None
    channel_order_display_id: Any = None
    account_id: Any = None
    location_id: Any = None
    channel_link_id: Any = None
    loyalty_profile_id: Any = None
    account: Any = None
    location: Any = None
    channel: Any = None


class OrderNotice(Order, rename="camel", kw_only=True):
    """An order that was placed; with `isCancelled`, one that was and no longer is."""

    loyalty_profile_id: Id
    order_id: Id
    is_cancelled: bool | None = None
    cancellation_reason: Any = None
    session_id: Name | None = None


class CancelNotice(Struct, rename="camel", kw_only=True):
    """An order that is cancelled whole, unless it says that it is not."""

    loyalty_profile_id: Id
    order_id: Id
    is_cancelled: bool | None = None
    cancellation_reason: Any = None
    channel_order_display_id: Any = None
    account_id: Any = None
    location_id: Any = None
    channel_link_id: Any = None
    customer: Any = None


class Done(Struct):
    """An empty object: it was taken."""
