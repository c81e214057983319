"""Members as they cross the wire."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from guerdon.surfaces.native.wire import Cursor, Limit, MemberId, Moment, Namespace, NextCursor
from guerdon.surfaces.native.wire.memberships import Membership

Name = Annotated[str, Meta(min_length=1, max_length=255, description="Unique in its namespace.", examples=["99-1"])]
Detail = Annotated[str, Meta(min_length=1, max_length=255)]


class MembersQuery(Struct):
    """One of the first four names the member; without any, the others say which members are listed."""

    identifier: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=600,
                description="A namespace and a value, parted by the first colon.",
                examples=["card:9902113341"],
            ),
        ]
        | UnsetType
    ) = UNSET
    email: Annotated[str, Meta(min_length=1, description="In any case.", examples=["mira@example.com"])] | UnsetType = (
        UNSET
    )
    phone: Annotated[str, Meta(min_length=1, description="In E.164 form.", examples=["+4530123456"])] | UnsetType = (
        UNSET
    )
    number: (
        Annotated[str, Meta(min_length=1, description="The public number.", examples=["4025550117"])] | UnsetType
    ) = UNSET
    name: (
        Annotated[str, Meta(min_length=1, max_length=255, description="How the first, last or full name begins.")]
        | UnsetType
    ) = UNSET
    program_id: Annotated[UUID, Meta(description="Who is in the program.")] | UnsetType = UNSET
    created_from: Annotated[Moment, Meta(description="Made then or later.")] | UnsetType = UNSET
    created_to: Annotated[Moment, Meta(description="Made before.")] | UnsetType = UNSET
    updated_from: Annotated[Moment, Meta(description="Changed then or later.")] | UnsetType = UNSET
    updated_to: Annotated[Moment, Meta(description="Changed before.")] | UnsetType = UNSET
    sort: Annotated[
        Literal["created_at", "-created_at"], Meta(description="The oldest first, or the newest first.")
    ] = "-created_at"
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Profile(Struct, omit_defaults=True):
    """What is known of the person; a member that is not known is left out."""

    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    date_of_birth: Annotated[str, Meta(description="As it was given: a date or a date-time.")] | UnsetType = UNSET
    gender: str | UnsetType = UNSET
    address_line_1: str | UnsetType = UNSET
    address_line_2: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET


class Member(Struct):
    """A person (or company) known to the merchant."""

    id: MemberId
    serial: Annotated[int, Meta(ge=1, description="1, 2, 3 ... within the merchant.", examples=[7])]
    number: Annotated[str, Meta(description="The public number.", examples=["4025550117"])]
    profile: Profile
    identifiers: Annotated[
        dict[str, str], Meta(description="Namespace to value.", examples=[{"number": "4025550117", "card": "99-1"}])
    ]
    created_at: Moment
    updated_at: Moment
    memberships: list[Membership]


class Members(Struct):
    """The member that was named, or none; or a page of members."""

    data: list[Member]
    next_cursor: NextCursor


class MemberExport(Struct):
    """Everything that is kept of a member, by table; amounts are exact."""

    member_id: MemberId
    exported_at: Moment
    data: Annotated[
        dict[str, list[dict[str, Raw]]],
        Meta(
            description="The rows of each table that has any, as they are kept; later versions may have more.",
            examples=[{"members": [{"id": "01975d1e-8c5b-7d0e-9f2a-0d6c1b7a4e01", "profile": {"first_name": "Mira"}}]}],
        ),
    ]


class NewProfile(Struct, frozen=True, omit_defaults=True):
    """What is said of the person; null is not known."""

    first_name: Detail | None = None
    last_name: Detail | None = None
    full_name: Detail | None = None
    email: Annotated[str, Meta(min_length=1, max_length=255, examples=["mira@example.com"])] | None = None
    phone: Annotated[str, Meta(min_length=1, max_length=255, description="E.164.", examples=["+4530123456"])] | None = (
        None
    )
    date_of_birth: Annotated[str, Meta(min_length=1, max_length=255, examples=["1984-03-09"])] | None = None
    gender: Detail | None = None
    address_line_1: Detail | None = None
    address_line_2: Detail | None = None
    city: Detail | None = None
    region: Detail | None = None
    postal_code: Detail | None = None


class ProfileChange(Struct, frozen=True, omit_defaults=True):
    """What is to change; null is not known any more, and what is left out is kept."""

    first_name: Detail | UnsetType | None = UNSET
    last_name: Detail | UnsetType | None = UNSET
    full_name: Detail | UnsetType | None = UNSET
    email: Detail | UnsetType | None = UNSET
    phone: Detail | UnsetType | None = UNSET
    date_of_birth: Detail | UnsetType | None = UNSET
    gender: Detail | UnsetType | None = UNSET
    address_line_1: Detail | UnsetType | None = UNSET
    address_line_2: Detail | UnsetType | None = UNSET
    city: Detail | UnsetType | None = UNSET
    region: Detail | UnsetType | None = UNSET
    postal_code: Detail | UnsetType | None = UNSET


class NewMember(Struct):
    """A member to be made."""

    profile: NewProfile = NewProfile()
    identifiers: Annotated[
        dict[Namespace, Name], Meta(max_length=20, description="Namespace to value.", examples=[{"card": "99-1"}])
    ] = {}
    program_id: Annotated[UUID, Meta(description="What it joins at once.")] | None = None


class MemberChange(Struct):
    """A JSON merge patch (RFC 7396) of a member."""

    profile: ProfileChange = ProfileChange()
    identifiers: Annotated[
        dict[Namespace, Name | None],
        Meta(max_length=20, description="Namespace to value; null takes all of a namespace.", examples=[{"card": "7"}]),
    ] = {}
