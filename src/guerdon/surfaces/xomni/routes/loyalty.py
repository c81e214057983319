"""Loyalty users of XOMNI's private API."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, answering, changing, enrolling, reading
from guerdon.engine.reading import Customer
from guerdon.surfaces.xomni import mapping, wire
from guerdon.surfaces.xomni.mapping import loyalty as words
from guerdon.surfaces.xomni.routes.told import once
from guerdon.web.operations import Answer, Call, Operation

Result = TypeVar("Result")


async def create(engine: Engine, call: Call[wire.NewLoyaltyUser]) -> Answer:
    """Create a loyalty user."""
    ask = await enrolling.hashed(engine, words.to_enrolment(call))

    async def made(inside: Engine) -> tuple[UUID, wire.LoyaltyUser]:
        enrolled = await enrolling.enrol(inside, ask)
        return enrolled.member.id, words.from_member(enrolled.member, enrolled.membership)

    return await once(engine, call, made)


async def fetch(engine: Engine, call: Call[None]) -> wire.LoyaltyUser:
    """Read one loyalty user."""
    return words.from_customer(await known(engine, call.caller, mapping.to_serial(call.request.path["id"])))


async def fetch_list(engine: Engine, call: Call[None]) -> wire.LoyaltyUserPage:
    """Read loyalty users page by page, in the order of their ids."""
    skip, take = mapping.to_page(call.request.query)
    listing = mapping.listing((await reading.default_program(engine, call.caller)).id)
    page, count = await reading.members_page(engine, call.caller, skip=skip, take=take, listing=listing)
    if not count:
        raise MemberNotFound("any")
    await answering.looked(engine, call.caller, call.at, call.request.operation.name)
    return words.from_page(page, count)


async def update(engine: Engine, call: Call[wire.ChangedLoyaltyUser]) -> wire.LoyaltyUser:
    """Write a loyalty user anew: what is left out is null afterwards, but for the password."""

    async def written(user: Customer) -> wire.LoyaltyUser:
        body = words.replaced(call.body)
        return words.from_change(call, body, await changing.change(engine, words.to_change(call, body, user)))

    return await for_user(engine, call.caller, words.serial_of(call), written)


async def patch(engine: Engine, call: Call[wire.ChangedLoyaltyUser]) -> wire.LoyaltyUser:
    """Change the members of a loyalty user that are sent."""

    async def written(user: Customer) -> wire.LoyaltyUser:
        changed = await changing.change(engine, words.to_change(call, call.body, user))
        return words.from_change(call, call.body, changed)

    return await for_user(engine, call.caller, words.serial_of(call), written)


async def delete(engine: Engine, call: Call[None]) -> Answer:
    """Delete a loyalty user: its name, password, metadata and membership; the books stay."""

    async def left(user: Customer) -> None:
        await changing.leave(engine, mapping.to_leaving(call, user.member, user.program.id))

    await for_user(engine, call.caller, mapping.to_serial(call.request.path["id"]), left)
    return mapping.DELETED


async def known(engine: Engine, caller: Caller, serial: int) -> Customer:
    """The loyalty user with an id.

    Raises:
        MemberNotFound: there is none.
    """
    return await reading.customer(
        engine, caller, await reading.member_by_serial(engine, caller, serial), mapping.USER_NAME
    )


async def for_user(
    engine: Engine, caller: Caller, serial: int, work: Callable[[Customer], Awaitable[Result]]
) -> Result:
    """What is done for the loyalty user with an id; once more for the one in whom it went up meanwhile.

    Raises:
        MemberNotFound: there is none.
    """
    user = await known(engine, caller, serial)
    try:
        return await work(user)
    except MemberNotFound:
        now = await known(engine, caller, serial)
        if now.member.id == user.member.id:
            raise
        return await work(now)


NOBODY = {404: "No loyalty user has the id"}
TAKEN = {409: "The user name is taken, or the points are held"}
REUSED = {409: "The user name is taken, or the key was used for another request"}

OPERATIONS = (
    Operation(
        name="Creating a new loyalty user",
        method="POST",
        paths=("/private/pii/loyalty",),
        handle=create,
        body=wire.NewLoyaltyUser,
        answer=wire.LoyaltyUser,
        source="XOMNI HTTP API v4-1: Creating a new loyalty user",
        keyed=True,
        problems=REUSED,
    ),
    Operation(
        name="Fetching a particular loyalty user",
        method="GET",
        paths=("/private/pii/loyalty/{id}",),
        handle=fetch,
        answer=wire.LoyaltyUser,
        source="XOMNI SDK for .NET: private PII loyalty management",
        problems=NOBODY,
    ),
    Operation(
        name="Fetching a list of loyalty users",
        method="GET",
        paths=("/private/pii/loyalties",),
        handle=fetch_list,
        answer=wire.LoyaltyUserPage,
        query=("skip", "take"),
        source="XOMNI SDK for .NET: private PII loyalty management",
        problems={404: "There are no loyalty users"},
    ),
    Operation(
        name="Updating an existing loyalty user",
        method="PUT",
        paths=("/private/pii/loyalty", "/private/pii/loyalty/{id}"),
        handle=update,
        body=wire.ChangedLoyaltyUser,
        answer=wire.LoyaltyUser,
        source="XOMNI SDK for .NET: private PII loyalty management",
        problems=NOBODY | TAKEN,
    ),
    Operation(
        name="Patching an existing loyalty user",
        method="PATCH",
        paths=("/private/pii/loyalty", "/private/pii/loyalty/{id}"),
        handle=patch,
        body=wire.ChangedLoyaltyUser,
        answer=wire.LoyaltyUser,
        source="XOMNI SDK for .NET: private PII loyalty management",
        problems=NOBODY | TAKEN,
    ),
    Operation(
        name="Deleting an existing loyalty user",
        method="DELETE",
        paths=("/private/pii/loyalty/{id}",),
        handle=delete,
        status=202,
        source="XOMNI SDK for .NET: private PII loyalty management",
        problems=NOBODY,
    ),
)
