"""Copies of a merchant's data as the native API shows them; pure."""

from typing import Any

from guerdon.core import exports
from guerdon.core.refusals import FileNotFound
from guerdon.surfaces.native.wire import exports as wire
from guerdon.web.operations import Call

_MOST_DIGITS = 9


def part_of(call: Call[Any]) -> int:
    """The number of a part in the path; a text that is none is the number of nothing.

    Raises:
        FileNotFound: it is none.
    """
    text = call.request.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise FileNotFound(text)
    return int(text)


def from_export(made: exports.Export) -> wire.Export:
    """A copy as it stands."""
    return wire.Export(
        id=made.id,
        state=made.state,
        rows=made.rows,
        parts=made.parts,
        size_bytes=made.size_bytes,
        problem=made.problem,
        created_at=made.created_at,
        finished_at=made.finished_at,
    )
