"""What orders of a time past would have given by other rules, against what they gave: by member, tier and day."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from guerdon.core.points import ZERO, minus, plus
from guerdon.core.rules.matching import Because
from guerdon.core.rules.occasions import Facts, Occasion, Tally, spending
from guerdon.core.rules.reckonings import Reckoning, reckon
from guerdon.core.rules.returns import Back, Left, left_of, taken
from guerdon.core.rules.schemas import objection
from guerdon.core.rules.sets import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """An order or event that is replayed.

    Attributes:
        account_id: of the member.
        tier: that the member stood on then.
        actual: what it gave and was not taken back, by account.
        returns: what came back of it, and when.
    """

    account_id: UUID
    occasion: Occasion
    tier: str | None
    actual: Mapping[UUID, Decimal]
    returns: tuple[tuple[datetime, Back], ...] = ()


@dataclass(slots=True, kw_only=True)
class Past:
    """What is known of an account before the replay begins, and what the replay adds.

    Attributes:
        left_at: when the member left; from then on it earns nothing for having referred another.
        referred_at: when what told of the referrer happened; None for ever.
    """

    orders: int = 0
    born: date | None = None
    left_at: datetime | None = None
    referrer: UUID | None = None
    referred_at: datetime | None = None
    tallies: list[Tally] = field(default_factory=list)

    def referrer_at(self, at: datetime) -> UUID | None:
        """Who was known at a moment to have referred the member."""
        return self.referrer if self.referred_at is None or self.referred_at <= at else None


@dataclass(slots=True)
class _Returning:
    """An order of which something will come back: what it gave in the replay, and what has been taken back of that."""

    played: Played
    found: Reckoning | None
    tallies: dict[tuple[UUID, str], Tally]
    reduced: dict[tuple[UUID, str], Tally] = field(default_factory=dict)
    back: list[Back] = field(default_factory=list)
    taken: dict[UUID, dict[str, Decimal]] = field(default_factory=dict)
    is_gone: bool = False

    def left_after(self, back: Back) -> Left:
        """What is left of it after another return."""
        self.back.append(back)
        occasion = self.played.occasion
        return left_of(occasion.lines, spending(RuleSet(), occasion), self.back, occasion.places)


@dataclass(slots=True)
class Compared:
    """What some orders gave, and would give."""

    orders: int = 0
    actual: Decimal = ZERO
    draft: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        """What they would give more."""
        return minus(self.draft, self.actual)

    def add(self, actual: Decimal, draft: Decimal, orders: int = 1) -> None:
        """Counts what an order gave, and would give."""
        self.orders += orders
        self.actual = plus(self.actual, actual)
        self.draft = plus(self.draft, draft)


@dataclass(slots=True)
class Report:
    """What came of a replay.

    Attributes:
        by_tier: None is without a tier.
        by_day: of the rules' time zone.
        by_rule: what each rule would give.
        by_reason: how often rules would give nothing, or less, and why.
        unknown: events that the rules do not know.
    """

    totals: Compared = field(default_factory=Compared)
    by_member: dict[UUID, Compared] = field(default_factory=dict)
    by_tier: dict[str | None, Compared] = field(default_factory=dict)
    by_day: dict[date, Compared] = field(default_factory=dict)
    by_rule: dict[str, Decimal] = field(default_factory=dict)
    by_reason: dict[Because, int] = field(default_factory=dict)
    unknown: int = 0

    @property
    def changed(self) -> list[tuple[UUID, Compared]]:
        """Members who would have other points, those with the greatest difference first."""
        found = [(account_id, each) for account_id, each in self.by_member.items() if each.difference]
        return sorted(found, key=lambda pair: (-abs(pair[1].difference), str(pair[0])))


class Replay:
    """Plays orders under rules, one after the other as they happened, each with what those before it led to."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.pasts: dict[UUID, Past] = {}
        self.report = Report()
        self._zone = ZoneInfo(rules.time_zone)
        self._returning: list[tuple[datetime, int, Back, _Returning]] = []
        self._number = 0
        self._campaigns = {rule.id: rule.campaign for rule in rules.rules if rule.campaign}
        self._spent: dict[str, Decimal] = {}

    def missing(self, accounts: Iterable[UUID]) -> list[UUID]:
        """Which of some accounts have no past yet."""
        return [each for each in dict.fromkeys(accounts) if each not in self.pasts]

    def play(self, played: Played) -> Reckoning | None:
        """Reckons an order, and keeps what it comes to; the accounts in it must have a past.

        What has come back of those before it has by then. None for an event that the rules do not know.
        """
        self.give_back(played.occasion.at)
        past, occasion = self.pasts[played.account_id], played.occasion
        referrer = past.referrer_at(occasion.at)
        if occasion.event is not None and objection(self.rules, occasion.event, occasion.fields):
            self.report.unknown += 1
            self._count(played, None)
            self._await(played, None, {})
            return None
        left_at = None if referrer is None else self.pasts[referrer].left_at
        facts = Facts(
            tier=played.tier,
            birthday=past.born,
            orders_before=past.orders,
            tallies=tuple(past.tallies),
            referrer=None if referrer is None else tuple(self.pasts[referrer].tallies),
            is_referrer_left_out=left_at is not None and left_at <= occasion.at,
            spent=self._spent,
        )
        found = reckon(self.rules, occasion, facts)
        self._await(played, found, self._remember(played, past, found))
        self._count(played, found)
        return found

    def give_back(self, until: datetime | None = None) -> None:
        """Takes back what has come back up to a moment (in), or all that ever has."""
        while self._returning and (until is None or self._returning[0][0] <= until):
            _, _, back, of = heapq.heappop(self._returning)
            if not of.is_gone:
                self._take_back(of, of.left_after(back))

    def _await(self, played: Played, found: Reckoning | None, tallies: dict[tuple[UUID, str], Tally]) -> None:
        of = _Returning(played, found, tallies)
        for at, back in played.returns:
            self._number += 1
            heapq.heappush(self._returning, (at, self._number, back, of))

    def _take_back(self, of: _Returning, left: Left) -> None:
        played, past = of.played, self.pasts[of.played.account_id]
        of.is_gone = left.is_nothing
        gone = taken(of.found, played.occasion.lines, left) if of.found else ()
        lost: dict[UUID, Decimal] = {played.account_id: ZERO}
        for each in gone:
            sides = ((played.account_id, each.points, each.measure), (past.referrer, each.referrer_points, ZERO))
            for account_id, points, measure in sides:
                if account_id is None:
                    continue
                before = of.taken.setdefault(account_id, {})
                more = minus(points, before.get(each.rule, ZERO))
                before[each.rule] = points
                lost[account_id] = plus(lost.get(account_id, ZERO), more)
                self.report.by_rule[each.rule] = minus(self.report.by_rule[each.rule], more)
                self._spend(each.rule, -more)
                self._reduce(of, (account_id, each.rule), points, measure)
        past.orders -= of.is_gone and played.occasion.event is None
        day = played.occasion.at.astimezone(self._zone).date()
        for compared in (self.report.totals, self.report.by_tier[played.tier], self.report.by_day[day]):
            compared.add(ZERO, -sum(lost.values(), ZERO), orders=-of.is_gone)
        for account_id, points in lost.items():
            orders = -of.is_gone if account_id == played.account_id else 0
            self.report.by_member.setdefault(account_id, Compared()).add(ZERO, -points, orders=orders)

    def _spend(self, rule: str, points: Decimal) -> None:
        """Budgets begin whole, and are drawn on in the order in which orders happened."""
        if code := self._campaigns.get(rule):
            self._spent[code] = plus(self._spent.get(code, ZERO), points)

    def _reduce(self, of: _Returning, key: tuple[UUID, str], points: Decimal, measure: Decimal) -> None:
        """Caps, challenges and streaks count what is left."""
        first = of.tallies.get(key)
        if first is None:
            return
        tallies = self.pasts[key[0]].tallies
        tallies.remove(of.reduced.get(key, first))
        rest = minus(first.points, points)
        of.reduced[key] = replace(first, points=rest, times=int(rest > 0), measure=minus(first.measure, measure))
        tallies.append(of.reduced[key])

    def _remember(self, played: Played, past: Past, found: Reckoning) -> dict[tuple[UUID, str], Tally]:
        day = played.occasion.at.astimezone(self._zone).date()
        past.orders += played.occasion.event is None
        made: dict[tuple[UUID, str], Tally] = {}
        for given in found.given:
            if given.points or given.measure:
                own = Tally(given.rule, day, given.points, int(given.points > 0), given.measure)
                made[played.account_id, given.rule] = own
            if given.referrer_points and past.referrer is not None:
                made[past.referrer, given.rule] = Tally(given.rule, day, given.referrer_points, 1, ZERO)
        for (account_id, rule), tally in made.items():
            self.pasts[account_id].tallies.append(tally)
            self._spend(rule, tally.points)
        return made

    def _count(self, played: Played, found: Reckoning | None) -> None:
        report, past = self.report, self.pasts[played.account_id]
        draft = {played.account_id: found.points if found else ZERO}
        if past.referrer is not None and found and found.referrer_points:
            draft[past.referrer] = found.referrer_points
        day = played.occasion.at.astimezone(self._zone).date()
        actual = sum(played.actual.values(), ZERO)
        both = (actual, sum(draft.values(), ZERO))
        report.totals.add(*both)
        report.by_tier.setdefault(played.tier, Compared()).add(*both)
        report.by_day.setdefault(day, Compared()).add(*both)
        for account_id in {**draft, **played.actual}:
            own = (played.actual.get(account_id, ZERO), draft.get(account_id, ZERO))
            member = report.by_member.setdefault(account_id, Compared())
            member.add(*own, orders=int(account_id == played.account_id))
        for given in found.given if found else ():
            points = plus(given.points, given.referrer_points)
            report.by_rule[given.rule] = plus(report.by_rule.get(given.rule, ZERO), points)
            if given.because is not None:
                report.by_reason[given.because] = report.by_reason.get(given.because, 0) + 1
