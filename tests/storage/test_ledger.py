"""The posting function against the reference model: in one batch, in many, and one by one."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from guerdon.core.buckets import bucket_of
from guerdon.core.callers import Caller
from guerdon.core.commands import Adjust, Basis, Capture, Command, Earn, Hold, Posting, Set, Void
from guerdon.core.points import plus
from guerdon.core.refusals import Refusal
from guerdon.storage import ledger
from storage.model import Model, ModelAccount, Outcome

ACCOUNTS = 3
KEYS = ("k1", "k2", None, None, None, None)

points = st.decimals(min_value="0.00000000000001", max_value=500, places=14) | st.integers(1, 500).map(Decimal)
signed = st.decimals(min_value=-300, max_value=300, places=2).filter(bool)


class Bench:
    """A connection and a loop of its own, for tests that Hypothesis drives."""

    def __init__(self, dsn: str) -> None:
        self.runner = asyncio.Runner()
        self.connection: Any = self.runner.run(asyncpg.connect(dsn))

    def close(self) -> None:
        self.runner.run(self.connection.close())
        self.runner.close()

    def open(self, caller: Caller, *, allow_negative: Sequence[bool]) -> list[UUID]:
        """New accounts, empty."""
        ids = [uuid.uuid4() for _ in allow_negative]
        rows = [
            (id_, bucket_of(id_), caller.tenant_id, negative, NOW)
            for id_, negative in zip(ids, allow_negative, strict=True)
        ]
        statement = "INSERT INTO accounts (id, bucket, tenant_id, allow_negative, opened_at) VALUES ($1,$2,$3,$4,$5)"
        self.runner.run(self.connection.executemany(statement, rows))
        return ids

    def post(self, commands: Sequence[Command], bucket: int | None = None) -> list[Posting | Refusal]:
        return self.runner.run(ledger.post(self.connection, commands, NOW, bucket))

    def fetch(self, statement: str, *arguments: object) -> list[Any]:
        rows: list[Any] = self.runner.run(self.connection.fetch(statement, *arguments))
        return rows

    def state(self, account_id: UUID) -> tuple[object, ...]:
        """Everything that is stored of an account."""
        account = self.fetch("SELECT posted, held, lifetime, version FROM accounts WHERE id = $1", account_id)[0]
        entries = self.fetch("SELECT * FROM entries WHERE account_id = $1 ORDER BY version", account_id)
        holds = self.fetch("SELECT * FROM holds WHERE account_id = $1 ORDER BY id", account_id)
        assert [entry["version"] for entry in entries] == list(range(1, account["version"] + 1))
        return (
            tuple(account),
            tuple((entry["kind"], entry["points"], entry["balance_after"]) for entry in entries),
            {hold["id"]: (hold["points"], hold["remaining"], hold["state"]) for hold in holds},
        )


@pytest.fixture(scope="module")
def bench(dsn: str) -> Iterator[Bench]:
    """A connection for this module."""
    opened = Bench(dsn)
    yield opened
    opened.close()


def new_caller() -> Caller:
    return Caller(uuid.uuid4(), "test", uuid.uuid4())


@st.composite
def plans(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Commands as plain facts: accounts and holds by index, so that they can be made for any set of accounts."""
    count = draw(st.integers(1, 14))
    plan: list[dict[str, Any]] = []
    for index in range(count):
        verb = draw(st.sampled_from([Earn, Earn, Adjust, Set, Hold, Hold, Capture, Void]))
        facts: dict[str, Any] = {"verb": verb, "account": draw(st.integers(0, ACCOUNTS - 1))}
        facts["key"] = draw(st.sampled_from(KEYS))
        facts["reference"] = draw(st.sampled_from(["s1", "s2", None]))
        if verb is Earn:
            facts["points"] = draw(points)
        elif verb is Adjust:
            facts["points"] = draw(signed)
        elif verb is Set:
            facts["points"] = draw(signed | st.just(Decimal(0)))
            facts["basis"] = draw(st.sampled_from(Basis))
        elif verb is Hold:
            facts |= {"hold": index, "points": draw(points), "once": draw(st.booleans())}
        else:
            facts["hold"] = draw(st.integers(0, index))
            if verb is Capture:
                facts |= {"points": draw(st.none() | points), "release_rest": draw(st.booleans())}
        plan.append(facts)
    return plan


