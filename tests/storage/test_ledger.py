"""The posting function against the reference model: in one batch, in many, and one by one."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conftest import NOW
from guerdon.core.buckets import bucket_of
from guerdon.core.callers import Caller
from guerdon.core.commands import Adjust, Capture, Command, Earn, Hold, Posting, Reverse, Transfer
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.programs import Expiry, ExpiryKind
from guerdon.core.refusals import Refusal
from ledger_model import tales_of_returns, tales_of_time
from ledger_model.model import Outcome
from ledger_model.plans import Facts, Plan, plans, rules
from ledger_model.states import check
from ledger_model.tales import Tale
from storage.comparing import Bench, Books

driven = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.parametrize("batched", [True, False], ids=["in_batches", "one_by_one"])
@settings(driven, max_examples=40)
@given(first=rules(), second=rules(), plan=plans())
def test_one_batch_is_one_by_one_is_the_model(
    bench: Bench, first: Facts, second: Facts, plan: Plan, *, batched: bool
) -> None:
    """Invariants 1 to 7: same answers and same tables whichever way the commands come, while time goes on."""
    books = Books(bench, first, second)
    for step, drawn in plan:
        books.now += step
        books.post(drawn, batched=batched)


@pytest.mark.parametrize(
    ("tell", "chosen"),
    tales_of_time.TALES + tales_of_returns.TALES,
    ids=lambda each: getattr(each, "__name__", "") or "-",
)
def test_a_story_told_by_hand(bench: Bench, tell: Callable[[Tale], None], chosen: Facts) -> None:
    """What was worked out on paper for the model is what the tables say."""
    books = Books(bench, chosen, {})

    def posted(command: Command, now: datetime) -> Outcome:
        books.now = now
        outcome = books.repeat([command])[0]
        books.audit()
        return outcome

    def settled(now: datetime) -> None:
        books.now = now
        books.settle(range(len(books.accounts)))

    tell(Tale(books.model, books.caller, books.accounts, posted, settled))


zones = st.sampled_from(
    ["UTC", "America/New_York", "America/Havana", "Pacific/Auckland", "Africa/Cairo", "Asia/Beirut"]
)
counted = st.builds(
    Expiry,
    kind=st.sampled_from([ExpiryKind.ROLLING, ExpiryKind.INACTIVITY]),
    count=st.sampled_from([1, 2, 3, 12, 30]),
    unit=st.sampled_from(["day", "month", "year"]),
    round_to=st.sampled_from([None, "month", "quarter", "year"]),
    time_zone=zones,
)
dated = st.builds(
    Expiry,
    kind=st.just(ExpiryKind.FIXED),
    dates=st.sets(st.sampled_from(["01-01", "02-28", "03-07", "06-30", "10-31", "12-31"]), min_size=1).map(tuple),
    time_zone=zones,
)


moments = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda minutes: datetime(2016, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(driven, max_examples=30)
@given(expiry=counted | dated, at=moments)
@example(expiry=Expiry(kind=ExpiryKind.FIXED, dates=("10-31",), time_zone="America/Havana"), at=NOW)
@example(expiry=Expiry(kind=ExpiryKind.FIXED, dates=("03-07",), time_zone="America/Havana"), at=NOW)
@example(expiry=Expiry(kind=ExpiryKind.FIXED, dates=("10-29",), time_zone="Africa/Cairo"), at=NOW)
def test_a_lot_lapses_on_the_same_day(bench: Bench, expiry: Expiry, at: datetime) -> None:
    """Months of any length, leap years, and days on which the clocks go forward or back over midnight."""
    books = Books(bench, {"expiry": expiry}, {})
    books.now = at
    books.repeat([Earn(caller=books.caller, account_id=books.accounts[0], at=at, points=Decimal(1))])


@settings(driven, max_examples=25)
@given(first=rules(), second=rules(), plan=plans(), cut=st.integers(0, 14), step=st.sampled_from([0, 40]))
def test_a_repeat_of_a_batch_with_keys_changes_nothing(
    bench: Bench, first: Facts, second: Facts, plan: Plan, cut: int, step: int
) -> None:
    """Invariant 6: whatever part of a batch is sent again, and when, each key has one effect and one answer."""
    books = Books(bench, first, second)
    commands: list[Command] = []
    for number, (wait, drawn) in enumerate(plan):
        books.now += wait
        commands += books.post([(facts, f"{number}.{index}") for index, (facts, _) in enumerate(drawn)])
    books.now += timedelta(days=step)
    books.settle(range(len(books.accounts)))
    before = bench.states(books.accounts)
    books.repeat(commands[cut:])
    assert bench.states(books.accounts) == before


def test_a_changed_request_under_a_used_key_is_refused(bench: Bench) -> None:
    """The same key with other points, another reference or another account is another request."""
    caller, program = bench.found()
    one, two = bench.open(caller, program, program)
    first = Earn(caller=caller, account_id=one, at=NOW, key="k", points=Decimal(5))
    assert isinstance(bench.post([first])[0], Posting)
    for other in (
        replace(first, points=Decimal(6)),
        replace(first, account_id=two),
        replace(first, reason="another"),
        replace(first, expires_at=NOW + timedelta(days=1)),
        replace(first, pending_id=uuid.uuid4()),
        Adjust(caller=caller, account_id=one, at=NOW, key="k", points=Decimal(5)),
        Transfer(caller=caller, account_id=one, at=NOW, key="k", points=Decimal(5), to_account_id=two),
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
        caller, account = bench.opened()
        (answer,) = bench.post([Earn(caller=caller, account_id=account, at=NOW, key="same", points=Decimal(1))])
        assert isinstance(answer, Posting)
        assert not answer.replayed


def test_another_tenants_account_does_not_exist(bench: Bench) -> None:
    """An account id is no key to another tenant's account, and nothing can be sent to it either."""
    _, theirs = bench.opened()
    caller, account = bench.opened()
    answers = bench.post(
        [
            Earn(caller=caller, account_id=theirs, at=NOW, points=Decimal(1)),
            Earn(caller=caller, account_id=account, at=NOW, points=Decimal(1)),
            Transfer(caller=caller, account_id=account, at=NOW, to_account_id=theirs),
        ]
    )
    codes = [answer.code if isinstance(answer, Refusal) else None for answer in answers]
    assert codes == ["account_not_found", None, "transfer_not_allowed"]
    assert bench.states([theirs])[theirs]["figures"]["version"] == 0


