"""Creates of XOMNI's private API that are carried out once for their key; what is kept of an answer has no password."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from guerdon.core.refusals import KeyReused
from guerdon.engine import Engine, admitting, answering
from guerdon.engine.answering import Given
from guerdon.surfaces.xomni import mapping
from guerdon.web import guessing
from guerdon.web.encoding import encode
from guerdon.web.operations import Answer, Call


async def once(engine: Engine, call: Call[Any], made: Callable[[Engine], Awaitable[tuple[UUID, Any]]]) -> Answer:
    """The answer to a create, or again the one that was given for its key, each with the password of its own request.

    Raises:
        KeyReused: the key was used for another request.
        MemberNotFound: whom it made is gone.
        TooManyRequests: repeats had too many wrong passwords.
    """

    async def work(inside: Engine) -> Given:
        member_id, user = await made(inside)
        return Given(status=call.request.operation.status, body=encode(user), headers={}, about=member_id)

    given = await answering.once(engine, mapping.to_write(call), work)
    if given.replayed:
        await _check_password(engine, call, given.about)
    user = msgspec.json.decode(given.body or b"", type=call.request.operation.answer)
    user.password = mapping.password_of(mapping.echoed(call))
    return Answer(given.status, encode(user))


async def _check_password(engine: Engine, call: Call[Any], member_id: UUID | None) -> None:
    """That a repeat has the password which was set: nothing of it is in the fingerprint, where it could be guessed.

    Raises:
        KeyReused: it has another one, or there is another one since.
        TooManyRequests: there were too many that were wrong.
    """
    password = mapping.password_of(call.body.password)
    if password is None or member_id is None:
        return
    trying = partial(admitting.fits, engine, call.caller, member_id, password)
    if not await guessing.tried(call.request, (str(call.caller.credential_id), str(member_id)), trying):
        raise KeyReused(call.key or "")