def made(plan: list[dict[str, Any]], caller: Caller, accounts: Sequence[UUID], holds: Sequence[UUID]) -> list[Command]:
    """The commands of a plan for these accounts."""
    commands: list[Command] = []
    for facts in plan:
        named: dict[str, Any] = {"caller": caller, "account_id": accounts[facts["account"]], "at": NOW}
        named |= {"key": facts["key"], "reference": facts["reference"]}
        named |= {name: facts[name] for name in ("points", "basis", "release_rest") if name in facts}
        if "hold" in facts:
            named["hold_id"] = holds[facts["hold"]]
        if facts["verb"] is Hold:
            named["once_per_reference"] = facts["once"] and facts["reference"] is not None
        commands.append(facts["verb"](**named))
    return commands


def outcome(answer: Posting | Refusal) -> Outcome | type[Refusal]:
    """An answer in a form to compare; of a refusal only what it is."""
    if isinstance(answer, Refusal):
        return type(answer)
    return Outcome(None, answer.version, answer.points, answer.posted, answer.held, answer.hold_id)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans(), negative=st.lists(st.booleans(), min_size=ACCOUNTS, max_size=ACCOUNTS))
def test_one_batch_is_one_by_one_is_the_model(bench: Bench, plan: list[dict[str, Any]], negative: list[bool]) -> None:
    """Invariants 1, 2, 4, 6 and 7: same answers and same tables whichever way the commands come."""
    holds = [uuid.uuid4() for _ in plan]
    states, answers = [], []
    for batched in (True, False):
        caller = new_caller()
        accounts = bench.open(caller, allow_negative=negative)
        # Placed in one tenant only: ids of holds may be the same in both runs, as every key begins with the account.
        commands = made(plan, caller, accounts, holds)
        replies = bench.post(commands) if batched else [bench.post([command])[0] for command in commands]
        answers.append([outcome(reply) for reply in replies])
        states.append([bench.state(account) for account in accounts])
    assert answers[0] == answers[1]
    assert states[0] == states[1]

    model = Model({account: ModelAccount(negative[i]) for i, account in enumerate(accounts)})
    expected = [model.post(command) for command in commands]
    assert answers[1] == [each.refusal or each for each in expected]
    for account_id, state in zip(accounts, states[1], strict=True):
        account = model.accounts[account_id]
        figures = (account.posted, account.held, account.lifetime, len(account.entries))
        kept = {id_: (hold.points, hold.remaining, hold.state.value) for id_, hold in account.holds.items()}
        assert state == (figures, tuple(account.entries), kept)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans(), cut=st.integers(0, 14))
def test_a_repeat_of_a_batch_with_keys_changes_nothing(bench: Bench, plan: list[dict[str, Any]], cut: int) -> None:
    """Invariant 6: whatever part of a batch is sent again, each key has one effect and one answer."""
    caller = new_caller()
    accounts = bench.open(caller, allow_negative=[False] * ACCOUNTS)
    plan = [{**facts, "key": f"key {index}"} for index, facts in enumerate(plan)]
    commands = made(plan, caller, accounts, [uuid.uuid4() for _ in plan])
    first = [outcome(answer) for answer in bench.post(commands)]
    before = [bench.state(account) for account in accounts]
    again = bench.post(commands[cut:])
    assert [outcome(answer) for answer in again] == first[cut:]
    assert all(answer.replayed for answer in again if isinstance(answer, Posting))
    assert [bench.state(account) for account in accounts] == before


def test_a_changed_request_under_a_used_key_is_refused(bench: Bench) -> None:
    """The same key with other points, another reference or another account is another request."""
    caller = new_caller()
    one, two = bench.open(caller, allow_negative=[False, False])
    first = Earn(caller=caller, account_id=one, at=NOW, key="k", points=Decimal(5))
    assert isinstance(bench.post([first])[0], Posting)
    for other in (
        replace(first, points=Decimal(6)),
        replace(first, account_id=two),
        replace(first, reason="another"),
        Adjust(caller=caller, account_id=one, at=NOW, key="k", points=Decimal(5)),
    ):
        (answer,) = bench.post([other])
        assert isinstance(answer, Refusal)
        assert answer.code == "key_reused"
    later = replace(first, at=NOW + timedelta(days=1), points=Decimal("5.00"))
    (answer,) = bench.post([later])
    assert isinstance(answer, Posting)
    assert answer.replayed


def test_a_key_belongs_to_its_tenant(bench: Bench) -> None:
    """Two tenants may use the same key."""
    for _ in range(2):
        caller = new_caller()
        (account,) = bench.open(caller, allow_negative=[False])
        (answer,) = bench.post([Earn(caller=caller, account_id=account, at=NOW, key="same", points=Decimal(1))])
        assert isinstance(answer, Posting)
        assert not answer.replayed


