"""What is said of a program, and programs as the native API shows them; pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, UnsetType

from guerdon.core import programs
from guerdon.core.catalogue import CatalogueFilter
from guerdon.core.programs import Basis, Downgrade, ExpiryKind, ReturnPolicy, Window
from guerdon.surfaces.native.mapping import at_least_zero, shown
from guerdon.surfaces.native.mapping.tiers import from_tier
from guerdon.surfaces.native.wire import programs as wire
from guerdon.web.failures import InvalidField

_ZONES = {name for name in available_timezones() if "/" in name or name == "UTC"}


def to_filter(query: wire.ProgramsQuery, chain_ids: Sequence[UUID]) -> CatalogueFilter:
    """Which programs are wanted."""
    codes = None if isinstance(query.code, UnsetType) else [query.code]
    return CatalogueFilter(chain_ids=list(chain_ids), codes=codes)


def to_program(body: wire.NewProgram, chain_id: UUID, program_id: UUID) -> programs.Program:
    """A program to be made.

    Raises:
        InvalidField, PointsOutOfRange: a rate, or when points lapse, cannot be.
    """
    return programs.Program(
        id=program_id,
        chain_id=chain_id,
        code=body.code,
        name=body.name,
        earning_descriptions=tuple(body.earning_descriptions),
        redemption_descriptions=tuple(body.redemption_descriptions),
        points_per_unit=_price(body.points_per_unit),
        allow_negative=body.allow_negative,
        expiry=_to_expiry(body.expiry),
        return_policy=ReturnPolicy(body.return_policy),
        return_grace_days=body.return_grace_days,
        earning_rate=at_least_zero("earning_rate", body.earning_rate),
        qualifying=_to_qualifying(body.qualifying, body.expiry.time_zone),
    )


def to_changed(body: wire.ProgramChange, before: programs.Program) -> programs.Program:
    """A program as it is from now on.

    Raises:
        InvalidField, PointsOutOfRange: as for `to_program`.
    """
    said: dict[str, Any] = {
        name: value for name, value in msgspec.structs.asdict(body).items() if not isinstance(value, UnsetType)
    }
    for name, read in _READ.items():
        if name in said:
            said[name] = read(said[name])
    after = replace(before, **{**said, "qualifying": before.qualifying})
    zone = after.expiry.time_zone
    if "qualifying" in said:
        return replace(after, qualifying=_to_qualifying(said["qualifying"], zone))
    return replace(after, qualifying=replace(before.qualifying, time_zone=zone))


def _price(rate: Any) -> Any:
    if rate is None:
        return None
    price = at_least_zero("points_per_unit", rate)
    if not price:
        raise InvalidField("points_per_unit", "must be above zero, or null")
    return price


def _to_expiry(expiry: wire.Expiry) -> programs.Expiry:
    if expiry.time_zone not in _ZONES:
        raise InvalidField("time_zone", "must be an IANA name", path=("expiry",))
    said = msgspec.structs.asdict(expiry)
    try:
        return programs.Expiry(**{**said, "kind": ExpiryKind(expiry.kind), "dates": tuple(expiry.dates)})
    except ValueError as error:
        raise InvalidField("expiry", str(error)) from None


def _to_qualifying(rules: wire.Qualifying, time_zone: str) -> programs.Qualifying:
    said = msgspec.structs.asdict(rules)
    kinds = {"basis": Basis(rules.basis), "window": Window(rules.window), "downgrade": Downgrade(rules.downgrade)}
    try:
        return programs.Qualifying(**{**said, **kinds, "time_zone": time_zone})
    except ValueError as error:
        raise InvalidField("qualifying", str(error)) from None


_READ: dict[str, Callable[[Any], Any]] = {
    "earning_descriptions": tuple,
    "redemption_descriptions": tuple,
    "points_per_unit": _price,
    "earning_rate": lambda rate: at_least_zero("earning_rate", rate),
    "expiry": _to_expiry,
    "return_policy": ReturnPolicy,
}


def from_program(program: programs.Program, ladder: Sequence[programs.Tier] | None = None) -> wire.Program:
    """A program as it stands, with its ladder where it was asked for."""
    expiry, rules = program.expiry, program.qualifying
    return wire.Program(
        id=program.id,
        chain_id=program.chain_id,
        code=program.code,
        name=program.name,
        earning_descriptions=list(program.earning_descriptions),
        redemption_descriptions=list(program.redemption_descriptions),
        points_per_unit=program.points_per_unit,
        allow_negative=program.allow_negative,
        earning_rate=shown(program.earning_rate),
        expiry=wire.Expiry(
            kind=expiry.kind.value,
            count=expiry.count,
            unit=expiry.unit,  # type: ignore[arg-type]
            round_to=expiry.round_to,  # type: ignore[arg-type]
            dates=list(expiry.dates),
            time_zone=expiry.time_zone,
        ),
        qualifying=wire.Qualifying(
            basis=rules.basis.value,
            window=rules.window.value,
            count=rules.count,
            unit=rules.unit,  # type: ignore[arg-type]
            downgrade=rules.downgrade.value,
            grace_days=rules.grace_days,
            notice_days=rules.notice_days,
        ),
        return_policy=program.return_policy.value,
        return_grace_days=program.return_grace_days,
        tiers=UNSET if ladder is None else [from_tier(tier) for tier in ladder if tier.program_id == program.id],
    )
