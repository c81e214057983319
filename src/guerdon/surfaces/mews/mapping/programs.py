"""Mews' words to programs and tiers to make, change and find, and these to its words; pure."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from guerdon.core.catalogue import CatalogueFilter, NewProgram, NewTier, ProgramChange, TierChange
from guerdon.core.programs import Program, Tier
from guerdon.surfaces.mews.mapping import in_scope, interval, states
from guerdon.surfaces.mews.wire import programs as wire
from guerdon.web.operations import Request

TYPE, SUBSCRIPTION = "Type", "Subscription"
"""What Mews alone knows of a program."""


def to_programs_filter(body: wire.ProgramsGetAllRequest, chains: frozenset[UUID], request: Request) -> CatalogueFilter:
    """Which programs are wanted; active ones unless asked otherwise.

    Raises:
        InvalidField: an interval is none.
    """
    active, deleted = states(body.activity_states, request)
    return CatalogueFilter(
        chain_ids=in_scope(body.chain_ids, chains),
        ids=body.loyalty_program_ids,
        codes=body.codes,
        active=active,
        deleted=deleted,
        created=interval("CreatedUtc", body.created_utc),
        updated=interval("UpdatedUtc", body.updated_utc),
    )


def to_program(program_id: UUID, item: wire.LoyaltyProgramParameters) -> NewProgram:
    """A program to add, under an id of ours."""
    details = {TYPE: item.type.value, SUBSCRIPTION: item.subscription.value}
    return NewProgram(id=program_id, code=item.code, name=item.name, details=details)


def to_program_change(update: wire.LoyaltyProgramUpdateParameters) -> ProgramChange:
    """What is to change of a program."""
    details: dict[str, Any] = {}
    if update.type is not None:
        details[TYPE] = update.type.value.value
    if update.subscription is not None:
        details[SUBSCRIPTION] = update.subscription.value.value
    return ProgramChange(
        id=update.loyalty_program_id, name=None if update.name is None else update.name.value, details=details
    )


def from_programs(surface: str, programs: Sequence[Program]) -> wire.LoyaltyProgramResult:
    """Programs that were written, in their order."""
    return wire.LoyaltyProgramResult([_from_program(surface, program) for program in programs])


def from_programs_page(surface: str, programs: Sequence[Program]) -> wire.LoyaltyProgramPage:
    """A page of programs, with the id of the last one."""
    spelled = from_programs(surface, programs).loyalty_programs
    return wire.LoyaltyProgramPage(spelled, spelled[-1].id if spelled else None)


def _from_program(surface: str, program: Program) -> wire.LoyaltyProgram:
    """A program that was made elsewhere is of unknown type, and free."""
    known = program.details.get(surface, {})
    return wire.LoyaltyProgram(
        id=program.id,
        chain_id=program.chain_id,
        name=program.name,
        code=program.code,
        type=wire.LoyaltyProgramType(known.get(TYPE, "Unknown")),
        subscription=wire.LoyaltyProgramSubscription(known.get(SUBSCRIPTION, "Free")),
    )


def to_tiers_filter(body: wire.TiersGetAllRequest, chains: frozenset[UUID], request: Request) -> CatalogueFilter:
    """Which tiers are wanted; active ones unless asked otherwise.

    Raises:
        InvalidField: the interval is none.
    """
    active, deleted = states(body.activity_states, request)
    return CatalogueFilter(
        chain_ids=in_scope(body.chain_ids, chains),
        program_ids=body.loyalty_program_ids,
        ids=body.loyalty_tier_ids,
        active=active,
        deleted=deleted,
        updated=interval("UpdatedUtc", body.updated_utc),
    )


def to_tier(tier_id: UUID, item: wire.LoyaltyTierParameters) -> NewTier:
    """A tier to add, under an id of ours; no points lead to it."""
    return NewTier(
        id=tier_id, program_id=item.loyalty_program_id, code=item.code, name=item.name, ordering=item.ordering
    )


def to_tier_change(update: wire.LoyaltyTierUpdateParameters) -> TierChange:
    """What is to change of a tier."""
    return TierChange(
        id=update.loyalty_tier_id,
        name=None if update.name is None else update.name.value,
        code=None if update.code is None else update.code.value,
        ordering=None if update.ordering is None else update.ordering.value,
    )


def from_tiers(tiers: Sequence[Tier]) -> wire.LoyaltyTierResult:
    """Tiers that were written, in their order."""
    return wire.LoyaltyTierResult([_from_tier(tier) for tier in tiers])


def from_tiers_page(tiers: Sequence[Tier]) -> wire.LoyaltyTierPage:
    """A page of tiers, with the id of the last one."""
    spelled = from_tiers(tiers).loyalty_tiers
    return wire.LoyaltyTierPage(spelled, spelled[-1].id if spelled else None)


def _from_tier(tier: Tier) -> wire.LoyaltyTier:
    return wire.LoyaltyTier(
        id=tier.id, loyalty_program_id=tier.program_id, name=tier.name, code=tier.code, ordering=tier.ordering
    )
