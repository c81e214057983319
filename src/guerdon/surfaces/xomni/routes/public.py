"""What a tablet in a shop asks for its visitor: XOMNI's public PII API."""

from functools import partial
from typing import Any
from uuid import uuid4

from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, admitting, annotating, enrolling, finding, reading
from guerdon.engine.reading import Customer
from guerdon.surfaces.xomni import auth, mapping, wire
from guerdon.surfaces.xomni.mapping import pii
from guerdon.surfaces.xomni.mapping import public as words
from guerdon.web import guessing
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Call, Operation


async def fetch(engine: Engine, call: Call[None]) -> wire.PublicLoyaltyUserData:
    """Read the loyalty user that the PIIToken names."""
    return words.from_customer(await own(engine, call))


async def fetch_metadata(engine: Engine, call: Call[None]) -> wire.PublicMetadataData:
    """Read the metadata of the loyalty user that the PIIToken names."""
    user = await own(engine, call)
    return words.from_pairs(await annotating.pairs(engine, user.member.id))


async def create_anonymous(engine: Engine, call: Call[wire.NewAnonymousUser]) -> wire.AnonymousUserData:
    """Make an anonymous PII, and the password that lets it in."""
    password = str(uuid4())
    ask = pii.to_registration(call, words.name_of(call.body), password)
    return words.from_anonymous(await enrolling.register(engine, ask), call.body.user_name, password)


async def own(engine: Engine, call: Call[Any]) -> Customer:
    """The loyalty user that the PIIToken names.

    Raises:
        Unauthorized: the name or the password is not good, or there is none of them.
        TooManyRequests: there were too many wrong passwords.
        MemberNotFound: it is somebody anonymous.
    """
    name, password = auth.pii_of(call.request)
    try:
        member_id = await finding.member(engine, call.caller, mapping.names(name))
    except MemberNotFound:
        member_id = None
    trying = partial(admitting.person, engine, call.caller, member_id, password)
    member = await guessing.tried(call.request, (str(call.caller.credential_id), "own", str(member_id or name)), trying)
    if member is None:
        raise Unauthorized
    return await reading.customer(engine, call.caller, member, mapping.USER_NAME)


OPERATIONS = (
    Operation(
        name="Fetching a loyalty user",
        security=auth.OF_PII,
        method="GET",
        paths=("/pii/loyalty",),
        handle=fetch,
        answer=wire.PublicLoyaltyUserData,
        source="XOMNI public SDK for .NET: loyalty client",
        problems={404: "The token is of somebody anonymous"},
    ),
    Operation(
        name="Fetching metadata",
        security=auth.OF_PII,
        method="GET",
        paths=("/pii/loyaltymetadata",),
        handle=fetch_metadata,
        answer=wire.PublicMetadataData,
        source="XOMNI public SDK for .NET: loyalty metadata client",
        problems={404: "The token is of somebody anonymous, or there is no metadata"},
    ),
    Operation(
        name="Requesting an anonymous PII",
        method="POST",
        paths=("/pii/anonymous",),
        handle=create_anonymous,
        body=wire.NewAnonymousUser,
        answer=wire.AnonymousUserData,
        source="XOMNI HTTP API v4-0: Requesting an anonymous PII",
        problems={409: "The user name is taken"},
    ),
)
