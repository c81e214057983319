"""API keys as they cross the wire."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Cursor, KeyId, Limit, Moment, NextCursor, Title

SCOPES = "What it may do: `write` includes `read`, `admin` includes both. Without any it may do everything."
Scope = Literal["read", "write", "admin"]
Mode = Literal["live", "test"]
Programs = Annotated[list[UUID], Meta(min_length=1, max_length=100, description="What it is for; null is all.")]


class ApiKey(Struct):
    """A key, without its secret."""

    id: KeyId
    name: Title
    mode: Annotated[Mode, Meta(description="`test` is for a tenant of its own beside the live one.")]
    scopes: Annotated[list[str], Meta(description=SCOPES)]
    program_ids: list[UUID] | None
    hint: Annotated[str, Meta(description="The end of the secret.", examples=["9c1f"])] | None
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Annotated[Moment, Meta(description="To within a minute.")] | None
    revoked_at: Moment | None


class MadeApiKey(ApiKey, kw_only=True):
    """A key with its secret, which is shown this once."""

    secret: Annotated[str, Meta(description="Send it as `Authorization: Bearer`.", examples=["(told once)"])]


class ApiKeysQuery(Struct):
    """Which keys, by id from the highest."""

    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class ApiKeys(Struct):
    """A page of keys."""

    data: list[ApiKey]
    next_cursor: NextCursor


class NewApiKey(Struct):
    """A key to be made."""

    name: Title
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=3, description=SCOPES)]
    mode: Mode = "live"
    program_ids: Programs | None = None
    expires_at: Moment | None = None