def test_a_refusal_for_an_account_that_is_not_there_is_not_kept(bench: Bench) -> None:
    """The account may be opened a moment later; the key has had no effect yet."""
    caller, program = bench.found()
    account = uuid.uuid4()
    earn = Earn(caller=caller, account_id=account, at=NOW, key="k", points=Decimal(1))
    (refused,) = bench.post([earn])
    assert isinstance(refused, Refusal)
    (earned,) = bench.post([replace(earn, account_id=bench.open(caller, program)[0])])
    assert isinstance(earned, Posting)


def test_a_closed_account_takes_nothing(bench: Bench) -> None:
    """Every verb is refused, and no key is used up: what went up in another account may come back."""
    caller, account = bench.opened()
    (earned,) = bench.post([Earn(caller=caller, account_id=account, at=NOW, points=Decimal(9))])
    assert isinstance(earned, Posting)
    named: dict[str, Any] = {"caller": caller, "account_id": account, "at": NOW}
    commands: list[Command] = [
        Earn(**named, key="earn", points=Decimal(1)),
        Hold(**named, key="hold", hold_id=uuid.uuid4(), points=Decimal(1)),
        Reverse(**named, key="reverse", version=1),
    ]
    bench.fetch("UPDATE accounts SET closed_at = $2 WHERE id = $1", account, NOW)
    answers = bench.post(commands)
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == ["account_closed"] * 3
    bench.fetch("UPDATE accounts SET closed_at = NULL WHERE id = $1", account)
    assert all(isinstance(answer, Posting) and not answer.replayed for answer in bench.post(commands))


def test_nothing_is_sent_to_a_closed_account(bench: Bench) -> None:
    """The points would be out of everybody's reach."""
    caller, program = bench.found()
    source, target = bench.open(caller, program, program)
    bench.fetch("UPDATE accounts SET closed_at = $2 WHERE id = $1", target, NOW)
    named: dict[str, Any] = {"caller": caller, "account_id": source, "at": NOW}
    answers = bench.post([Earn(**named, points=Decimal(5)), Transfer(**named, to_account_id=target)])
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == ["transfer_not_allowed"]
    assert bench.states([source])[source]["figures"]["posted"] == 5


def test_only_the_bucket_that_is_asked_for(bench: Bench) -> None:
    """With a bucket given, accounts elsewhere do not exist; with the right one, nothing changes."""
    caller, account = bench.opened()
    earn = Earn(caller=caller, account_id=account, at=NOW, points=Decimal(1))
    (elsewhere,) = bench.post([earn], bucket=(bucket_of(account) + 1) % 256)
    (here,) = bench.post([earn], bucket=bucket_of(account))
    assert isinstance(elsewhere, Refusal)
    assert isinstance(here, Posting)


