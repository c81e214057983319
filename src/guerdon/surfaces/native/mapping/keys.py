"""What is said of a key, and keys as the native API shows them; pure."""

from msgspec import structs

from guerdon.core import callers
from guerdon.engine.keying import Granting
from guerdon.surfaces.native.mapping import moments
from guerdon.surfaces.native.wire import keys as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call


def to_granting(call: Call[wire.NewApiKey]) -> Granting:
    """A key to be made.

    Raises:
        InvalidField: it would have ended already, or is for programs that the test tenant does not have.
    """
    body = call.body
    expires_at = moments.planned("expires_at", body.expires_at)
    if expires_at is not None and expires_at <= call.at:
        raise InvalidField("expires_at", "must lie ahead")
    if body.mode == "test" and body.program_ids is not None:
        raise InvalidField("program_ids", "are live ones: make a test key for all, and with it others")
    return Granting(
        caller=call.caller,
        at=call.at,
        label=body.name,
        scopes=frozenset(body.scopes),
        program_ids=body.program_ids,
        expires_at=expires_at,
        is_test=body.mode == "test",
    )


def from_key(key: callers.ApiKey) -> wire.ApiKey:
    """A key as it stands."""
    return wire.ApiKey(
        id=key.id,
        name=key.label,
        mode="test" if key.is_test else "live",
        scopes=sorted(key.scopes),
        program_ids=None if key.program_ids is None else sorted(key.program_ids),
        hint=key.hint,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )


def made(key: callers.ApiKey, secret: str) -> wire.MadeApiKey:
    """A new key with its secret."""
    return wire.MadeApiKey(**structs.asdict(from_key(key)), secret=secret)
