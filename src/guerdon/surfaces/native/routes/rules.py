"""Rule sets of the native API: drafted, looked at, published, and tried on the orders of a time past."""

from typing import Any

from guerdon.engine import Engine, backtesting, ruling
from guerdon.surfaces.native.mapping import rules as words
from guerdon.surfaces.native.routes.told import PAGE_PROBLEMS, READ, READ_PROBLEMS, UNKEYED, administers, whole
from guerdon.surfaces.native.wire import rules as wire
from guerdon.web import parsing
from guerdon.web.operations import Call, Operation


async def validate_rules(_engine: Engine, call: Call[wire.ValidateRequest]) -> wire.Validation:
    """Ask what is wrong with rules, all of it, by its place; nothing is written."""
    return words.validated(call)


async def draft_rules(engine: Engine, call: Call[wire.RuleSetRequest]) -> wire.RuleSet:
    """Write rules as a draft, under the program's next version."""
    return words.from_version(await ruling.draft(engine, words.to_drafting(call)))


async def list_rules(engine: Engine, call: Call[None]) -> wire.RuleSets:
    """Read a program's versions, the newest first."""
    query, _ = parsing.read(call.request.query, wire.RuleSetsQuery, strict=False)
    program_id, before = words.program_of(call), query.before or words.HIGHEST
    return words.from_page(
        await ruling.page(engine, call.caller, program_id, call.at, before=before, limit=query.limit)
    )


async def get_rules(engine: Engine, call: Call[None]) -> wire.RuleSet:
    """Read a version of a program's rules."""
    program_id, version = words.program_of(call), words.version_of(call)
    return words.from_version(await ruling.get(engine, call.caller, program_id, version, call.at))


async def change_rules(engine: Engine, call: Call[wire.RuleSetRequest]) -> wire.RuleSet:
    """Write other rules into a draft."""
    return words.from_version(await ruling.change(engine, words.to_drafting(call), words.version_of(call)))


async def publish_rules(engine: Engine, call: Call[wire.PublishRequest]) -> wire.RuleSet:
    """Let a version go live, now or at a moment ahead; one that is scheduled may be moved."""
    program_id, version = words.program_of(call), words.version_of(call)
    moment = words.live_from(call)
    return words.from_version(await ruling.publish(engine, call.caller, program_id, version, moment, call.at))


async def withdraw_rules(engine: Engine, call: Call[None]) -> wire.RuleSet:
    """Make a version that is scheduled a draft again."""
    program_id, version = words.program_of(call), words.version_of(call)
    return words.from_version(await ruling.withdraw(engine, call.caller, program_id, version, call.at))


async def backtest_rules(engine: Engine, call: Call[wire.BacktestRequest]) -> wire.Backtest:
    """Replay the orders of a time past under a version, a draft too, and tell the difference; nothing is written."""
    ask = words.to_backtest(call)
    return words.from_backtest(call, await backtesting.backtest(engine, ask, most_members=call.body.members))


_WRITE: dict[str, Any] = {**whole(administers(UNKEYED)), "tag": "Rules"}
_SETS = "/programs/{program_id}/rule-sets"
_SET = _SETS + "/{rule_version}"

OPERATIONS = (
    Operation(
        name="validateRules",
        paths=("/rule-sets/validate",),
        handle=validate_rules,
        body=wire.ValidateRequest,
        answer=wire.Validation,
        **_WRITE,
    ),
    Operation(
        name="draftRules",
        paths=(_SETS,),
        handle=draft_rules,
        body=wire.RuleSetRequest,
        answer=wire.RuleSet,
        **_WRITE,
    ),
    Operation(
        name="listRules",
        paths=(_SETS,),
        handle=list_rules,
        query=wire.RuleSetsQuery,
        answer=wire.RuleSets,
        tag="Rules",
        problems=PAGE_PROBLEMS,
        **whole(READ),
    ),
    Operation(
        name="getRules",
        paths=(_SET,),
        handle=get_rules,
        answer=wire.RuleSet,
        tag="Rules",
        problems=READ_PROBLEMS,
        **whole(READ),
    ),
    Operation(
        name="changeRules",
        paths=(_SET,),
        handle=change_rules,
        body=wire.RuleSetRequest,
        answer=wire.RuleSet,
        **{**_WRITE, "method": "PUT"},
    ),
    Operation(
        name="publishRules",
        paths=(_SET + "/publish",),
        handle=publish_rules,
        body=wire.PublishRequest,
        optional_body=True,
        answer=wire.RuleSet,
        **_WRITE,
    ),
    Operation(
        name="withdrawRules",
        paths=(_SET + "/withdraw",),
        handle=withdraw_rules,
        answer=wire.RuleSet,
        **_WRITE,
    ),
    Operation(
        name="backtestRules",
        paths=(_SET + "/backtest",),
        handle=backtest_rules,
        body=wire.BacktestRequest,
        answer=wire.Backtest,
        **_WRITE,
    ),
)
