"""Tenants as they cross the wire."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import END, Cursor, Limit, Moment, NextCursor, TenantId, Title
from guerdon.surfaces.native.wire.keys import MadeApiKey
from guerdon.surfaces.native.wire.programs import NewProgram

Slug = Annotated[
    str,
    Meta(
        pattern=f"^[a-z0-9]([a-z0-9-]{{0,61}}[a-z0-9])?{END}",
        description="Its name in commands and in the names of hosts; no other tenant has it.",
        examples=["corner-cafe"],
    ),
]
IsActive = Annotated[bool, Meta(description="Nobody is let in while it is not.")]


class Tenant(Struct):
    """A merchant group."""

    id: TenantId
    slug: Annotated[str, Meta(examples=["corner-cafe"])]
    name: Title
    is_active: IsActive
    suspended_at: Annotated[Moment, Meta(description="Since when it is not active.")] | None
    created_at: Moment


class TenantsQuery(Struct):
    """Which tenants, by id from the highest."""

    slug: Annotated[Slug, Meta(description="The one with the slug.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Tenants(Struct):
    """A page of tenants."""

    data: list[Tenant]
    next_cursor: NextCursor


class NewTenant(Struct):
    """A tenant to be made."""

    slug: Slug
    name: Title
    program: Annotated[
        NewProgram, Meta(description="What members join where nothing names a program; one called MAIN, if left out.")
    ] = msgspec.field(default_factory=lambda: NewProgram("MAIN", "Main"))


class MadeTenant(Tenant, kw_only=True):
    """A new tenant with the first key to it, which is shown this once."""

    api_key: MadeApiKey


class TenantChange(Struct):
    """A JSON merge patch (RFC 7396) of a tenant."""

    slug: Slug | UnsetType = UNSET
    name: Title | UnsetType = UNSET
    is_active: IsActive | UnsetType = UNSET


class NewTenantKey(Struct):
    """A key to everything of a tenant."""

    name: Title
    expires_at: Moment | None = None
