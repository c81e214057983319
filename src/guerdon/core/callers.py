"""Who is asking: the tenant, the surface and the credential that every answer and entry is bound to."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller.

    Attributes:
        tenant_id: everything the caller may see belongs to it.
        surface: the surface that let the caller in, such as `native`.
        credential_id: written on every entry the caller causes.
        chain_id: the chain that the credential is bound to, where the vendor has chains.
        scopes: what the credential may do, in the words of its surface.
    """

    tenant_id: UUID
    surface: str
    credential_id: UUID
    chain_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
