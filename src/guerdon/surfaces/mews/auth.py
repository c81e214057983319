"""How a Mews client proves who it is: three members of every body, and the pair of tokens counts."""

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.surfaces.mews.wire import Credentials
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Request
from guerdon.web.parsing import read


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the pair of tokens speaks for.

    Raises:
        InvalidField: one of the three members is missing, empty or no text.
        Unauthorized: nobody has this pair.
    """
    sent, _ = read(request.tree, Credentials)
    if "\n" in sent.client_token or "\n" in sent.access_token:  # it parts the two where they are hashed as one
        raise Unauthorized
    caller = await admitting.by_token(engine, "mews", f"{sent.client_token}\n{sent.access_token}")
    if caller is None:
        raise Unauthorized
    return caller
