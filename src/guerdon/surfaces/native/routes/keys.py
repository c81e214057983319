"""API keys of the native API."""

from uuid import UUID

from guerdon.core.refusals import ApiKeyNotFound
from guerdon.engine import Engine, keying
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import keys as words
from guerdon.surfaces.native.routes.told import (
    DELETE,
    QUERY_PROBLEMS,
    READ,
    READ_PROBLEMS,
    UNKEYED,
    administers,
    asked,
    whole,
    written,
    written_anew,
)
from guerdon.surfaces.native.wire import keys as wire
from guerdon.web.operations import Call, Operation


async def list_api_keys(engine: Engine, call: Call[None]) -> wire.ApiKeys:
    """List keys, those too that have ended."""
    query = asked(call, wire.ApiKeysQuery)
    before = pages.after_cursor(query.cursor, "keys", UUID)
    found = await keying.page(engine, call.caller, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "keys", lambda key: key.id)
    return wire.ApiKeys([words.from_key(key) for key in page], cursor)


async def get_api_key(engine: Engine, call: Call[None]) -> wire.ApiKey:
    """Read a key."""
    return words.from_key(await keying.key(engine, call.caller, mapping.id_of(call, "key_id", ApiKeyNotFound)))


@written_anew
async def create_api_key(engine: Engine, call: Call[wire.NewApiKey]) -> Done:
    """Make a key; its secret is in this answer and nowhere else."""
    key, secret = await keying.grant(engine, words.to_granting(call))
    return Done("api_key", key.id, words.made(key, secret))


@written
async def revoke_api_key(engine: Engine, call: Call[None]) -> Done:
    """End a key for good; one that has ended stays so."""
    key_id = mapping.id_of(call, "key_id", ApiKeyNotFound)
    before = words.from_key(await keying.key(engine, call.caller, key_id))
    await keying.revoke(engine, call.caller, call.at, key_id)
    return Done("api_key", key_id, None, before)


OPERATIONS = (
    Operation(
        name="listApiKeys",
        paths=("/api-keys",),
        handle=list_api_keys,
        query=wire.ApiKeysQuery,
        answer=wire.ApiKeys,
        tag="API keys",
        problems=QUERY_PROBLEMS,
        **whole(administers(READ)),
    ),
    Operation(
        name="createApiKey",
        paths=("/api-keys",),
        handle=create_api_key,
        body=wire.NewApiKey,
        answer=wire.MadeApiKey,
        tag="API keys",
        **whole(administers(UNKEYED)),
    ),
    Operation(
        name="getApiKey",
        paths=("/api-keys/{key_id}",),
        handle=get_api_key,
        answer=wire.ApiKey,
        tag="API keys",
        problems=READ_PROBLEMS,
        **whole(administers(READ)),
    ),
    Operation(
        name="revokeApiKey",
        paths=("/api-keys/{key_id}",),
        handle=revoke_api_key,
        tag="API keys",
        **whole(administers({**DELETE, "conditional": False})),
    ),
)
