"""Mews' loyalty memberships as they cross the wire."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from guerdon.surfaces.mews.wire import (
    MOST_ITEMS,
    ActivityState,
    BooleanUpdateValue,
    Credentials,
    GuidNullableUpdateValue,
    GuidUpdateValue,
    Ids,
    Int32,
    Int32NullableUpdateValue,
    Limited,
    StringUpdateValue,
    Texts,
    TimeInterval,
)

Number = Annotated[str, Meta(max_length=255)]
ProviderId = Annotated[str, Meta(max_length=100)]
Link = Annotated[str, Meta(max_length=2_048)]
"""Mews names no bound; this one is ours."""


class LoyaltyMembershipState(Enum):
    """Five states; `Canceled` has one L."""

    NEW = "New"
    PENDING = "Pending"
    ENROLLED = "Enrolled"
    CANCELED = "Canceled"
    DECLINED = "Declined"


class GetAllRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyMemberships/getAll`; filters combine with AND, the values of one with OR."""

    chain_ids: Ids | None = None
    created_utc: TimeInterval | None = None
    updated_utc: TimeInterval | None = None
    loyalty_membership_ids: Ids | None = None
    account_ids: Ids | None = None
    loyalty_program_ids: Ids | None = None
    membership_states: list[LoyaltyMembershipState] | None = None
    activity_states: list[ActivityState] | None = None
    membership_numbers: Texts | None = None
    provider_membership_ids: Texts | None = None
    codes: Texts | None = None
    limitation: Limited = None


class LoyaltyMembershipParameters(Struct, rename="pascal", kw_only=True):
    """A membership to add; `Code` is the older name of `MembershipNumber`."""

    account_id: UUID
    loyalty_program_id: UUID
    is_primary: bool
    state: LoyaltyMembershipState | None = None
    provider_membership_id: ProviderId | None = None
    membership_number: Number | None = None
    code: Number | None = None
    points: Int32 | None = None
    expiration_date: str | None = None
    url: Link | None = None
    loyalty_tier_id: UUID | None = None


class AddRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyMemberships/add`; `ChainId` counts for portfolio tokens only."""

    chain_id: UUID | None = None
    loyalty_memberships: Annotated[list[LoyaltyMembershipParameters], Meta(min_length=1, max_length=MOST_ITEMS)]


class NumberUpdateValue(Struct, rename="pascal"):
    """A new membership number, or null to clear."""

    value: Number | None = None


class ProviderIdUpdateValue(Struct, rename="pascal"):
    """A new provider's id, or null to clear."""

    value: ProviderId | None = None


class LinkUpdateValue(Struct, rename="pascal"):
    """A new URL, or null to clear."""

    value: Link | None = None


class LoyaltyMembershipStateUpdateValue(Struct, rename="pascal"):
    """A new state."""

    value: LoyaltyMembershipState


class LoyaltyMembershipUpdateParameters(Struct, rename="pascal", kw_only=True):
    """What is to change of a membership; absent or null keeps the stored value."""

    loyalty_membership_id: UUID
    loyalty_program_id: GuidUpdateValue | None = None
    state: LoyaltyMembershipStateUpdateValue | None = None
    is_primary: BooleanUpdateValue | None = None
    provider_membership_id: ProviderIdUpdateValue | None = None
    membership_number: NumberUpdateValue | None = None
    code: NumberUpdateValue | None = None
    points: Int32NullableUpdateValue | None = None
    expiration_date: StringUpdateValue | None = None
    url: LinkUpdateValue | None = None
    loyalty_tier_id: GuidNullableUpdateValue | None = None


class UpdateRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyMemberships/update`; `ChainId` counts for portfolio tokens only."""

    chain_id: UUID | None = None
    loyalty_membership_updates: Annotated[
        list[LoyaltyMembershipUpdateParameters], Meta(min_length=1, max_length=MOST_ITEMS)
    ]


class DeleteRequest(Credentials, rename="pascal", kw_only=True):
    """`loyaltyMemberships/delete`; `ChainId` counts for portfolio tokens only."""

    chain_id: UUID | None = None
    loyalty_membership_ids: Ids


class EnterpriseProfileData(Struct, rename="pascal", frozen=True):
    """The profile of an enterprise."""

    profile_id: UUID


class ProfileData(Struct, rename="pascal", frozen=True):
    """Who wrote a record: an integration, for all that comes through an API."""

    discriminator: str = "Integration"
    enterprise_profile: EnterpriseProfileData | None = None


class LoyaltyMembership(Struct, rename="pascal", kw_only=True):
    """A membership; the number goes out under both of its names, and what is not known is null."""

    id: UUID
    chain_id: UUID
    account_id: UUID
    loyalty_program_id: UUID
    state: LoyaltyMembershipState
    is_primary: bool
    provider_membership_id: str | None
    membership_number: str | None
    code: str | None
    points: Int32 | None
    expiration_date: str | None
    url: str | None
    loyalty_tier_id: UUID | None
    creator_profile: ProfileData = ProfileData()
    updater_profile: ProfileData = ProfileData()


class LoyaltyMembershipResult(Struct, rename="pascal"):
    """Memberships, and the id of the last one; null on an empty page only."""

    loyalty_memberships: list[LoyaltyMembership]
    cursor: UUID | None
