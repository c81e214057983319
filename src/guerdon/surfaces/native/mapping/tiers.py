"""What is said of a tier, and tiers as the native API shows them; pure."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UnsetType

from guerdon.core import programs
from guerdon.core.points import ZERO
from guerdon.core.tiers import Moved, Place
from guerdon.surfaces.native.mapping import at_least_zero, shown
from guerdon.surfaces.native.wire import tiers as wire


def to_tier(body: wire.NewTier, program_id: UUID, tier_id: UUID) -> programs.Tier:
    """A tier to be made.

    Raises:
        InvalidField, PointsOutOfRange: the threshold cannot be.
    """
    return programs.Tier(
        id=tier_id,
        program_id=program_id,
        code=body.code,
        name=body.name,
        description=body.description,
        media_url=body.media_url,
        media_type="image" if body.media_url else None,
        min_lifetime=at_least_zero("threshold", body.threshold),
        max_lifetime=None,
        ordering=body.ordering,
        by_hand=body.by_hand,
    )


def to_changed(body: wire.TierChange, before: programs.Tier) -> programs.Tier:
    """A tier as it is from now on.

    Raises:
        InvalidField, PointsOutOfRange: the threshold cannot be.
    """
    said: dict[str, Any] = {
        name: value for name, value in msgspec.structs.asdict(body).items() if not isinstance(value, UnsetType)
    }
    if "threshold" in said:
        said["min_lifetime"] = at_least_zero("threshold", said.pop("threshold"))
    if said.get("media_url"):
        said["media_type"] = "image"
    return replace(before, **said)


def from_place(found: Place) -> wire.Standing:
    """Where a member stands."""
    above = found.next_tier
    keeping = None
    if found.keeping is not None and found.until is not None:
        keeping = wire.Keeping(shown(found.keeping), found.until, found.is_warned)
    return wire.Standing(
        tier=from_tier(found.tier) if found.tier else None,
        until=found.until,
        counted=shown(found.counted),
        next=wire.Next(from_tier(above), shown(found.missing or ZERO), found.by) if above else None,
        keeping=keeping,
        history=[
            wire.Move(
                step.at, step.what.value, step.tier.id if step.tier else None, step.tier.code if step.tier else None
            )
            for step in found.steps
        ],
    )


def from_move(found: Moved) -> wire.TierMove:
    """A move that was noticed."""
    return wire.TierMove(
        id=found.id,
        noticed_at=found.noticed_at,
        move="up" if found.move == "up" else "down",
        from_tier_id=found.from_id,
        from_tier=found.from_code,
        to_tier_id=found.to_id,
        to_tier=found.to_code,
    )


def from_tier(tier: programs.Tier) -> wire.Tier:
    """A tier as it stands."""
    return wire.Tier(
        id=tier.id,
        program_id=tier.program_id,
        code=tier.code,
        name=tier.name,
        description=tier.description,
        media_url=tier.media_url,
        threshold=shown(tier.min_lifetime),
        ordering=tier.ordering,
        by_hand=tier.by_hand,
    )
