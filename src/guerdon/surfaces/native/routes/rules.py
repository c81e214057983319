"""Rule sets of the native API: drafted, looked at, published, and tried on the orders of a time past."""

from typing import Any

from guerdon.engine import Engine, backtesting, ruling
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import rules as words
from guerdon.surfaces.native.routes.told import (
    ASK,
    CHANGE,
    CREATE,
    PAGE_PROBLEMS,
    READ,
    READ_ONE,
    administers,
    asked,
    written,
)
from guerdon.surfaces.native.wire import rules as wire
from guerdon.web.operations import Answer, Call, Operation


async def validate_rules(_engine: Engine, call: Call[wire.ValidateRequest]) -> wire.Validation:
    """Ask what is wrong with rules, all of it, by its place; nothing is written."""
    return words.validated(call)


@written
async def draft_rules(engine: Engine, call: Call[wire.RuleSetRequest]) -> Done:
    """Write rules as a draft, under the program's next version."""
    made = words.from_version(await ruling.draft(engine, words.to_drafting(call)))
    return Done("rule_set", made.program_id, made)


async def list_rules(engine: Engine, call: Call[None]) -> wire.RuleSets:
    """Read a program's versions, the newest first."""
    query, program_id = asked(call, wire.RuleSetsQuery), words.program_of(call)
    before = pages.after_cursor(query.cursor, "rule-sets", pages.up_to(words.HIGHEST)) or words.HIGHEST
    state = mapping.or_kept(query.state, None)
    found = await ruling.page(
        engine, call.caller, program_id, call.at, state=state, before=before, limit=query.limit + 1
    )
    page, cursor = pages.paged(found, query.limit, "rule-sets", lambda each: each.version.version)
    return wire.RuleSets([words.from_version(each) for each in page], cursor)


async def get_rules(engine: Engine, call: Call[None]) -> Answer:
    """Read a version of a program's rules."""
    program_id, version = words.program_of(call), words.version_of(call)
    return mapping.tagged(call, words.from_version(await ruling.get(engine, call.caller, program_id, version, call.at)))


async def _expected(engine: Engine, call: Call[Any]) -> wire.RuleSet:
    """The version in the path, locked, and as the client has seen it where it says so."""
    program_id, version = words.program_of(call), words.version_of(call)
    found = words.from_version(await ruling.locked(engine, call.caller, program_id, version, call.at))
    mapping.expected(call, found)
    return found


@written
async def change_rules(engine: Engine, call: Call[wire.RuleSetRequest]) -> Done:
    """Write other rules into a draft."""
    drafting, before = words.to_drafting(call), await _expected(engine, call)
    changed = await ruling.change(engine, drafting, before.version)
    return Done("rule_set", before.program_id, words.from_version(changed), before)


@written
async def publish_rules(engine: Engine, call: Call[wire.PublishRequest]) -> Done:
    """Let a version go live, now or at a moment ahead; one that is scheduled may be moved."""
    moment, before = words.live_from(call), await _expected(engine, call)
    live = await ruling.publish(engine, call.caller, before.program_id, before.version, moment, call.at)
    return Done("rule_set", before.program_id, words.from_version(live), before)


@written
async def withdraw_rules(engine: Engine, call: Call[None]) -> Done:
    """Make a version that is scheduled a draft again."""
    before = await _expected(engine, call)
    draft = await ruling.withdraw(engine, call.caller, before.program_id, before.version, call.at)
    return Done("rule_set", before.program_id, words.from_version(draft), before)


async def backtest_rules(engine: Engine, call: Call[wire.BacktestRequest]) -> wire.Backtest:
    """Replay the orders of a time past under a version, a draft too, and tell the difference; nothing is written."""
    ask = words.to_backtest(call)
    return words.from_backtest(call, await backtesting.backtest(engine, ask, most_members=call.body.members))


_CHANGE: dict[str, Any] = {**administers(CHANGE), "tag": "Rules"}
_SETS = "/programs/{program_id}/rule-sets"
_SET = _SETS + "/{rule_version}"

OPERATIONS = (
    Operation(
        name="validateRules",
        paths=("/rule-sets/validate",),
        handle=validate_rules,
        body=wire.ValidateRequest,
        answer=wire.Validation,
        tag="Rules",
        **ASK,
    ),
    Operation(
        name="draftRules",
        paths=(_SETS,),
        handle=draft_rules,
        body=wire.RuleSetRequest,
        answer=wire.RuleSet,
        tag="Rules",
        **administers(CREATE),
    ),
    Operation(
        name="listRules",
        paths=(_SETS,),
        handle=list_rules,
        query=wire.RuleSetsQuery,
        answer=wire.RuleSets,
        tag="Rules",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(name="getRules", paths=(_SET,), handle=get_rules, answer=wire.RuleSet, tag="Rules", **READ_ONE),
    Operation(
        name="changeRules",
        paths=(_SET,),
        handle=change_rules,
        body=wire.RuleSetRequest,
        answer=wire.RuleSet,
        **_CHANGE | {"method": "PUT"},
    ),
    Operation(
        name="publishRules",
        paths=(_SET + "/publish",),
        handle=publish_rules,
        body=wire.PublishRequest,
        optional_body=True,
        answer=wire.RuleSet,
        **_CHANGE | {"method": "POST"},
    ),
    Operation(
        name="withdrawRules",
        paths=(_SET + "/withdraw",),
        handle=withdraw_rules,
        answer=wire.RuleSet,
        **_CHANGE | {"method": "POST"},
    ),
    Operation(
        name="backtestRules",
        paths=(_SET + "/backtest",),
        handle=backtest_rules,
        body=wire.BacktestRequest,
        answer=wire.Backtest,
        tag="Rules",
        **ASK,
    ),
)
