"""Mews' loyalty memberships as they cross the wire: credentials in every body, values wrapped in updates."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

MOST_ITEMS = 1_000
VALUE = "Value"
"""The one member of every update wrapper; errors are about the member that is wrapped."""

INTERVAL_TOO_LONG = "The interval must not exceed 3M1D."
"""Three months and a day; the one error text of its own that clients look for."""

Token = Annotated[str, Meta(min_length=1)]
Number = Annotated[str, Meta(max_length=255)]
ProviderId = Annotated[str, Meta(max_length=100)]
Link = Annotated[str, Meta(max_length=2_048)]
"""Mews names no bound; this one is ours."""

Int32 = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
Count = Annotated[int, Meta(ge=1, le=MOST_ITEMS)]
Ids = Annotated[list[UUID], Meta(min_length=1, max_length=MOST_ITEMS)]
Texts = Annotated[list[str], Meta(min_length=1, max_length=MOST_ITEMS)]


class LoyaltyMembershipState(Enum):
    """Five states; `Canceled` has one L."""

    NEW = "New"
    PENDING = "Pending"
    ENROLLED = "Enrolled"
    CANCELED = "Canceled"
    DECLINED = "Declined"


class ActivityState(Enum):
    """Whether a record is in use or was deleted."""

    ACTIVE = "Active"
    DELETED = "Deleted"


class Credentials(Struct, rename="pascal", kw_only=True):
    """What every body carries: the integration, its connection, and the caller's name and version."""

    client_token: Token
    access_token: Token
    client: Token


class TimeInterval(Struct, rename="pascal", kw_only=True):
    """From `StartUtc` (in) to `EndUtc` (out); equal ends are that one instant."""

    start_utc: str
    end_utc: str


class Limitation(Struct, rename="pascal", kw_only=True):
    """How many items, and the id of the last one seen."""

    count: Count
    cursor: UUID | None = None


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
    limitation: Limitation


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


class StringUpdateValue(Struct, rename="pascal"):
    """A new text, or null to clear."""

    value: str | None = None


class NumberUpdateValue(Struct, rename="pascal"):
    """A new membership number, or null to clear."""

    value: Number | None = None


class ProviderIdUpdateValue(Struct, rename="pascal"):
    """A new provider's id, or null to clear."""

    value: ProviderId | None = None


class LinkUpdateValue(Struct, rename="pascal"):
    """A new URL, or null to clear."""

    value: Link | None = None


class GuidNullableUpdateValue(Struct, rename="pascal"):
    """A new id, or null to clear."""

    value: UUID | None = None


class Int32NullableUpdateValue(Struct, rename="pascal"):
    """A new whole number, or null to clear."""

    value: Int32 | None = None


class GuidUpdateValue(Struct, rename="pascal"):
    """A new id."""

    value: UUID


class BooleanUpdateValue(Struct, rename="pascal"):
    """A new boolean."""

    value: bool


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


class Empty(Struct):
    """The answer to a write that has no result: `{}`."""


class ErrorBody(Struct, rename="pascal"):
    """Every failure; `RequestId` is also a header of the answer."""

    message: str
    request_id: str
