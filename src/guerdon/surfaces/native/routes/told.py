"""What the native API's operations say of themselves in its description."""

from typing import Any

from guerdon.surfaces.native import wire

READ_PROBLEMS = {401: "No token, or not a good one", 404: "No such thing within the merchant"}
QUERY_PROBLEMS = {400: "A parameter is missing or wrong", 401: READ_PROBLEMS[401]}
PAGE_PROBLEMS = {**QUERY_PROBLEMS, **READ_PROBLEMS}
WRITE_PROBLEMS = {
    **READ_PROBLEMS,
    400: "The body or a header is wrong; nothing was changed",
    409: "Refused, by the code in the answer; nothing was changed",
    413: "The body is too large",
    500: "A fault of ours, or of the database: repeat the request with its key to learn what happened",
    503: "Too much is waiting; nothing was begun",
}

READ: dict[str, Any] = {"method": "GET", "source": "Guerdon: the native API"}
WRITE: dict[str, Any] = {
    "method": "POST",
    "source": "Guerdon: the native API",
    "keyed": True,
    "problems": WRITE_PROBLEMS,
    "answer_headers": {wire.REPLAYED: "`true` where an equal request with the same key was answered before."},
}
