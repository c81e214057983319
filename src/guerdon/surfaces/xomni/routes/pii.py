"""PII users of any type, and who is calling, of XOMNI's private API."""

from uuid import UUID

from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, admitting, answering, changing, enrolling, reading
from guerdon.surfaces.xomni import auth, mapping, wire
from guerdon.surfaces.xomni.mapping import pii as words
from guerdon.surfaces.xomni.routes.told import once
from guerdon.web.operations import Answer, Call, Operation


async def fetch_list(engine: Engine, call: Call[None]) -> wire.PIIUserPage:
    """Read PII users of every type page by page, in the order of their ids."""
    skip, take = mapping.to_page(call.request.query)
    listing = words.to_listing(call.request.query, (await reading.default_program(engine, call.caller)).id)
    page, count = await reading.members_page(engine, call.caller, skip=skip, take=take, listing=listing)
    if not count:
        raise MemberNotFound("any")
    await answering.looked(engine, call.caller, call.at, call.request.operation.name)
    return words.from_page(page, count)


async def create(engine: Engine, call: Call[wire.NewPIIUser]) -> Answer:
    """Create an anonymous PII user."""
    ask = await enrolling.hashed(engine, words.to_registration(call, call.body.name, call.body.password))

    async def made(inside: Engine) -> tuple[UUID, wire.PIIUser]:
        member = await enrolling.register(inside, ask)
        return member.id, words.from_member(member)

    return await once(engine, call, made)


async def delete(engine: Engine, call: Call[None]) -> Answer:
    """Delete a PII user of any type."""
    member = await reading.member_by_serial(engine, call.caller, mapping.to_serial(call.request.path["id"]))
    program = await reading.default_program(engine, call.caller)
    await changing.leave(engine, mapping.to_leaving(call, member, program.id))
    return mapping.DELETED


async def principal(engine: Engine, call: Call[None]) -> wire.Principal:
    """Tell who is calling, and with which rights."""
    return words.to_principal(await admitting.name_of(engine, call.caller), auth.rights_of(call.caller))


OPERATIONS = (
    Operation(
        name="Fetching a list of PII users",
        method="GET",
        paths=("/private/pii/users",),
        handle=fetch_list,
        answer=wire.PIIUserPage,
        query=("skip", "take", "createdOADate"),
        source="XOMNI SDK for .NET: private PII user management",
        problems={404: "There are no PII users"},
    ),
    Operation(
        name="Creating a new PII user",
        method="POST",
        paths=("/private/pii/user",),
        handle=create,
        body=wire.NewPIIUser,
        answer=wire.PIIUser,
        source="XOMNI SDK for .NET: private PII user management",
        keyed=True,
        problems={409: "The user name is taken, or the key was used for another request"},
    ),
    Operation(
        name="Deleting an existing PII user",
        method="DELETE",
        paths=("/private/pii/user/{id}",),
        handle=delete,
        status=202,
        source="XOMNI SDK for .NET: private PII user management",
        problems={404: "No PII user has the id"},
    ),
    Operation(
        name="Fetching the principal",
        method="GET",
        paths=("/private/auth/principal",),
        handle=principal,
        answer=wire.Principal,
        source="XOMNI SDK for .NET: private principal management",
    ),
)
