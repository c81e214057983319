"""Mews' customers as they cross the wire."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from guerdon.surfaces.mews.wire import ActivityState, Credentials, Ids, Limited, Texts, TimeInterval

Text = Annotated[str, Meta(max_length=255)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Prose = Annotated[str, Meta(max_length=4_000)]
"""Mews names a bound for few of them; these are ours."""


class Title(Enum):
    """How a person is addressed."""

    MISTER = "Mister"
    MISS = "Miss"
    MISSES = "Misses"


class Sex(Enum):
    """A person's sex."""

    MALE = "Male"
    FEMALE = "Female"


class Classification(Enum):
    """What the staff says of a customer; `Blacklist` is the older name of `Blocklist`."""

    PAYMASTER_ACCOUNT = "PaymasterAccount"
    BLACKLIST = "Blacklist"
    BLOCKLIST = "Blocklist"
    MEDIA = "Media"
    LOYALTY_PROGRAM = "LoyaltyProgram"
    PREVIOUS_COMPLAINT = "PreviousComplaint"
    RETURNING = "Returning"
    STAFF = "Staff"
    FRIEND_OR_FAMILY = "FriendOrFamily"
    TOP_MANAGEMENT = "TopManagement"
    IMPORTANT = "Important"
    VERY_IMPORTANT = "VeryImportant"
    PROBLEMATIC = "Problematic"
    CASHLIST = "Cashlist"
    DISABLED_PERSON = "DisabledPerson"
    MILITARY = "Military"
    AIRLINE = "Airline"
    HEALTH_COMPLIANT = "HealthCompliant"
    IN_ROOM = "InRoom"
    WAITING_FOR_ROOM = "WaitingForRoom"
    STUDENT = "Student"


class CustomerOption(Enum):
    """What a customer has agreed to; the vendor's `None`, which is in answers only, is never given."""

    SEND_MARKETING_EMAILS = "SendMarketingEmails"
    INVOICEABLE = "Invoiceable"
    BILL_ADDRESS_OBJECTION = "BillAddressObjection"
    SEND_MARKETING_POSTAL_MAIL = "SendMarketingPostalMail"
    SEND_PARTNER_MARKETING_EMAILS = "SendPartnerMarketingEmails"
    SEND_PARTNER_MARKETING_POSTAL_MAIL = "SendPartnerMarketingPostalMail"
    WITHDRAW_CARD_CONSENT = "WithdrawCardConsent"
    GUEST_PHOTO_CONSENT = "GuestPhotoConsent"
    ID_PHOTOS_CONSENT = "IdPhotosConsent"


class CustomerExtent(Struct, rename="pascal", kw_only=True):
    """What is to be read."""

    customers: bool | None = None
    addresses: bool | None = None
    documents: bool | None = None


class CustomersGetAllRequest(Credentials, rename="pascal", kw_only=True):
    """`customers/getAll`; filters combine with AND, the values of one with OR, and there must be one."""

    chain_ids: Ids | None = None
    created_utc: TimeInterval | None = None
    updated_utc: TimeInterval | None = None
    deleted_utc: TimeInterval | None = None
    extent: CustomerExtent | None = None
    activity_states: list[ActivityState] | None = None
    customer_ids: Ids | None = None
    company_ids: Annotated[list[UUID], Meta(min_length=1, max_length=1)] | None = None
    emails: Texts | None = None
    first_names: Texts | None = None
    last_names: Texts | None = None
    loyalty_codes: Texts | None = None
    limitation: Limited = None


class Address(Struct, rename="pascal", kw_only=True):
    """A postal address."""

    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    country_code: Text | None = None
    country_subdivision_code: Text | None = None


class CustomerParameters(Credentials, rename="pascal", kw_only=True):
    """What is said of a customer; what is absent or null is not said."""

    chain_id: UUID | None = None
    title: Title | None = None
    sex: Sex | None = None
    first_name: Text | None = None
    second_last_name: Text | None = None
    nationality_code: Text | None = None
    preferred_language_code: Text | None = None
    birth_date: Text | None = None
    birth_place: Text | None = None
    birth_country_code: Text | None = None
    birth_country_subdivision_code: Text | None = None
    occupation: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    tax_identification_number: Text | None = None
    loyalty_code: Text | None = None
    accounting_code: Text | None = None
    billing_code: Text | None = None
    notes: Prose | None = None
    car_registration_number: Text | None = None
    dietary_requirements: Text | None = None
    address: Address | None = None
    company_id: UUID | None = None
    classifications: list[Classification] | None = None
    options: list[CustomerOption] | None = None


class CustomersAddRequest(CustomerParameters, rename="pascal", kw_only=True):
    """`customers/add`; the email address decides whether the customer exists."""

    last_name: Name
    overwrite_existing: bool
    italian_destination_code: Text | None = None
    italian_fiscal_code: Text | None = None
    italian_lottery_code: Text | None = None


class TextUpdateValue(Struct, rename="pascal"):
    """A text to write; null clears."""

    value: Text | None = None


class CustomersUpdateRequest(CustomerParameters, rename="pascal", kw_only=True):
    """`customers/update`; values are plain, but for Italian codes, and absent or null keeps."""

    customer_id: UUID
    last_name: Name | None = None
    italian_destination_code: TextUpdateValue | None = None
    italian_fiscal_code: TextUpdateValue | None = None
    italian_lottery_code: TextUpdateValue | None = None


class CustomersSearchRequest(Credentials, rename="pascal", kw_only=True):
    """`customers/search`, by the beginning of a name."""

    name: Text | None = None
    resource_id: UUID | None = None
    extent: CustomerExtent | None = None


class Customer(Struct, rename="pascal", kw_only=True):
    """A customer; what is not known is null."""

    id: UUID
    chain_id: UUID
    number: str
    title: Title | None = None
    sex: Sex | None = None
    first_name: str | None = None
    last_name: str
    second_last_name: str | None = None
    nationality_code: str | None = None
    preferred_language_code: str | None = None
    language_code: str | None = None
    birth_date: str | None = None
    birth_place: str | None = None
    birth_country_code: str | None = None
    birth_country_subdivision_code: str | None = None
    occupation: str | None = None
    email: str | None = None
    has_ota_email: bool = False
    phone: str | None = None
    tax_identification_number: str | None = None
    loyalty_code: str | None = None
    accounting_code: str | None = None
    billing_code: str | None = None
    notes: str | None = None
    car_registration_number: str | None = None
    dietary_requirements: str | None = None
    italian_destination_code: str | None = None
    italian_fiscal_code: str | None = None
    italian_lottery_code: str | None = None
    created_utc: str
    updated_utc: str
    classifications: list[Classification] = []
    options: list[CustomerOption] = []
    preferred_space_features: list[str] = []
    address: Address | None = None
    address_id: UUID | None = None
    company_id: UUID | None = None
    merge_target_id: UUID | None = None
    is_active: bool
    creator_profile_id: UUID
    updater_profile_id: UUID


class CustomersResult(Struct, rename="pascal"):
    """Customers (null where they were not asked for), and the id of the last one; null on an empty page only."""

    customers: list[Customer] | None
    cursor: UUID | None
    documents: list[str] | None = None


class CustomerSearchResult(Struct, rename="pascal", kw_only=True):
    """A customer with the stay that is going on."""

    customer: Customer
    reservation: None = None


class CustomersSearchResult(Struct, rename="pascal"):
    """The customers that were found."""

    customers: list[CustomerSearchResult]
