"""An account's books as they are read: what is projected from them is what settling then does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from guerdon.core.audits import told
from guerdon.core.books import total
from guerdon.core.expiries import lapses_at
from guerdon.core.programs import Expiry, ExpiryKind, Program
from guerdon.core.projections import Step, What, project
from guerdon.storage import audits, books, ledger
from guerdon.storage.books import Owner
from histories import Histories, plans, programs


@pytest.fixture(scope="module")
def histories(dsn: str) -> Iterator[Histories]:
    """A connection for this module."""
    opened = Histories(dsn)
    yield opened
    opened.close()


lenient = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def settled(histories: Histories, owner: Owner, at: datetime) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """The figures of an account and the lapses and activations written, once it has been settled at a moment."""
    connection = histories.connection
    before = await connection.fetchval("SELECT version FROM accounts WHERE id = $1", owner.account_id)
    await ledger.settle(connection, [owner.account_id], at)
    figures = dict(
        await connection.fetchrow(
            "SELECT posted, held, pending, lifetime, overdue FROM accounts WHERE id = $1", owner.account_id
        )
    )
    entries = await connection.fetch(
        "SELECT kind, effective_at, abs(points) FROM entries WHERE account_id = $1 AND version > $2 ORDER BY version",
        owner.account_id,
        before,
    )
    return figures, [tuple(row) for row in entries]


def written(steps: tuple[Step, ...]) -> list[tuple[str, datetime, Decimal]]:
    """What entries these steps become."""
    kinds = {What.LAPSE: "expire", What.ACTIVATION: "earn"}
    return [(kinds[step.what], step.at, step.points) for step in steps if step.what in kinds]


@given(program=programs(), plan=plans(), ahead=st.lists(st.integers(0, 260), min_size=1, max_size=4, unique=True))
@lenient
def test_what_is_projected_is_what_settling_does(
    histories: Histories, program: Program, plan: list[dict[str, Any]], ahead: list[int]
) -> None:
    """At any moment, in one go or on the way; and no audit finds anything, before or after."""

    async def work() -> None:
        owners, now = await histories.live(program, plan)
        for owner in owners:
            full = await books.read(histories.connection, owner, open_only=False)
            read = await books.read(histories.connection, owner, open_only=True)
            for quarters in sorted(ahead):
                at = now + timedelta(hours=6 * quarters)
                projected = project(read, at)
                assert project(full, at) == projected
                async with histories.connection.transaction():
                    figures, entries = await settled(histories, owner, at)
                    # As it was when the account was last looked at: a capture in part may have taken some of it since.
                    assert figures.pop("overdue") >= (projected.waiting or 0)
                    assert figures == {
                        "posted": projected.posted,
                        "held": projected.held,
                        "pending": projected.pending,
                        "lifetime": projected.lifetime,
                    }
                    assert entries == written(projected.steps)
                    found = (await audits.look_at(histories.connection, [owner.account_id], at))[1]
                    assert told(found) == []
                full = read = await books.read(histories.connection, owner, open_only=True)

    histories.undone(work)


@given(program=programs(), plan=plans())
@lenient
def test_the_books_say_what_the_account_says(
    histories: Histories, program: Program, plan: list[dict[str, Any]]
) -> None:
    """Its figures are the sums of the rows."""

    async def work() -> None:
        owners, _ = await histories.live(program, plan)
        for owner in owners:
            read = await books.read(histories.connection, owner, open_only=False)
            assert read.posted == total(entry.points for entry in read.entries)
            assert read.held == total(hold.remaining for hold in read.holds)
            assert read.pending == total(promise.remaining for promise in read.promises)
            assert max(read.posted, Decimal(0)) == total(lot.remaining for lot in read.lots)

    histories.undone(work)


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe")
counted = st.builds(
    Expiry,
    kind=st.just(ExpiryKind.ROLLING),
    count=st.integers(1, 40),
    unit=st.sampled_from(["day", "month", "year"]),
    round_to=st.sampled_from([None, "month", "quarter", "year"]),
    time_zone=st.sampled_from(ZONES),
)
dated = st.builds(
    Expiry,
    kind=st.just(ExpiryKind.FIXED),
    dates=st.lists(st.sampled_from(["01-01", "02-28", "06-30", "12-31"]), min_size=1, max_size=3).map(tuple),
    time_zone=st.sampled_from(ZONES),
)


@given(expiry=counted | dated, at=st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
@example(
    Expiry(kind=ExpiryKind.ROLLING, count=1, unit="day", time_zone="America/Havana"),
    datetime(2015, 10, 30, 9, tzinfo=UTC),
)
@example(
    Expiry(kind=ExpiryKind.ROLLING, count=1, unit="day", time_zone="America/Havana"),
    datetime(2016, 3, 11, 9, tzinfo=UTC),
)
@example(
    Expiry(kind=ExpiryKind.ROLLING, count=1, unit="day", time_zone="Asia/Beirut"), datetime(2015, 10, 23, 9, tzinfo=UTC)
)
@example(
    Expiry(kind=ExpiryKind.ROLLING, count=1, unit="day", time_zone="Asia/Beirut"), datetime(2016, 3, 25, 9, tzinfo=UTC)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_points_lapse_when_the_database_says(histories: Histories, expiry: Expiry, at: datetime) -> None:
    """To the moment, in zones whose clocks change at midnight too."""
    found = histories.runner.run(
        histories.connection.fetchval(
            "SELECT ledger_lapse_at($1, $2, $3, $4, $5, $6)",
            expiry.count,
            expiry.unit,
            expiry.round_to,
            list(expiry.dates) or None,
            expiry.time_zone,
            at,
        )
    )
    assert lapses_at(expiry, at) == found