def test_another_tenants_account_does_not_exist(bench: Bench) -> None:
    """An account id is no key to another tenant's account."""
    (account,) = bench.open(new_caller(), allow_negative=[False])
    (answer,) = bench.post([Earn(caller=new_caller(), account_id=account, at=NOW, points=Decimal(1))])
    assert isinstance(answer, Refusal)
    assert answer.code == "account_not_found"
    assert bench.state(account)[0] == (0, 0, 0, 0)


def test_a_closed_account_takes_nothing(bench: Bench) -> None:
    """Every verb is refused, and the refusal is remembered under its key."""
    caller = new_caller()
    (account,) = bench.open(caller, allow_negative=[False])
    bench.fetch("UPDATE accounts SET closed_at = $2 WHERE id = $1", account, NOW)
    answers = bench.post([Earn(caller=caller, account_id=account, at=NOW, key="k", points=Decimal(1))])
    bench.fetch("UPDATE accounts SET closed_at = NULL WHERE id = $1", account)
    answers += bench.post([Earn(caller=caller, account_id=account, at=NOW, key="k", points=Decimal(1))])
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == ["account_closed"] * 2


def test_only_the_bucket_that_is_asked_for(bench: Bench) -> None:
    """With a bucket given, accounts elsewhere do not exist; with the right one, nothing changes."""
    caller = new_caller()
    (account,) = bench.open(caller, allow_negative=[False])
    earn = Earn(caller=caller, account_id=account, at=NOW, points=Decimal(1))
    (elsewhere,) = bench.post([earn], (bucket_of(account) + 1) % 256)
    (here,) = bench.post([earn], bucket_of(account))
    assert isinstance(elsewhere, Refusal)
    assert isinstance(here, Posting)


def test_holds_that_share_a_reference_freely_are_nobody_elses(bench: Bench) -> None:
    """A hold placed once per reference neither finds nor replaces one that was placed without that."""
    caller = new_caller()
    (account,) = bench.open(caller, allow_negative=[False])
    hold = Hold(caller=caller, account_id=account, at=NOW, hold_id=uuid.uuid4(), points=Decimal(2), reference="sale")
    free = [replace(hold, hold_id=uuid.uuid4()) for _ in range(2)]
    single = [replace(hold, hold_id=uuid.uuid4(), points=Decimal(p), once_per_reference=True) for p in (2, 2, 3)]
    bench.post([Earn(caller=caller, account_id=account, at=NOW, points=Decimal(9)), *free])
    answers = [each for each in bench.post(single) if isinstance(each, Posting)]
    assert [each.hold_id for each in answers] == [single[0].hold_id, single[0].hold_id, single[2].hold_id]
    assert [(int(each.held), each.replayed) for each in answers] == [(6, False), (6, True), (7, False)]


def test_many_decimal_places_do_not_drift(bench: Bench) -> None:
    """Invariant 9: 2,000 earns with 14 decimal places add up to the last digit."""
    caller = new_caller()
    (account,) = bench.open(caller, allow_negative=[False])
    amounts = [Decimal(10_000_000_000_000_000 + 7 * index).scaleb(-14) for index in range(2_000)]
    commands = [Earn(caller=caller, account_id=account, at=NOW, points=amount) for amount in amounts]
    for start in range(0, len(commands), 250):
        bench.post(commands[start : start + 250])
    total = Decimal(0)
    for amount in amounts:
        total = plus(total, amount)
    assert bench.state(account)[0] == (total, 0, total, len(amounts))


def test_the_entry_says_who_why_and_where(bench: Bench) -> None:
    """Invariant 11, and what a capture takes over from its hold."""
    caller = new_caller()
    (account,) = bench.open(caller, allow_negative=[False])
    hold_id = uuid.uuid4()
    named: dict[str, Any] = {"caller": caller, "account_id": account, "at": NOW}
    bench.post(
        [
            Earn(**named, points=Decimal(9), reason="visit", reference="r1", location="bar", cause="rule 3"),
            Hold(**named, hold_id=hold_id, points=Decimal(4), reference="sale", location="web"),
            Capture(**named, hold_id=hold_id),
        ]
    )
    earn, capture = bench.fetch("SELECT * FROM entries WHERE account_id = $1 ORDER BY version", account)
    said = ("reason", "reference", "location", "cause", "surface", "actor")
    assert tuple(earn[name] for name in said) == ("visit", "r1", "bar", "rule 3", "test", caller.credential_id)
    assert tuple(capture[name] for name in (*said[1:3], "hold_id")) == ("sale", "web", hold_id)
    assert earn["effective_at"] == earn["recorded_at"] == NOW