def test_holds_that_share_a_reference_freely_are_nobody_elses(bench: Bench) -> None:
    """A hold placed once per reference neither finds nor replaces one that was placed without that."""
    caller, account = bench.opened()
    hold = Hold(caller=caller, account_id=account, at=NOW, hold_id=uuid.uuid4(), points=Decimal(2), reference="sale")
    free = [replace(hold, hold_id=uuid.uuid4()) for _ in range(2)]
    single = [replace(hold, hold_id=uuid.uuid4(), points=Decimal(p), once_per_reference=True) for p in (2, 2, 3)]
    bench.post([Earn(caller=caller, account_id=account, at=NOW, points=Decimal(9)), *free])
    answers = [each for each in bench.post(single) if isinstance(each, Posting)]
    assert [each.hold_id for each in answers] == [single[0].hold_id, single[0].hold_id, single[2].hold_id]
    assert [(int(each.held), each.replayed) for each in answers] == [(6, False), (6, True), (7, False)]


def test_the_entry_says_who_why_and_where(bench: Bench) -> None:
    """Invariant 11, and what a capture takes over from its hold."""
    caller, account = bench.opened()
    hold_id = uuid.uuid4()
    named: dict[str, Any] = {"caller": caller, "account_id": account, "at": NOW}
    bench.post(
        [
            Earn(**named, points=Decimal(9), reason="visit", reference="r1", location="bar", cause="rule 3"),
            Hold(**named, hold_id=hold_id, points=Decimal(4), reference="sale", location="web"),
            Capture(**named, hold_id=hold_id),
        ]
    )
    earn, capture = bench.states([account])[account]["entries"]
    said = ("reason", "reference", "location", "cause", "surface", "actor")
    assert tuple(earn[name] for name in said) == ("visit", "r1", "bar", "rule 3", "test", caller.credential_id)
    assert tuple(capture[name] for name in (*said[1:3], "hold_id")) == ("sale", "web", hold_id)
    assert earn["effective_at"] == earn["recorded_at"] == NOW


# --- exactness


def spread(chance: Random, caller: Caller, accounts: list[UUID], count: int) -> list[Command]:
    """Points in and out at random, to 14 decimal places."""
    commands: list[Command] = []
    for _ in range(count):
        named: dict[str, Any] = {"caller": caller, "account_id": chance.choice(accounts), "at": NOW}
        points = Decimal(chance.randint(1, 10**17)).scaleb(-14)
        if chance.random() < 0.5:
            commands.append(Earn(**named, points=points))
        else:
            commands.append(Adjust(**named, points=points.copy_negate()))
    return commands


def nothing_drifts(bench: Bench, operations: int, accounts_count: int, size: int = 250) -> None:
    """Posts them in batches and sums them up beside it, by itself: every answer and the end are exact."""
    chance = Random(operations)  # noqa: S311 - the same choices each time
    caller, program = bench.found()
    accounts = bench.open(caller, *[program] * accounts_count)
    sums, lifetimes = dict.fromkeys(accounts, ZERO), dict.fromkeys(accounts, ZERO)
    for _ in range(operations // size):
        commands = spread(chance, caller, accounts, size)
        for command, answer in zip(commands, bench.post(commands), strict=True):
            assert isinstance(command, Earn | Adjust)
            after = plus(sums[command.account_id], command.points)
            assert isinstance(answer, Refusal) is (after < 0)
            if isinstance(answer, Posting):
                sums[command.account_id] = after
                lifetimes[command.account_id] = plus(lifetimes[command.account_id], max(command.points, ZERO))
                assert answer.posted == after
    for account in accounts:
        state = bench.states([account])[account]
        assert (state["figures"]["posted"], state["figures"]["lifetime"]) == (sums[account], lifetimes[account])
        assert minus(state["entries"][-1]["balance_after"], sums[account]) == 0
        check(state)


def test_many_decimal_places_do_not_drift(bench: Bench) -> None:
    """Invariant 9: 20,000 postings with 14 decimal places add up to the last digit."""
    nothing_drifts(bench, 20_000, 100)


@pytest.mark.torture
def test_a_million_postings_do_not_drift(bench: Bench) -> None:
    """Invariant 9 for as long as a busy account lives."""
    nothing_drifts(bench, 1_000_000, 200)
