"""What is said of a tenant, and tenants as the native API shows them; pure."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from msgspec import structs

from guerdon.core import tenants
from guerdon.core.callers import Caller
from guerdon.core.programs import Program
from guerdon.core.refusals import TenantNotFound
from guerdon.engine.keying import Granting
from guerdon.surfaces.native.mapping import id_of, moments, programs
from guerdon.surfaces.native.wire import tenants as wire
from guerdon.surfaces.native.wire.keys import MadeApiKey
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

EVERYTHING = frozenset({"admin"})


def tenant_of(call: Call[Any]) -> UUID:
    """The tenant in the path.

    Raises:
        TenantNotFound: it is no id.
    """
    return id_of(call, "tenant_id", TenantNotFound)


def to_tenant(call: Call[wire.NewTenant], tenant_id: UUID) -> tenants.Tenant:
    """A tenant to be made."""
    return tenants.Tenant(id=tenant_id, slug=call.body.slug, name=call.body.name, created_at=call.at)


def to_first_program(body: wire.NewTenant, chain_id: UUID, *, program_id: UUID) -> Program:
    """The first program of a tenant.

    Raises:
        InvalidField, PointsOutOfRange: as for any program.
    """
    try:
        return programs.to_program(body.program, chain_id, program_id)
    except InvalidField as wrong:
        raise replace(wrong, path=("program", *wrong.path)) from None


def to_first_key(call: Call[Any], tenant_id: UUID) -> Granting:
    """The first key to a tenant."""
    return _granting(call, tenant_id, "First")


def to_key(call: Call[wire.NewTenantKey]) -> Granting:
    """Another key to a tenant.

    Raises:
        InvalidField: it would have ended already.
    """
    expires_at = moments.planned("expires_at", call.body.expires_at)
    if expires_at is not None and expires_at <= call.at:
        raise InvalidField("expires_at", "must lie ahead")
    return _granting(call, tenant_of(call), call.body.name, expires_at)


def _granting(call: Call[Any], tenant_id: UUID, label: str, expires_at: Any = None) -> Granting:
    caller = Caller(tenant_id, call.caller.surface, call.caller.credential_id)
    return Granting(caller=caller, at=call.at, label=label, scopes=EVERYTHING, expires_at=expires_at)


def made(tenant: tenants.Tenant, key: MadeApiKey) -> wire.MadeTenant:
    """A new tenant with its first key."""
    return wire.MadeTenant(**structs.asdict(from_tenant(tenant)), api_key=key)


def from_tenant(tenant: tenants.Tenant) -> wire.Tenant:
    """A tenant as it stands."""
    return wire.Tenant(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        is_active=tenant.suspended_at is None,
        suspended_at=tenant.suspended_at,
        created_at=tenant.created_at,
    )
