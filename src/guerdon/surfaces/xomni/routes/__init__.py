"""XOMNI's operations: parse, map, ask, map."""

from dataclasses import replace

from guerdon.surfaces.xomni.routes import loyalty, metadata, pii, public, tokens

GUESSED = {429: "There were too many wrong secrets of the name; `Retry-After` says when there may be another"}

OPERATIONS = tuple(
    replace(each, problems={**GUESSED, **each.problems})
    for each in (*loyalty.OPERATIONS, *metadata.OPERATIONS, *pii.OPERATIONS, *public.OPERATIONS, *tokens.OPERATIONS)
)
