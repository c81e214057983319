"""Makes, changes, schedules and finds versions of a program's earning rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.programs import Tier
from guerdon.core.refusals import InUse, ProgramNotFound, RuleSetNotDraft, RuleSetNotFound, RuleSetUnfit
from guerdon.core.rules.readings import RulesInvalid, read, unknown_tiers
from guerdon.core.rules.sets import RuleSet
from guerdon.core.rules.trees import Problem
from guerdon.core.rules.versions import Version, VersionState, state_of
from guerdon.engine.engine import Engine
from guerdon.storage import programs, rule_sets
from guerdon.storage.queries import Connection
from guerdon.storage.rule_sets import InState


class Shown(NamedTuple):
    """A version, and where it is in its life."""

    version: Version
    state: VersionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """Rules to be written as a draft: plain JSON values, and a note for people."""

    caller: Caller
    at: datetime
    program_id: UUID
    tree: object
    note: str | None = None


async def draft(engine: Engine, ask: Drafting) -> Shown:
    """Writes a draft under the program's next version.

    Raises:
        ProgramNotFound: the caller's tenant has no such program.
        RulesInvalid: they are no rule set.
    """
    rules, text = read(ask.tree), rule_sets.text_of(ask.tree)

    async def work(connection: Connection) -> Shown:
        if not await rule_sets.lock_program(connection, ask.caller.tenant_id, ask.program_id):
            raise ProgramNotFound(ask.program_id)
        number = await rule_sets.insert_next(connection, ask.caller, ask.program_id, text, ask.note, ask.at)
        made = Version(
            program_id=ask.program_id,
            version=number,
            rules=rules,
            text=text,
            note=ask.note,
            created_at=ask.at,
            changed_at=ask.at,
        )
        return Shown(made, VersionState.DRAFT)

    return await engine.database.retrying(work)


async def change(engine: Engine, ask: Drafting, version: int) -> Shown:
    """Writes other rules into a draft.

    Raises:
        RuleSetNotFound: the program has no such version.
        RuleSetNotDraft: it is scheduled, live or past.
        RulesInvalid: they are no rule set.
    """
    rules, text = read(ask.tree), rule_sets.text_of(ask.tree)

    async def work(connection: Connection) -> Shown:
        shown = await _locked(connection, ask.caller, ask.program_id, version, ask.at)
        if shown.state is not VersionState.DRAFT:
            raise RuleSetNotDraft(version, shown.state)
        if (text, ask.note) == (shown.version.text, shown.version.note):
            return shown
        changed = replace(shown.version, rules=rules, text=text, note=ask.note, changed_at=ask.at)
        await rule_sets.update(connection, changed, ask.at)
        return Shown(changed, VersionState.DRAFT)

    return await engine.database.retrying(work)


async def publish(
    engine: Engine, caller: Caller, program_id: UUID, version: int, live_from: datetime | None, at: datetime
) -> Shown:
    """Lets a version go live at a moment that is not past; None is now. One that is only scheduled may be moved.

    Raises:
        RuleSetNotFound: the program has no such version.
        RuleSetNotDraft: it is live, or was.
        RuleSetUnfit: it names tiers that the program does not have, or was written when contradictions were let be.
    """

    async def work(connection: Connection) -> Shown:
        shown = await _locked(connection, caller, program_id, version, at)
        if shown.state not in (VersionState.DRAFT, VersionState.SCHEDULED):
            raise RuleSetNotDraft(version, shown.state)
        await _check_fit(connection, shown.version)
        if live_from is not None and live_from == shown.version.live_from:
            return shown
        changed = replace(shown.version, live_from=max(live_from or at, at), changed_at=at)
        await rule_sets.update(connection, changed, at)
        return await _shown(connection, changed, at)

    return await engine.database.retrying(work)


async def withdraw(engine: Engine, caller: Caller, program_id: UUID, version: int, at: datetime) -> Shown:
    """Makes a version that is scheduled a draft again; a draft stays one.

    Raises:
        RuleSetNotFound: the program has no such version.
        RuleSetNotDraft: it is live, or was.
    """

    async def work(connection: Connection) -> Shown:
        shown = await _locked(connection, caller, program_id, version, at)
        if shown.state not in (VersionState.DRAFT, VersionState.SCHEDULED):
            raise RuleSetNotDraft(version, shown.state)
        if shown.state is VersionState.DRAFT:
            return shown
        changed = replace(shown.version, live_from=None, changed_at=at)
        await rule_sets.update(connection, changed, at)
        return Shown(changed, VersionState.DRAFT)

    return await engine.database.retrying(work)


async def get(engine: Engine, caller: Caller, program_id: UUID, version: int, at: datetime) -> Shown:
    """A version.

    Raises:
        RuleSetNotFound: the caller's tenant has no such program, or the program no such version.
    """
    async with engine.database.snapshot() as connection:
        found = await rule_sets.by_version(connection, caller.tenant_id, program_id, version)
        if found is None:
            raise RuleSetNotFound(version)
        return await _shown(connection, found, at)


async def locked(engine: Engine, caller: Caller, program_id: UUID, version: int, at: datetime) -> Shown:
    """A version that nobody else changes before the transaction ends.

    Raises:
        RuleSetNotFound: as for `get`.
    """
    return await engine.database.retrying(lambda connection: _locked(connection, caller, program_id, version, at))


async def page(
    engine: Engine, caller: Caller, program_id: UUID, at: datetime, *, state: str | None = None, before: int, limit: int
) -> list[Shown]:
    """Versions below one, the newest first; those in a state where one is named.

    Raises:
        ProgramNotFound: the caller's tenant has no such program.
    """
    async with engine.database.snapshot() as connection:
        await programs.present(connection, caller.tenant_id, program_id)
        live = await rule_sets.live(connection, program_id, at)
        number = live.version if live else None
        wanted = None if state is None else InState(VersionState(state), number, at)
        found = await rule_sets.of_program(connection, caller.tenant_id, program_id, wanted, before=before, limit=limit)
        return [Shown(each, state_of(each, number, at)) for each in found]


async def _locked(connection: Connection, caller: Caller, program_id: UUID, version: int, at: datetime) -> Shown:
    found = await rule_sets.lock(connection, caller.tenant_id, program_id, version)
    if found is None:
        raise RuleSetNotFound(version)
    return await _shown(connection, found, at)


async def _check_fit(connection: Connection, version: Version) -> None:
    try:
        rules = read(rule_sets.tree_of(version.text))
    except RulesInvalid as error:
        raise RuleSetUnfit(version.version, _told(error.problems)) from None
    codes = {tier.code for tier in await programs.held_tiers(connection, version.program_id)}
    if unknown := unknown_tiers(rules, codes):
        raise RuleSetUnfit(version.version, _told(unknown))


async def let_go(connection: Connection, gone: Sequence[Tier], at: datetime) -> None:
    """Lets tiers whose rows are locked go, or their codes: no rules that are live or scheduled are for them.

    Raises:
        InUse: some are, and would never apply again.
    """
    versions = await rule_sets.in_force(connection, {tier.program_id for tier in gone}, at) if gone else []
    named = {
        (each.program_id, code): each.version
        for each in reversed(versions)  # of several, the first is told
        for rule in each.rules.rules
        for code in rule.when.tiers
    }
    for tier in gone:
        if version := named.get((tier.program_id, tier.code)):
            raise InUse(tier.id, f"rule set {version}")


def _told(problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(f"{each.pointer}\t{each.detail}" for each in problems)


async def _shown(connection: Connection, version: Version, at: datetime) -> Shown:
    live = await rule_sets.live(connection, version.program_id, at)
    return Shown(version, state_of(version, live.version if live else None, at))


def parsed(text: bytes) -> RuleSet:
    """A rule set from its JSON.

    Raises:
        ValueError: it is no JSON.
        RulesInvalid: it is no rule set.
    """
    return read(rule_sets.tree_of(text))
