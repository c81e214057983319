"""Enrols many customers of the demo tenant at once, straight into the tables."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat

from bench.loads import customer
from guerdon.core.buckets import bucket_of
from guerdon.core.members import NUMBER
from guerdon.demo import tenant
from guerdon.demo.tenant import CUSTOMER_NAMESPACE, DEMO, id_of
from guerdon.engine import Engine

AT_ONCE = 20_000
FIRST_NUMBER = 100_000_000_000
"""Public numbers longer than those that the server draws, so that none is taken."""


async def found(database_url: str) -> None:
    """Founds the demo tenant, in a database that has the newest schema."""
    async with Engine.running(database_url, connections=1) as engine:
        await tenant.seed(engine)


async def seed(database_url: str, customers: int) -> None:
    """Enrols customers 0 to `customers` in the demo tenant's program, and lets the planner know of them."""
    connection = await asyncpg.connect(database_url)
    try:
        tenant_id = id_of(DEMO, "tenant")
        for start in range(0, customers + 1, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, customers + 1))
            async with connection.transaction():
                await _enrol(connection, tenant_id, numbers)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _enrol(connection: "asyncpg.Connection[asyncpg.Record]", tenant_id: UUID, numbers: Sequence[int]) -> None:
    now = datetime.now(UTC)
    chain_id, program_id = id_of(DEMO, "chain"), id_of(DEMO, "program")
    last_serial: int = await connection.fetchval(
        "UPDATE tenants SET last_serial = last_serial + $2 WHERE id = $1 RETURNING last_serial",
        tenant_id,
        len(numbers),
    )
    first_serial = last_serial - len(numbers) + 1
    people = [(n, uuid_utils.compat.uuid7(), uuid_utils.compat.uuid7()) for n in numbers]
    await _copy(
        connection,
        "members",
        ("id", "tenant_id", "serial", "profile", "created_at"),
        ((member, tenant_id, serial, "{}", now) for serial, (_, member, _) in enumerate(people, first_serial)),
    )
    await _copy(
        connection,
        "identifiers",
        ("tenant_id", "namespace", "canonical", "value", "member_id"),
        (
            (tenant_id, namespace, value, value, member)
            for n, member, _ in people
            for namespace, value in ((CUSTOMER_NAMESPACE, customer(n)), (NUMBER, str(FIRST_NUMBER + n)))
        ),
    )
    await _copy(
        connection,
        "accounts",
        ("id", "bucket", "tenant_id", "program_id", "opened_at"),
        ((account, bucket_of(account), tenant_id, program_id, now) for _, _, account in people),
    )
    await _copy(
        connection,
        "memberships",
        (
            "id", "tenant_id", "chain_id", "member_id", "program_id", "account_id", "bucket", "number",
            "state", "is_primary", "created_at", "updated_at",
        ),
        (
            (
                uuid_utils.compat.uuid7(), tenant_id, chain_id, member, program_id, account, bucket_of(account),
                str(FIRST_NUMBER + n), "enrolled", True, now, now,
            )
            for n, member, account in people
        ),
    )  # fmt: skip


async def _copy(
    connection: "asyncpg.Connection[asyncpg.Record]",
    table: str,
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    await connection.copy_records_to_table(table, records=rows, columns=columns)
