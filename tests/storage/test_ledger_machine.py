"""PostgreSQL and the model side by side through whatever Hypothesis thinks of, compared after every step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from guerdon.core.commands import Command, HoldState
from guerdon.core.refusals import KeyReused
from guerdon.storage import ledger
from ledger_model.plans import Facts, clock_steps, facts, rules, which
from storage.comparing import Bench, Books

HOUR = timedelta(hours=1)


class LedgerMachine(RuleBasedStateMachine):
    """What tills, shops, jobs and the passing of time may do to four accounts."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.sent: list[Command] = []
        self.keys = 0

    @initialize(first=rules(), second=rules())
    def open(self, first: Facts, second: Facts) -> None:
        """Empty accounts of two programs."""
        self.books = Books(self.bench, first, second)

    def post(self, drawn: Sequence[tuple[Facts, bool]]) -> None:
        """Posts commands in one batch, some of them with a new key."""
        keyed: list[tuple[Facts, str | None]] = []
        for each, has_key in drawn:
            self.keys += 1
            keyed.append((each, f"key {self.keys}" if has_key else None))
        self.sent += [command for command in self.books.post(keyed) if command.key is not None]

    @rule(drawn=facts(), has_key=st.booleans())
    def one(self, drawn: Facts, *, has_key: bool) -> None:
        """Any command alone."""
        self.post([(drawn, has_key)])

    @rule(drawn=st.lists(st.tuples(facts(), st.booleans()), min_size=2, max_size=8))
    def several(self, drawn: list[tuple[Facts, bool]]) -> None:
        """Any commands at once."""
        self.post(drawn)

    @precondition(lambda self: self.sent)
    @rule(chosen=st.lists(st.integers(0, 99), min_size=1, max_size=3))
    def repeat(self, chosen: list[int]) -> None:
        """Earlier commands once more: the first answers, and nothing else happens than was due."""
        self.books.repeat([self.sent[index % len(self.sent)] for index in chosen])

    @precondition(lambda self: self.sent)
    @rule(chosen=st.integers(0, 99), later=clock_steps)
    def repeat_changed(self, chosen: int, later: timedelta) -> None:
        """Another request under an earlier key."""
        self.books.now += later
        command = replace(self.sent[chosen % len(self.sent)], reason="another request")
        (outcome,) = self.books.repeat([command])
        assert outcome.refusal == (KeyReused, ("key", command.key), ("what", KeyReused.what))

    @rule(step=clock_steps)
    def wait(self, step: timedelta) -> None:
        """Time goes on, and nobody touches anything."""
        self.books.now += step

    @rule(step=clock_steps, indexes=st.sets(which, min_size=1))
    def settle(self, step: timedelta, indexes: set[int]) -> None:
        """A job makes happen what is due; doing it twice changes nothing."""
        self.books.now += step
        self.books.settle(sorted(indexes))
        self.books.settle(sorted(indexes))

    @rule(order=st.permutations(range(3)), between=st.lists(facts(), max_size=4), later=clock_steps)
    def merge(self, order: list[int], between: list[Facts], later: timedelta) -> None:
        """Two accounts of one program are merged by mistake, and for a while nobody sees it."""
        self.books.rejoin(order[0], order[1], between, later)

    @rule(index=which, limit=st.integers(1, 5))
    def read(self, index: int, limit: int) -> None:
        """The newest entries and the open holds, as they are read."""
        id_ = self.books.accounts[index]
        entries = self.bench.run(ledger.entries_page(self.bench.connection, id_, before=10**6, limit=limit))
        holds = self.bench.run(ledger.holds_of(self.bench.connection, id_, state="open", limit=1000))
        account = self.books.model.accounts[id_]
        told = [(entry.version, entry.kind, entry.points, entry.balance_after) for entry in entries]
        known = [(entry.version, entry.kind, entry.points, entry.balance_after) for entry in account.entries]
        assert told == known[::-1][:limit]
        reserved = {key: hold.remaining for key, hold in account.holds.items() if hold.state is HoldState.OPEN}
        assert {hold.id: hold.remaining for hold in holds} == reserved

    def teardown(self) -> None:
        """Whatever has happened: the tables add up, and nothing is forgotten that will be due."""
        if not hasattr(self, "books"):
            return
        self.books.audit()
        self.books.now += 500 * 24 * HOUR
        self.books.settle(range(4))
        self.books.audit()


def drive(bench: Bench, examples: int, steps: int) -> None:
    """Lets the machine run; the ordinary suite and the long rounds differ in how long only."""

    class OnBench(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(bench)

    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(OnBench, settings=chosen)


def test_the_ledger_and_the_model_go_the_same_way(bench: Bench) -> None:
    """All invariants, every verb, retries, time, jobs and reads in any order."""
    drive(bench, 30, 30)


@pytest.mark.torture
def test_the_ledger_and_the_model_go_the_same_way_for_long(bench: Bench) -> None:
    """The same for hours, where the rare coincidences are."""
    drive(bench, 5_000, 50)
