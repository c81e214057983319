"""XOMNI's operations: parse, map, ask, map."""

from guerdon.surfaces.xomni.routes import loyalty, metadata, pii, public, tokens

OPERATIONS = (*loyalty.OPERATIONS, *metadata.OPERATIONS, *pii.OPERATIONS, *public.OPERATIONS, *tokens.OPERATIONS)
