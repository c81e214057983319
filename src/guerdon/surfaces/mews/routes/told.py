"""What Mews' operations have in common: one method, one prefix, and what their refusals mean."""

from typing import Any

from guerdon.web.operations import Handler, Operation

PATH = "/api/connector/v1/"

PROBLEMS = {
    204: "With `Prefer: return=minimal`: there is nothing to tell",
    400: "A parameter is missing, wrong or unknown; nothing was changed",
    401: "No good tokens, or not for this operation",
    403: "Refused, in words for people; nothing was changed",
    413: "The body is too large",
    429: "Too many requests; `Retry-After` says when to come back",
    500: "A fault of ours",
}


def operation(*, name: str, handle: Handler, body: type[Any], answer: type[Any], source: str) -> Operation:
    """An operation, by its resource and action."""
    return Operation(
        name=name,
        method="POST",
        paths=(PATH + name,),
        handle=handle,
        body=body,
        answer=answer,
        source=f"Mews Connector API: {source}",
        tag=source,
        problems=PROBLEMS,
    )
