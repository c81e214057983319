"""The names that members answer to, in the native API."""

from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, reading, recognising, registering
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done
from guerdon.surfaces.native.mapping import identifiers as words
from guerdon.surfaces.native.routes.told import DELETE, READ, READ_PROBLEMS, UNKEYED, WRITE, asked, written
from guerdon.surfaces.native.wire import identifiers as wire
from guerdon.web.operations import Call, Operation


async def list_identifiers(engine: Engine, call: Call[None]) -> wire.Identifiers:
    """Read everything that a member answers to."""
    member_id = mapping.id_of(call, "member_id", MemberNotFound)
    return words.from_identifiers(await registering.names_of(engine, call.caller, member_id))


@written
async def add_identifier(engine: Engine, call: Call[wire.NewIdentifier]) -> Done:
    """Give a member one more name; one that it has already is no error."""
    member = await registering.locked(engine, call.caller, mapping.id_of(call, "member_id", MemberNotFound))
    await registering.add_name(engine, call.caller, call.at, member, words.to_identifier(call.body))
    names = words.from_identifiers(await registering.names_of(engine, call.caller, member.id))
    return Done("member", member.id, names, about=member.id, is_told=False)


@written
async def remove_identifier(engine: Engine, call: Call[None]) -> Done:
    """Take a name from a member, or all in a namespace; one that it does not have is gone already."""
    query = asked(call, wire.IdentifierQuery)
    member = await registering.locked(engine, call.caller, mapping.id_of(call, "member_id", MemberNotFound))
    await registering.drop_names(engine, call.caller, call.at, member, words.to_drop(call, query))
    return Done("member", member.id, None, is_told=False)


async def create_sign_on_code(engine: Engine, call: Call[None]) -> wire.SignOnCode:
    """Make a code that tells a shop, in a channel with single sign-on, who comes."""
    member = await reading.member(engine, call.caller, mapping.id_of(call, "member_id", MemberNotFound))
    return words.from_code(await recognising.issue(engine, call.caller, member.id), call.at)


OPERATIONS = (
    Operation(
        name="listIdentifiers",
        paths=("/members/{member_id}/identifiers",),
        handle=list_identifiers,
        answer=wire.Identifiers,
        tag="Identifiers",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="addIdentifier",
        paths=("/members/{member_id}/identifiers",),
        handle=add_identifier,
        body=wire.NewIdentifier,
        answer=wire.Identifiers,
        tag="Identifiers",
        **WRITE,
    ),
    Operation(
        name="removeIdentifier",
        paths=("/members/{member_id}/identifiers/{namespace}",),
        handle=remove_identifier,
        query=wire.IdentifierQuery,
        tag="Identifiers",
        **{**DELETE, "conditional": False},
    ),
    Operation(
        name="createSignOnCode",
        paths=("/members/{member_id}/sign-on-codes",),
        handle=create_sign_on_code,
        answer=wire.SignOnCode,
        tag="Identifiers",
        **UNKEYED,
    ),
)
