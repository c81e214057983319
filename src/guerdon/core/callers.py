"""Who is asking: the tenant, the surface and the credential that every answer and entry is bound to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

OPERATOR = UUID(int=1)
"""In the place of a credential: whoever runs the server, by its API."""

COMMAND_LINE = UUID(int=2)
"""In the place of a credential: whoever runs the server, by its commands."""

ACTORS = {OPERATOR: "operator", COMMAND_LINE: "cli"}
"""What people call those that have no credential."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller.

    Attributes:
        tenant_id: everything the caller may see belongs to it.
        surface: the surface that let the caller in, such as `native`.
        credential_id: written on every entry the caller causes.
        chain_id: the chain that the credential is bound to, where the vendor has chains.
        scopes: what the credential may do, in the words of its surface.
        program_ids: the programs that it may see and change; None is all of them.
    """

    tenant_id: UUID
    surface: str
    credential_id: UUID
    chain_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    program_ids: frozenset[UUID] | None = None

    def may(self, program_id: UUID | None) -> bool:
        """Whether the caller may see and change what belongs to a program; None: to none."""
        return self.program_ids is None or program_id in self.program_ids

    def seen(self, wanted: Sequence[UUID] | None) -> Sequence[UUID] | None:
        """Those of the programs that are wanted (None: all) that the caller may see; None is all of them."""
        if self.program_ids is None:
            return wanted
        return sorted(self.program_ids if wanted is None else self.program_ids.intersection(wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A credential as its merchant sees it: never with its secret.

    Attributes:
        label: what people call it.
        hint: the end of the secret, to tell keys apart; None for one that was there before keys were.
        is_test: it is for the tenant to try things in.
        last_used_at: to within a minute.
    """

    id: UUID
    label: str
    scopes: frozenset[str]
    created_at: datetime
    is_test: bool = False
    hint: str | None = None
    program_ids: frozenset[UUID] | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
