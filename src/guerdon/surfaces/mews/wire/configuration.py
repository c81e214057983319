"""Mews' configuration of a property as it crosses the wire."""

from uuid import UUID

from msgspec import Struct

from guerdon.surfaces.mews.wire import Credentials


class ConfigurationRequest(Credentials, rename="pascal", kw_only=True):
    """`configuration/get`; `EnterpriseId` counts for portfolio tokens only."""

    enterprise_id: UUID | None = None


class AcceptedCurrency(Struct, rename="pascal", kw_only=True):
    """A currency that a property takes."""

    currency: str
    is_default: bool
    is_enabled: bool


class Enterprise(Struct, rename="pascal", kw_only=True):
    """A property; each chain is shown as one, under the chain's own id."""

    id: UUID
    chain_id: UUID
    chain_name: str
    name: str
    time_zone_identifier: str
    default_language_code: str = "en-US"
    currencies: list[AcceptedCurrency]


class Configuration(Struct, rename="pascal", kw_only=True):
    """The moment, and the property that is connected."""

    now_utc: str
    enterprise: Enterprise
