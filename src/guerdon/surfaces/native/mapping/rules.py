"""Rule sets and backtests to what is asked, and what the native API shows of them; pure."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Raw

from guerdon.core.refusals import ProgramNotFound, RuleSetNotFound
from guerdon.core.rules import backtests
from guerdon.core.rules.readings import RulesInvalid, read
from guerdon.core.rules.sets import cause_of
from guerdon.core.rules.trees import Problem
from guerdon.engine.backtesting import Backtest, Told
from guerdon.engine.ruling import Drafting, Shown
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import moments, shown
from guerdon.surfaces.native.wire import rules as wire
from guerdon.surfaces.native.wire.problems import FieldError
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

LONGEST_BACKTEST = timedelta(days=3_660)
HIGHEST = 2**31 - 1


def version_of(call: Call[Any]) -> int:
    """The version in the path; a text that is none is the version of nothing.

    Raises:
        RuleSetNotFound: it is none.
    """
    text = call.request.path["rule_version"]
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(HIGHEST)) or int(text) > HIGHEST:
        raise RuleSetNotFound(text[:60])
    return int(text)


def program_of(call: Call[Any]) -> UUID:
    """The program in the path.

    Raises:
        ProgramNotFound: it is no id, or that of a program that the key is not for.
    """
    program_id = mapping.id_of(call, "program_id", ProgramNotFound)
    if not call.caller.may(program_id):
        raise ProgramNotFound(program_id)
    return program_id


def to_drafting(call: Call[wire.RuleSetRequest]) -> Drafting:
    """Rules to write, once they are known to be some.

    Raises:
        InvalidField: they are none; it names everything that is wrong.
    """
    program_id = program_of(call)
    try:
        read(call.body.rules)
    except RulesInvalid as error:
        raise _invalid(error.problems) from None
    return Drafting(caller=call.caller, at=call.at, program_id=program_id, tree=call.body.rules, note=call.body.note)


def _invalid(problems: Sequence[Problem]) -> InvalidField:
    first, *others = problems
    steps = [step.replace("~1", "/").replace("~0", "~") for step in first.pointer.split("/")[1:]]
    path = ("rules", *steps)
    also = tuple(f"/rules{each.pointer}\t{each.detail}" for each in others)
    return InvalidField(path[-1], first.detail, path=path[:-1], also=also)


def validated(call: Call[wire.ValidateRequest]) -> wire.Validation:
    """Whether rules are some, and what is wrong with them."""
    try:
        read(call.body.rules)
    except RulesInvalid as error:
        return wire.Validation(False, [FieldError(each.detail, f"/rules{each.pointer}") for each in error.problems])  # noqa: FBT003
    return wire.Validation(True, [])  # noqa: FBT003


def live_from(call: Call[wire.PublishRequest]) -> Any:
    """From when on rules are to be live.

    Raises:
        InvalidField: a time that is past, by more than clocks differ, or out of all bounds.
    """
    given = moments.planned("live_from", call.body.live_from)
    if given is not None and given < call.at - moments.CLOCK_SKEW:
        raise InvalidField("live_from", "is past: what has happened is not reckoned anew")
    return given


def to_backtest(call: Call[wire.BacktestRequest]) -> Backtest:
    """What is to be replayed.

    Raises:
        InvalidField: no time at all, or too long a time.
    """
    since, until = (moments.planned(name, getattr(call.body, name)) for name in ("since", "until"))
    if since is None or until is None or not timedelta() < until - since <= LONGEST_BACKTEST:
        raise InvalidField("until", f"must be after since, by at most {LONGEST_BACKTEST.days} days")
    return Backtest(
        tenant_id=call.caller.tenant_id,
        program_id=program_of(call),
        version=version_of(call),
        since=since,
        until=until,
    )


def from_version(found: Shown) -> wire.RuleSet:
    """A version as it stands."""
    version = found.version
    return wire.RuleSet(
        program_id=version.program_id,
        version=version.version,
        state=found.state,
        live_from=version.live_from,
        note=version.note,
        cause=cause_of(version.version),
        created_at=version.created_at,
        changed_at=version.changed_at,
        rules=Raw(version.text.encode()),
    )


def from_backtest(call: Call[wire.BacktestRequest], told: Told) -> wire.Backtest:
    """The difference that rules would have made."""
    report = told.report
    named = report.changed[: call.body.members]
    return wire.Backtest(
        version=told.version.version,
        since=call.body.since,
        until=call.body.until,
        totals=wire.Compared(*_compared(report.totals)),
        by_day=[wire.ComparedDay(*_compared(each), day=day) for day, each in sorted(report.by_day.items())],
        by_tier=[wire.ComparedTier(*_compared(each), tier=tier) for tier, each in _by_tier(report)],
        members=[_member(account_id, each, told) for account_id, each in named],
        members_changed=len(report.changed),
        rules=[wire.RulePoints(rule, shown(points)) for rule, points in report.by_rule.items()],
        reasons=[wire.ReasonCount(because, count) for because, count in sorted(report.by_reason.items())],
        unknown_events=report.unknown,
    )


def _compared(found: backtests.Compared) -> tuple[int, Decimal, Decimal, Decimal]:
    return found.orders, shown(found.actual), shown(found.draft), shown(found.difference)


def _by_tier(report: backtests.Report) -> list[tuple[str | None, backtests.Compared]]:
    return sorted(report.by_tier.items(), key=lambda pair: (pair[0] is not None, pair[0] or ""))


def _member(account_id: UUID, found: backtests.Compared, told: Told) -> wire.ComparedMember:
    holder = told.holders.get(account_id)
    return wire.ComparedMember(
        *_compared(found),
        account_id=account_id,
        membership_id=holder.membership_id if holder else None,
        member_id=holder.member_id if holder else None,
    )
