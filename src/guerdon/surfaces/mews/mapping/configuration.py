"""A chain as the one property that Mews' clients look for; pure."""

from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.programs import Chain
from guerdon.surfaces.mews.mapping import spelled_instant
from guerdon.surfaces.mews.wire import configuration as wire
from guerdon.web.failures import InvalidField


def to_enterprise(caller: Caller, enterprise_id: UUID | None, chains: frozenset[UUID]) -> UUID:
    """The chain that is asked about: the caller's own, or the one that a portfolio token names.

    Raises:
        InvalidField: a portfolio token names none that it may see.
    """
    if caller.chain_id is not None:
        return caller.chain_id
    if enterprise_id not in chains or enterprise_id is None:
        raise InvalidField("EnterpriseId", "not an enterprise within scope", missing=enterprise_id is None)
    return enterprise_id


def from_chain(chain: Chain, now: datetime) -> wire.Configuration:
    """A chain as a property; which currencies it takes is not known here."""
    enterprise = wire.Enterprise(
        id=chain.id,
        chain_id=chain.id,
        chain_name=chain.name,
        name=chain.name,
        time_zone_identifier=chain.time_zone,
        currencies=[],
    )
    return wire.Configuration(now_utc=spelled_instant(now), enterprise=enterprise)
