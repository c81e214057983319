"""Rows as JSON, table by table: of a whole tenant, to be read elsewhere into the same rows, or of one member."""

from collections.abc import AsyncIterator, Sequence
from functools import cache
from uuid import UUID

import asyncpg

from guerdon.storage import queries
from guerdon.storage.queries import Connection, Query

sql = queries.load("portable")

LEFT_OUT = frozenset(
    {
        "schema_files", "audits", "audit_findings", "imports", "import_chunks", "import_members", "import_balances",
        "import_orders", "import_parts", "import_errors", "exports", "export_parts",
        "webhook_progress", "webhook_cursors", "webhook_events", "webhook_deliveries",
        "webhook_queues", "webhook_happenings", "standing_progress",
    }
)  # fmt: skip
"""What is of the database and not of a tenant, or only of the moment."""


class AlreadyThereError(Exception):
    """A row has a key that another row has."""


class UnfitError(Exception):
    """A row cannot be in a table as it is."""


@cache
def tables() -> dict[str, tuple[Query, Query]]:
    """By table, what reads its rows and what writes them; each comes after those that it refers to."""
    return {
        "tenants": (sql.of_tenants, sql.into_tenants),
        "chains": (sql.of_chains, sql.into_chains),
        "programs": (sql.of_programs, sql.into_programs),
        "tiers": (sql.of_tiers, sql.into_tiers),
        "channel_links": (sql.of_channel_links, sql.into_channel_links),
        "channel_profiles": (sql.of_channel_profiles, sql.into_channel_profiles),
        "pools": (sql.of_pools, sql.into_pools),
        "rewards": (sql.of_rewards, sql.into_rewards),
        "credentials": (sql.of_credentials, sql.into_credentials),
        "tokens": (sql.of_tokens, sql.into_tokens),
        "members": (sql.of_members, sql.into_members),
        "identifiers": (sql.of_identifiers, sql.into_identifiers),
        "member_metadata": (sql.of_member_metadata, sql.into_member_metadata),
        "recognitions": (sql.of_recognitions, sql.into_recognitions),
        "memberships": (sql.of_memberships, sql.into_memberships),
        "accounts": (sql.of_accounts, sql.into_accounts),
        "entries": (sql.of_entries, sql.into_entries),
        "touched_lots": (sql.of_touched_lots, sql.into_touched_lots),
        "consumptions": (sql.of_consumptions, sql.into_consumptions),
        "holds": (sql.of_holds, sql.into_holds),
        "pending_earns": (sql.of_pending_earns, sql.into_pending_earns),
        "ledger_keys": (sql.of_ledger_keys, sql.into_ledger_keys),
        "orders": (sql.of_orders, sql.into_orders),
        "rule_sets": (sql.of_rule_sets, sql.into_rule_sets),
        "campaign_totals": (sql.of_campaign_totals, sql.into_campaign_totals),
        "earnings": (sql.of_earnings, sql.into_earnings),
        "order_returns": (sql.of_order_returns, sql.into_order_returns),
        "referrals": (sql.of_referrals, sql.into_referrals),
        "redemptions": (sql.of_redemptions, sql.into_redemptions),
        "pool_codes": (sql.of_pool_codes, sql.into_pool_codes),
        "answers": (sql.of_answers, sql.into_answers),
        "changes": (sql.of_changes, sql.into_changes),
        "merges": (sql.of_merges, sql.into_merges),
        "merged_identifiers": (sql.of_merged_identifiers, sql.into_merged_identifiers),
        "merged_memberships": (sql.of_merged_memberships, sql.into_merged_memberships),
        "tier_moves": (sql.of_tier_moves, sql.into_tier_moves),
        "standings": (sql.of_standings, sql.into_standings),
        "webhook_endpoints": (sql.of_webhook_endpoints, sql.into_webhook_endpoints),
        "webhook_members": (sql.of_webhook_members, sql.into_webhook_members),
        "webhook_holds": (sql.of_webhook_holds, sql.into_webhook_holds),
    }


@cache
def of_member() -> dict[str, Query]:
    """By table, what reads what is kept of one member."""
    return {name: read for name, (read, _) in tables().items()} | {
        "answers": sql.answers_about,
        "webhook_events": sql.events_about,
    }


async def rows(
    connection: Connection, table: str, tenant_id: UUID, member_id: UUID | None = None
) -> AsyncIterator[str]:
    """The rows of a table that are a tenant's, or one member's, as JSON; in a transaction."""
    read = of_member()[table] if member_id else tables()[table][0]
    async for row in read.each(connection, tenant_id=tenant_id, member_id=member_id):
        yield row["row"]


async def write(connection: Connection, table: str, given: Sequence[str]) -> None:
    """Writes rows as they were.

    Raises:
        AlreadyThereError: a row of another tenant, or of an earlier copy, is in the way.
        UnfitError: a row is none of the table, or refers to one that is not there.
    """
    try:
        await tables()[table][1].run(connection, rows=list(given))
    except asyncpg.UniqueViolationError as error:
        raise AlreadyThereError(f"{table}: {error.detail}") from error
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
        raise UnfitError(f"{table}: {error.detail or error}") from error
