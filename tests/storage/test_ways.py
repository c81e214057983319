"""What the ways for ordinary earns, holds and captures write is what the way for everything writes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from operator import le
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guerdon.core.commands import Capture, Command, Earn, Hold, Void
from ledger_model.model import outcome_of
from ledger_model.plans import Facts, clock_steps, facts, rules
from storage.comparing import Bench, Books, tables_of

Batch = tuple[datetime, Sequence[Command]]

WAYS = ("ledger_earn", "ledger_hold", "ledger_capture")
KEYS = "SELECT * FROM ledger_keys WHERE account_id = ANY ($1) ORDER BY key"

plans = st.lists(
    st.tuples(
        clock_steps,
        st.lists(
            st.tuples(facts((Earn, Hold, Hold, Hold, Capture, Capture, Void)), st.booleans()), min_size=1, max_size=8
        ),
    ),
    min_size=2,
    max_size=6,
)


@contextmanager
def undone(bench: Bench) -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    transaction: Any = bench.connection.transaction()
    bench.run(transaction.start())
    try:
        yield
    finally:
        bench.run(transaction.rollback())


def without(bench: Bench, way: str) -> None:
    """From now on, until it is undone, a way finds nothing ordinary."""
    ((definition,),) = bench.fetch("SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.proname = $1", way)
    head = definition[: definition.index("AS $function$")]
    bench.run(bench.connection.execute(f"{head} AS $function$ BEGIN RETURN NULL; END $function$"))


def written(bench: Bench, accounts: Sequence[UUID]) -> dict[str, list[Any]]:
    """Every row of the accounts, whole but for the moment at which it is to be looked at again: see `looked_at`."""
    rows = bench.run(tables_of(bench.connection, accounts))
    rows["keys"] = bench.fetch(KEYS, accounts)
    found = {table: [dict(row) for row in of] for table, of in rows.items()}
    for account in found["accounts"]:
        del account["due_at"]
    return {table: sorted(of, key=repr) for table, of in found.items()}


def looked_at(bench: Bench, accounts: Sequence[UUID]) -> list[float]:
    """When each account is to be looked at again; a way may say too early, never too late."""
    rows = bench.fetch(
        "SELECT extract(epoch FROM coalesce(due_at, 'infinity')) FROM accounts WHERE id = ANY ($1) ORDER BY id",
        accounts,
    )
    return [float(row[0]) for row in rows]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(first=rules(), second=rules(), plan=plans)
def test_every_way_writes_the_same_rows(
    bench: Bench, first: Facts, second: Facts, plan: list[tuple[timedelta, list[tuple[Facts, bool]]]]
) -> None:
    """Down to the figures that only the ledger itself reads."""
    books = Books(bench, first, second)
    batches: list[Batch] = []
    keys = iter(range(1000))
    with undone(bench):
        for step, drawn in plan:
            books.now += step
            keyed = [(each, f"key {next(keys)}" if has_key else None) for each, has_key in drawn]
            batches.append((books.now, books.post(keyed)))
        found, moments = written(bench, books.accounts), looked_at(bench, books.accounts)
    with undone(bench):
        for way in WAYS:
            without(bench, way)
        for now, commands in batches:
            bench.post(commands, now)
        assert written(bench, books.accounts) == found
        assert all(map(le, moments, looked_at(bench, books.accounts)))


@pytest.mark.parametrize("points", [None, Decimal(3)], ids=["whole", "in_part"])
def test_ordinary_captures_go_their_own_way(bench: Bench, points: Decimal | None) -> None:
    """The way for everything takes from lots in a function of its own, which is not called."""
    books = Books(bench, {}, {})
    caller, account, hold = books.caller, books.accounts[0], UUID(int=1)
    bench.post([Earn(caller=caller, account_id=account, at=books.now, points=Decimal(10))])
    bench.post([Hold(caller=caller, account_id=account, at=books.now, points=Decimal(5), hold_id=hold)])
    capture = Capture(caller=caller, account_id=account, at=books.now, hold_id=hold, points=points)
    called = "SELECT coalesce(pg_stat_get_xact_function_calls(oid), 0) AS n FROM pg_proc WHERE proname = 'ledger_take'"
    for way, calls in ((None, 0), ("ledger_capture", 1)):
        with undone(bench):
            bench.run(bench.connection.execute("SET LOCAL track_functions = 'all'"))
            if way:
                without(bench, way)
            before = bench.fetch(called)[0]["n"]
            (answer,) = bench.post([capture])
            assert outcome_of(answer).refusal is None
            assert bench.fetch(called)[0]["n"] == before + calls


@pytest.mark.parametrize("way", ["ledger_find", *WAYS, "ledger_post"])
def test_what_every_batch_goes_through_keeps_one_plan(bench: Bench, way: str) -> None:
    """One by index, whatever was there when it was made: else each batch is planned, or a table read whole for good."""
    ((said,),) = bench.fetch("SELECT proconfig FROM pg_proc WHERE proname = $1", way)
    assert {"plan_cache_mode=force_generic_plan", "enable_seqscan=off"} <= set(said or ())
