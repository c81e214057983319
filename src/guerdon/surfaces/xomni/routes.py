"""XOMNI's operations on loyalty users: parse, map, ask, map."""

from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, enrolling, reading
from guerdon.surfaces.xomni import mapping, wire
from guerdon.web.operations import Call, Operation


async def create(engine: Engine, call: Call[wire.NewLoyaltyUser]) -> wire.LoyaltyUser:
    """Create a loyalty user."""
    enrolled = await enrolling.enrol(engine, mapping.to_enrolment(call))
    return mapping.from_member(enrolled.member, enrolled.membership, password=call.body.password)


async def fetch(engine: Engine, call: Call[None]) -> wire.LoyaltyUser:
    """Read one loyalty user."""
    serial = mapping.to_serial(call.request.path["id"])
    member = await reading.member_by_serial(engine, call.caller, serial)
    program = await reading.default_program(engine, call.caller)
    memberships = await reading.memberships_of(engine, call.caller, member.id)
    return mapping.from_member(member, mapping.membership_in(program.id, memberships))


async def fetch_list(engine: Engine, call: Call[None]) -> wire.LoyaltyUserPage:
    """Read loyalty users page by page, in the order of their ids."""
    skip, take = mapping.to_page(call.request.query)
    program = await reading.default_program(engine, call.caller)
    page, count = await reading.members_page(engine, call.caller, skip=skip, take=take, program_id=program.id)
    if not count:
        raise MemberNotFound("any")
    return mapping.from_page(page, count)


OPERATIONS = (
    Operation(
        name="Creating a new loyalty user",
        method="POST",
        paths=("/private/pii/loyalty",),
        handle=create,
        body=wire.NewLoyaltyUser,
        answer=wire.LoyaltyUser,
        source="XOMNI HTTP API v4-1: Creating a new loyalty user",
    ),
    Operation(
        name="Fetching a particular loyalty user",
        method="GET",
        paths=("/private/pii/loyalty/{id}",),
        handle=fetch,
        answer=wire.LoyaltyUser,
        source="XOMNI SDK for .NET: private PII loyalty management",
    ),
    Operation(
        name="Fetching a list of loyalty users",
        method="GET",
        paths=("/private/pii/loyalties",),
        handle=fetch_list,
        answer=wire.LoyaltyUserPage,
        query=("skip", "take"),
        source="XOMNI SDK for .NET: private PII loyalty management",
    ),
)
