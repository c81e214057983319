"""Metadata of loyalty users of XOMNI's private API."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.engine import Engine, annotating, answering, reading, registering
from guerdon.engine.reading import Customer
from guerdon.surfaces.xomni import mapping, wire
from guerdon.surfaces.xomni.mapping import metadata as words
from guerdon.surfaces.xomni.routes.loyalty import for_user, known
from guerdon.web.operations import Answer, Call, Operation

PATHS = ("/private/pii/loyaltymetadata",)


async def create(engine: Engine, call: Call[wire.LoyaltyUserMetadata]) -> wire.LoyaltyUserMetadata:
    """Add a text under a key that the loyalty user does not have."""
    pair = words.checked(call.body)
    await _written(engine, call, pair.loyalty_user_id, partial(annotating.add, key=pair.key, value=pair.value))
    return pair


async def fetch_all(engine: Engine, call: Call[None]) -> list[wire.LoyaltyUserMetadata]:
    """Read all metadata of a loyalty user, in the order in which it was added."""
    serial = words.to_serial(call.request.query)
    user = await known(engine, call.caller, serial)
    return words.from_pairs(serial, await annotating.pairs(engine, user.member.id))


async def update(engine: Engine, call: Call[wire.LoyaltyUserMetadata]) -> wire.LoyaltyUserMetadata:
    """Write another text under a key that the loyalty user has."""
    pair = words.checked(call.body)
    await _written(engine, call, pair.loyalty_user_id, partial(annotating.change, key=pair.key, value=pair.value))
    return pair


async def delete(engine: Engine, call: Call[None]) -> Answer:
    """Delete the text under a key, or without one all metadata of a loyalty user."""
    serial, key = words.to_serial(call.request.query), words.to_key(call.request.query)
    await _written(engine, call, serial, annotating.clear if key is None else partial(annotating.remove, key=key))
    return mapping.DELETED


async def _written(
    engine: Engine, call: Call[Any], serial: int, write: Callable[[Engine, Caller, UUID], Awaitable[None]]
) -> None:
    """Writes about a loyalty user that is one still, behind the lock: one who has been deleted keeps nothing."""

    async def written(user: Customer) -> None:
        async def work(inside: Engine) -> None:
            member = await registering.locked(inside, call.caller, user.member.id)
            await reading.customer(inside, call.caller, member, mapping.USER_NAME)
            await write(inside, call.caller, member.id)

        await answering.together(engine, work)

    await for_user(engine, call.caller, mapping.to_serial(str(serial)), written)


NOTHING = {404: "No loyalty user has the id, or there is no such metadata"}

OPERATIONS = (
    Operation(
        name="Creating a new metadata",
        method="POST",
        paths=PATHS,
        handle=create,
        body=wire.LoyaltyUserMetadata,
        answer=wire.LoyaltyUserMetadata,
        source="XOMNI SDK for .NET: private PII loyalty metadata management",
        problems={404: "No loyalty user has the id", 409: "The key is there already"},
    ),
    Operation(
        name="Fetching all metadata of a loyalty user",
        method="GET",
        paths=PATHS,
        handle=fetch_all,
        answer=list[wire.LoyaltyUserMetadata],
        query=(words.USER_ID,),
        source="XOMNI HTTP API v4-1: Fetching all metadata of a loyalty user",
        problems=NOTHING,
    ),
    Operation(
        name="Updating an existing metadata",
        method="PUT",
        paths=PATHS,
        handle=update,
        body=wire.LoyaltyUserMetadata,
        answer=wire.LoyaltyUserMetadata,
        source="XOMNI HTTP API v4-0: Updating an existing metadata",
        problems=NOTHING,
    ),
    Operation(
        name="Deleting or clearing metadata",
        method="DELETE",
        paths=PATHS,
        handle=delete,
        status=202,
        query=(words.USER_ID, words.KEY),
        source="XOMNI SDK for .NET: private PII loyalty metadata management",
        problems=NOTHING,
    ),
)
