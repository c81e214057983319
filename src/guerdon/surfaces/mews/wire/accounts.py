"""Mews' accounts and companies as they cross the wire."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from guerdon.surfaces.mews.wire import ActivityState, Credentials, Ids, Limited, Texts, TimeInterval


class AccountType(Enum):
    """What an account is of."""

    CUSTOMER = "Customer"
    COMPANY = "Company"


class AccountMergeParameters(Struct, rename="pascal", kw_only=True):
    """Accounts that go up in another, which keeps its id."""

    source_account_ids: Ids
    target_account_id: UUID
    account_type: AccountType | None = None


class AccountsMergeRequest(Credentials, rename="pascal", kw_only=True):
    """`accounts/merge`; `ChainId` is taken and does not count."""

    chain_id: UUID | None = None
    account_merge_parameters: Annotated[list[AccountMergeParameters], Meta(min_length=1, max_length=10)]


class CompaniesGetAllRequest(Credentials, rename="pascal", kw_only=True):
    """`companies/getAll`; filters combine with AND, the values of one with OR."""

    chain_ids: Ids | None = None
    ids: Ids | None = None
    names: Texts | None = None
    external_identifiers: Texts | None = None
    mother_company_ids: Ids | None = None
    created_utc: TimeInterval | None = None
    updated_utc: TimeInterval | None = None
    activity_states: list[ActivityState] | None = None
    limitation: Limited = None


class CompanyOptions(Struct, rename="pascal", kw_only=True):
    """What may be done with a company."""

    invoiceable: bool
    add_fees_to_invoices: bool


class CreditRating(Struct, rename="pascal", kw_only=True):
    """How a company pays."""

    basic: str | None


class Company(Struct, rename="pascal", kw_only=True):
    """A company."""

    id: UUID
    chain_id: UUID
    name: str
    number: int
    is_active: bool
    options: CompanyOptions
    credit_rating: CreditRating


class CompaniesResult(Struct, rename="pascal"):
    """Companies, and the id of the last one; null on an empty page only."""

    companies: list[Company]
    cursor: UUID | None
