"""A merchant of a test's own, with several programs in two chains, and what members have there."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.members import Profile
from guerdon.core.memberships import Membership
from guerdon.core.programs import Program, Tier
from guerdon.engine import Engine, enrolling, joining, reading
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.founding import Founding, found
from guerdon.engine.joining import Change, Joining
from guerdon.storage import tenants


def program(chain_id: UUID, code: str) -> Program:
    """A program with no rules to speak of."""
    return Program(
        id=uuid.uuid4(),
        chain_id=chain_id,
        code=code,
        name=f"Program {code}",
        earning_descriptions=(),
        redemption_descriptions=(),
        points_per_unit=None,
        allow_negative=False,
    )


def tier(program_id: UUID) -> Tier:
    """The only step of a program's ladder."""
    return Tier(
        id=uuid.uuid4(),
        program_id=program_id,
        code="T",
        name="Tier",
        description=None,
        media_url=None,
        media_type=None,
        min_lifetime=Decimal(0),
        max_lifetime=None,
        ordering=1,
    )


@dataclass(frozen=True)
class Merchant:
    """A tenant with programs A, B and C in the caller's chain, and program X in another, each with a tier."""

    engine: Engine
    caller: Caller
    elsewhere: Caller
    programs: dict[str, UUID]
    tiers: dict[str, UUID]

    async def member(self) -> UUID:
        """Somebody new, without a membership."""
        ask = Enrolment(caller=self.caller, at=NOW, profile=Profile(), namespace="test")
        return (await enrolling.register(self.engine, ask)).id

    def item(self, member_id: UUID, code: str = "A", **more: Any) -> Joining:
        """A membership to add."""
        facts = {"is_primary": False, **more}
        return Joining(member_id=member_id, program_id=self.programs[code], **facts)

    async def add(self, *items: Joining) -> list[Membership]:
        """Adds, which must work."""
        return await joining.add(self.engine, self.caller, NOW, items)

    async def update(self, *changes: Change) -> list[Membership]:
        """Changes, which must work."""
        return await joining.update(self.engine, self.caller, NOW, changes)

    async def kept(self, member_id: UUID) -> list[Membership]:
        """The member's memberships."""
        return await reading.memberships_of(self.engine, self.caller, member_id)


async def open_merchant(engine: Engine) -> Merchant:
    """Founds a tenant that no other test knows."""
    tenant_id, chain_id, other_chain_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    inside = [program(chain_id, code) for code in "ABC"]
    outside = program(other_chain_id, "X")
    steps = [tier(each.id) for each in (*inside, outside)]
    founding = Founding(
        tenant_id=tenant_id,
        slug=tenant_id.hex,
        name="Merchant",
        chain_id=chain_id,
        programs=inside,
        tiers=steps[:-1],
    )
    assert await found(engine, founding)
    async with engine.database.transaction() as connection:
        await tenants.insert_chain(connection, tenant_id, other_chain_id, "Other chain")
        await tenants.insert_program(connection, tenant_id, outside, is_default=False, now=NOW)
        await tenants.insert_tier(connection, steps[-1])
    return Merchant(
        engine,
        Caller(tenant_id, "test", uuid.uuid4(), chain_id),
        Caller(tenant_id, "test", uuid.uuid4(), other_chain_id),
        {each.code: each.id for each in (*inside, outside)},
        {each.code: step.id for each, step in zip((*inside, outside), steps, strict=True)},
    )
