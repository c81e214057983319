"""Mews' loyalty programs and tiers as they cross the wire."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from guerdon.surfaces.mews.wire import (
    MOST_ITEMS,
    ActivityState,
    Credentials,
    Ids,
    Int32,
    Limited,
    Texts,
    TimeInterval,
)

ProgramName = Annotated[str, Meta(min_length=1, max_length=100)]
TierName = Annotated[str, Meta(min_length=1, max_length=50)]
Code = Annotated[str, Meta(min_length=1, max_length=50)]


class LoyaltyProgramType(Enum):
    """Whose program it is."""

    HOTEL = "Hotel"
    EXTERNAL_PARTNER = "ExternalPartner"
    SOFT_BRAND = "SoftBrand"
    UNKNOWN = "Unknown"


class LoyaltyProgramSubscription(Enum):
    """Whether members pay for being in it."""

    FREE = "Free"
    PAID = "Paid"


class ProgramsGetAllRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyPrograms/getAll`; filters combine with AND, the values of one with OR."""

    chain_ids: Ids | None = None
    created_utc: TimeInterval | None = None
    updated_utc: TimeInterval | None = None
    loyalty_program_ids: Ids | None = None
    activity_states: list[ActivityState] | None = None
    codes: Texts | None = None
    limitation: Limited = None


class LoyaltyProgramParameters(Struct, rename="pascal", kw_only=True):
    """A program to add."""

    name: ProgramName
    code: Code
    type: LoyaltyProgramType
    subscription: LoyaltyProgramSubscription


class ProgramsAddRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyPrograms/add`; `ChainId` counts for portfolio tokens only."""

    chain_id: UUID | None = None
    loyalty_programs: Annotated[list[LoyaltyProgramParameters], Meta(min_length=1, max_length=MOST_ITEMS)]


class ProgramNameUpdateValue(Struct, rename="pascal"):
    """A new name."""

    value: ProgramName


class LoyaltyProgramTypeUpdateValue(Struct, rename="pascal"):
    """A new type."""

    value: LoyaltyProgramType


class LoyaltyProgramSubscriptionUpdateValue(Struct, rename="pascal"):
    """A new subscription."""

    value: LoyaltyProgramSubscription


class LoyaltyProgramUpdateParameters(Struct, rename="pascal", kw_only=True):
    """What is to change of a program; its code cannot."""

    loyalty_program_id: UUID
    name: ProgramNameUpdateValue | None = None
    type: LoyaltyProgramTypeUpdateValue | None = None
    subscription: LoyaltyProgramSubscriptionUpdateValue | None = None


class ProgramsUpdateRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyPrograms/update`; `ChainId` counts for portfolio tokens only."""

    chain_id: UUID | None = None
    loyalty_program_updates: Annotated[list[LoyaltyProgramUpdateParameters], Meta(min_length=1, max_length=MOST_ITEMS)]


class ProgramsDeleteRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyPrograms/delete`; not for portfolio tokens."""

    loyalty_program_ids: Ids


class LoyaltyProgram(Struct, rename="pascal", kw_only=True):
    """A program; its type and subscription are what was written here."""

    id: UUID
    chain_id: UUID
    name: str
    code: str
    type: LoyaltyProgramType
    subscription: LoyaltyProgramSubscription


class LoyaltyProgramResult(Struct, rename="pascal"):
    """Programs that were written."""

    loyalty_programs: list[LoyaltyProgram]


class LoyaltyProgramPage(Struct, rename="pascal"):
    """Programs, and the id of the last one; null on an empty page only."""

    loyalty_programs: list[LoyaltyProgram]
    cursor: UUID | None


class TiersGetAllRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyTiers/getAll`, of certain programs."""

    chain_ids: Ids | None = None
    loyalty_program_ids: Ids
    loyalty_tier_ids: Ids | None = None
    activity_states: list[ActivityState] | None = None
    updated_utc: TimeInterval | None = None
    limitation: Limited = None


class LoyaltyTierParameters(Struct, rename="pascal", kw_only=True):
    """A tier to add."""

    loyalty_program_id: UUID
    name: TierName
    code: Code
    ordering: Int32


class TiersAddRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyTiers/add`; `ChainId` counts for portfolio tokens only."""

    chain_id: UUID | None = None
    loyalty_tiers: Annotated[list[LoyaltyTierParameters], Meta(min_length=1, max_length=MOST_ITEMS)]


class TierNameUpdateValue(Struct, rename="pascal"):
    """A new name."""

    value: TierName


class CodeUpdateValue(Struct, rename="pascal"):
    """A new code."""

    value: Code


class Int32UpdateValue(Struct, rename="pascal"):
    """A new whole number."""

    value: Int32


class LoyaltyTierUpdateParameters(Struct, rename="pascal", kw_only=True):
    """What is to change of a tier; its program cannot."""

    loyalty_tier_id: UUID
    name: TierNameUpdateValue | None = None
    code: CodeUpdateValue | None = None
    ordering: Int32UpdateValue | None = None


class TiersUpdateRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyTiers/update`; not for portfolio tokens."""

    loyalty_tier_updates: Annotated[list[LoyaltyTierUpdateParameters], Meta(min_length=1, max_length=MOST_ITEMS)]


class TiersDeleteRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyTiers/delete`; not for portfolio tokens."""

    loyalty_tier_ids: Ids


class LoyaltyTier(Struct, rename="pascal", kw_only=True):
    """A tier."""

    id: UUID
    loyalty_program_id: UUID
    name: str
    code: str
    ordering: int


class LoyaltyTierResult(Struct, rename="pascal"):
    """Tiers that were written."""

    loyalty_tiers: list[LoyaltyTier]


class LoyaltyTierPage(Struct, rename="pascal"):
    """Tiers, and the id of the last one; null on an empty page only."""

    loyalty_tiers: list[LoyaltyTier]
    cursor: UUID | None
