"""Earns by a program's rules: gathers what they ask of the member, reckons, posts, and keeps what each rule gave."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from guerdon.core.callers import Caller
from guerdon.core.commands import Earn, Posting
from guerdon.core.memberships import Membership
from guerdon.core.orders import Order
from guerdon.core.points import ZERO, exact
from guerdon.core.programs import Program, Tier
from guerdon.core.refusals import EventInvalid, Refusal
from guerdon.core.rules.occasions import Facts, Occasion, Tally
from guerdon.core.rules.reckonings import Reckoning, reckon
from guerdon.core.rules.schemas import objection
from guerdon.core.rules.sets import Referral, RuleSet, by_rate, cause_of
from guerdon.core.rules.strides import looks_back_to
from guerdon.core.rules.versions import Version
from guerdon.engine import campaigning, placing
from guerdon.storage import earnings, ledger, orders, rule_sets
from guerdon.storage.earnings import Earning
from guerdon.storage.queries import Connection

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Whom rules are put to.

    Attributes:
        lifetime: the account's lifetime points.
        order_id: the order that is reckoned, which does not count among those before it.
        told_at: when the order is told of.
        referrer: the account of who referred the member.
    """

    membership: Membership
    lifetime: Decimal
    order_id: UUID
    told_at: datetime
    referrer: UUID | None


async def rules_at(connection: Connection, program: Program, at: datetime) -> Version:
    """The rule set that is live in a program at a moment; where none is, its rate as version 0."""
    return await rule_sets.live(connection, program.id, at) or rate_of(program)


def rate_of(program: Program) -> Version:
    """A program's rate, as the version of its rules that it has before any."""
    return Version(program_id=program.id, version=0, rules=by_rate(program.earning_rate), text="")


async def facts_of(connection: Connection, rules: RuleSet, occasion: Occasion, member: Member) -> Facts:
    """What the rules ask of a member; what none of them asks for is not looked up."""
    account_id = member.membership.account_id
    tier = await _tier(connection, occasion.at, member)
    counted = any(rule.when.first_purchase or rule.when.every_visit for rule in rules.rules)
    born = None
    if any(rule.when.birthday for rule in rules.rules):
        born = (await earnings.holders(connection, [account_id]))[account_id].born
    tallies, referrer = await _tallies(connection, rules, occasion, member)
    asked = member.referrer if any(isinstance(rule.gives, Referral) for rule in rules.rules) else None
    return Facts(
        tier=tier.code if tier else None,
        birthday=born,
        orders_before=await orders.count_before(connection, account_id, member.order_id) if counted else 0,
        tallies=tallies,
        referrer=referrer,
        is_referrer_left_out=asked is not None and not await earnings.takes_part(connection, asked),
    )


async def _tier(connection: Connection, at: datetime, member: Member) -> Tier | None:
    """Where the member stood when it happened, before it."""
    of_now = replace(member.membership, balance=replace(member.membership.balance, lifetime=member.lifetime))
    is_late = at < member.told_at
    return (await placing.place_of(connection, of_now, at, whole=is_late, but=member.order_id)).tier


async def _tallies(
    connection: Connection, rules: RuleSet, occasion: Occasion, member: Member
) -> tuple[tuple[Tally, ...], tuple[Tally, ...] | None]:
    since = looks_back_to(rules, occasion.at.astimezone(ZoneInfo(rules.time_zone)).date())
    if since is None:
        return (), None if member.referrer is None else ()
    both = [each for each in (member.membership.account_id, member.referrer) if each is not None]
    found = await earnings.tallies(connection, both, rules.time_zone, since)
    return found[both[0]], None if member.referrer is None else found[member.referrer]


def check(rules: RuleSet, occasion: Occasion) -> None:
    """Whether an event is one of the rules', with what it may bring; an order always is.

    Raises:
        EventInvalid: it is not.
    """
    if occasion.event is not None and (wrong := objection(rules, occasion.event, occasion.fields)):
        raise EventInvalid(*wrong)


def reckoned(rules: RuleSet, occasion: Occasion, facts: Facts) -> Reckoning:
    """What an order or event gives, as points that can be posted.

    Raises:
        PointsOutOfRange: more than there can be.
    """
    found = reckon(rules, occasion, facts)
    for points in (found.points, found.referrer_points):
        exact(points)
    return found


async def earn(connection: Connection, caller: Caller, order: Order, member: Member, program: Program) -> Order:
    """Earns for an order that is written and whose accounts are locked; returns it with what came of it.

    Raises:
        EventInvalid: as for `check`.
        PointsOutOfRange: as for `reckoned`.
        AccountClosed: the member's account takes no more postings; a referrer's, or of one who left, is only left out.
    """
    occasion = order.occasion
    if occasion is None:
        return order
    version = await rules_at(connection, program, occasion.at)
    check(version.rules, occasion)
    facts = await facts_of(connection, version.rules, occasion, member)
    reckoning = reckoned(version.rules, occasion, facts)
    spent, locked = await campaigning.draw(connection, caller, program.id, version.rules, reckoning)
    if spent:
        reckoning = reckoned(version.rules, occasion, replace(facts, spent=spent))
    order = replace(order, rule_version=version.version, reckoning=reckoning, tier=facts.tier)
    own = await _post(connection, caller, order, member.membership.account_id, reckoning.points, "order")
    if isinstance(own, Refusal):
        raise own
    referrer, theirs = member.referrer if reckoning.referrer_points else None, None
    if referrer is not None:
        theirs = await _post(connection, caller, order, referrer, reckoning.referrer_points, "referral")
    if isinstance(theirs, Refusal):
        log.warning("not earned for a referral", order=order.reference, refusal=theirs.code)
        referrer = theirs = None
    gave = _earnings(reckoning, member, referrer)
    await earnings.write(connection, order.id, occasion.at, gave)
    by_code = campaigning.by_code(order, ((rule, points) for _, rule, points, _ in gave if points))
    await campaigning.note(connection, caller, order, {}, by_code, locked=locked)
    return replace(
        order,
        version=own.version if own else None,
        referrer_account_id=referrer,
        referrer_version=theirs.version if theirs else None,
    )


async def _post(
    connection: Connection, caller: Caller, order: Order, account_id: UUID, points: Decimal, reason: str
) -> Posting | Refusal | None:
    if not points or order.occasion is None or order.recorded_at is None or order.rule_version is None:
        return None
    command = Earn(
        caller=caller,
        account_id=account_id,
        at=order.occasion.at,
        key=f"{reason}:{order.id}",
        points=points,
        reason=order.event if order.event and reason == "order" else reason,
        reference=order.reference,
        location=order.occasion.location,
        cause=cause_of(order.rule_version),
    )
    (answer,) = await ledger.post(connection, [command], order.recorded_at)
    return answer


def _earnings(reckoning: Reckoning, member: Member, referrer: UUID | None) -> list[Earning]:
    account_id = member.membership.account_id
    own = [
        (account_id, each.rule, each.points, each.measure) for each in reckoning.given if each.points or each.measure
    ]
    if referrer is None:
        return own
    return own + [(referrer, each.rule, each.referrer_points, ZERO) for each in reckoning.given if each.referrer_points]
