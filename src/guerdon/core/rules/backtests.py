"""What orders of a time past would have given by other rules, against what they gave: by member, tier and day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from guerdon.core.points import ZERO, minus, plus
from guerdon.core.rules.matching import Because
from guerdon.core.rules.occasions import Facts, Occasion, Tally
from guerdon.core.rules.reckonings import Reckoning, reckon
from guerdon.core.rules.schemas import objection
from guerdon.core.rules.sets import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """An order or event that is replayed.

    Attributes:
        account_id: of the member.
        tier: that the member stood on then.
        actual: what it gave, by account.
    """

    account_id: UUID
    occasion: Occasion
    tier: str | None
    actual: Mapping[UUID, Decimal]


@dataclass(slots=True, kw_only=True)
class Past:
    """What is known of an account before the replay begins, and what the replay adds."""

    orders: int = 0
    born: date | None = None
    referrer: UUID | None = None
    tallies: list[Tally] = field(default_factory=list)


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

    def missing(self, accounts: Iterable[UUID]) -> list[UUID]:
        """Which of some accounts have no past yet."""
        return [each for each in dict.fromkeys(accounts) if each not in self.pasts]

    def play(self, played: Played) -> Reckoning | None:
        """Reckons an order, and keeps what it comes to; the accounts in it must have a past.

        None for an event that the rules do not know.
        """
        past, occasion = self.pasts[played.account_id], played.occasion
        if occasion.event is not None and objection(self.rules, occasion.event, occasion.fields):
            self.report.unknown += 1
            self._count(played, None)
            return None
        facts = Facts(
            tier=played.tier,
            birthday=past.born,
            orders_before=past.orders,
            tallies=tuple(past.tallies),
            referrer=None if past.referrer is None else tuple(self.pasts[past.referrer].tallies),
        )
        found = reckon(self.rules, occasion, facts)
        self._remember(played, past, found)
        self._count(played, found)
        return found

    def _remember(self, played: Played, past: Past, found: Reckoning) -> None:
        day = played.occasion.at.astimezone(self._zone).date()
        past.orders += played.occasion.event is None
        for given in found.given:
            if given.points or given.measure:
                past.tallies.append(Tally(given.rule, day, given.points, int(given.points > 0), given.measure))
            if given.referrer_points and past.referrer is not None:
                theirs = Tally(given.rule, day, given.referrer_points, 1, ZERO)
                self.pasts[past.referrer].tallies.append(theirs)

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
