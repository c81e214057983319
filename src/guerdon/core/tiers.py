"""Where a member stands on a program's ladder, how it came there, and what is missing: derived from what it did."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from guerdon.core.expiries import begins, months_later
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.programs import Downgrade, Qualifying, Tier, Window

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Move(StrEnum):
    """What happened to where a member stands."""

    REACHED = "reached"
    KEPT = "kept"
    DROPPED = "dropped"
    GRANTED = "granted"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that counts: points earned, money spent or a visit."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """A move on the ladder; without a tier, off it."""

    at: datetime
    what: Move
    tier: Tier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a member stands at a moment.

    Attributes:
        tier: None is below the ladder.
        until: until when it is good, grace included; None is for good.
        steps: how it came there, the oldest first.
        counted: what counts towards the next tier now.
        next_tier: the next one up; None at the top.
        missing: for it.
        by: when what counts now ceases to.
        keeping: what is still missing to stay when `until` comes; None where it is for good.
        warned_from: when it is time to say so.
        is_warned: that time has come.
    """

    tier: Tier | None
    until: datetime | None = None
    steps: tuple[Step, ...] = ()
    counted: Decimal = ZERO
    next_tier: Tier | None = None
    missing: Decimal | None = None
    by: datetime | None = None
    keeping: Decimal | None = None
    warned_from: datetime | None = None
    is_warned: bool = False


def place(rules: Qualifying, ladder: Sequence[Tier], deeds: Sequence[Deed], now: datetime) -> Place:
    """Where deeds have brought a member by a moment.

    Args:
        rules: of the program.
        ladder: in any order; tiers that are given by hand are not on it.
        deeds: in any order; later ones do not count yet.
        now: the moment.
    """
    steps = rungs(ladder)
    done = sorted((deed for deed in deeds if deed.at <= now), key=lambda deed: deed.at)
    walk = _Walk(rules, steps, done)
    for deed in done:
        walk.check_until(deed.at)
        walk.reach(deed.at)
    walk.check_until(now)
    walk.begin()
    return walk.shown(now)


def reached(climbing: Sequence[Tier], amount: Decimal) -> Tier | None:
    """The highest of the `rungs` that an amount leads to; where nothing runs out, that is all there is to a place."""
    found = None
    for tier in climbing:
        if tier.min_lifetime and tier.min_lifetime > amount:
            break
        found = tier
    return found


def rungs(ladder: Sequence[Tier]) -> list[Tier]:
    """The tiers that are climbed to, the lowest first: those that are given by hand are not on the way."""
    return sorted((tier for tier in ladder if not tier.by_hand), key=lambda tier: tier.min_lifetime)


def granted(found: Place, tier: Tier, until: datetime | None, now: datetime, ladder: Sequence[Tier]) -> Place:
    """The place of somebody who was given a tier by hand: it is not lost before its end, and a higher one counts.

    The next one is the next above it; where it is off the ladder, above what the member came to by itself.
    """
    if until is not None and until <= now:
        return found
    if found.tier is not None and not tier.by_hand and found.tier.min_lifetime >= tier.min_lifetime:
        is_lost_before = found.until is not None and (until is None or found.until < until)
        if found.tier.id != tier.id or not is_lost_before:
            return found
    step = Step(now, Move.GRANTED, tier)
    above = found.next_tier
    if not tier.by_hand:
        above = next((each for each in rungs(ladder) if each.min_lifetime > tier.min_lifetime), None)
    return Place(
        tier=tier,
        until=until,
        steps=(*found.steps, step),
        counted=found.counted,
        next_tier=above,
        missing=None if above is None else max(ZERO, minus(above.min_lifetime, found.counted)),
        by=found.by,
    )


@dataclass(slots=True)
class _Walk:
    """A walk through time: on which rung (-1 is none), until when, and from when on that was counted."""

    rules: Qualifying
    rungs: list[Tier]
    deeds: list[Deed]
    rung: int = -1
    until: datetime | None = None
    counted_from: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    zone: ZoneInfo = field(init=False)
    moments: list[datetime] = field(init=False)
    sums: list[Decimal] = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.rules.time_zone)
        self.moments = [deed.at for deed in self.deeds]
        self.sums = [ZERO]
        for deed in self.deeds:
            self.sums.append(plus(self.sums[-1], deed.amount))

    def reach(self, at: datetime) -> None:
        """What was done up to a moment may lead up, or keep the member where it is for longer."""
        reached = self._rung_of(self._between(self._since(at), at))
        if reached > self.rung:
            self._move(at, Move.REACHED, reached)
            self._count_from(at)
        elif reached == self.rung and self.until is not None:
            self._count_from(at)

    def begin(self) -> None:
        """Who has done nothing stands where nothing is asked."""
        if self.rung < 0:
            self.rung = self._rung_of(ZERO)

    def check_until(self, at: datetime) -> None:
        """Whatever has run out by a moment is kept or lost, one time after the other."""
        while self.until is not None and (spared := self._days(self.until, self.rules.grace_days)) <= at:
            end = self.until
            reached = self._rung_of(self._between(self._checked_since(end), spared))
            if reached >= self.rung:
                self._move(spared, Move.KEPT, self.rung)
            else:
                one_down = self.rung - 1 if self.rules.downgrade is Downgrade.ONE_STEP else reached
                self._move(spared, Move.DROPPED, max(reached, one_down))
            self._count_from(end)

    def shown(self, now: datetime) -> Place:
        """The place at the end of the walk."""
        counted = self._between(self._since(now), now)
        above = self.rungs[self.rung + 1] if self.rung + 1 < len(self.rungs) else None
        until = None if self.until is None else self._days(self.until, self.rules.grace_days)
        keeping = None
        if self.until is not None:
            so_far = self._between(self._checked_since(self.until), now)
            keeping = max(ZERO, minus(self.rungs[self.rung].min_lifetime, so_far))
        warned_from = None if until is None else self._days(until, -self.rules.notice_days)
        return Place(
            tier=self.rungs[self.rung] if self.rung >= 0 else None,
            until=until,
            steps=tuple(self.steps),
            counted=counted,
            next_tier=above,
            missing=None if above is None else max(ZERO, minus(above.min_lifetime, counted)),
            by=self._period_end(now) if self.rules.window is Window.CALENDAR else None,
            keeping=keeping,
            warned_from=warned_from,
            is_warned=bool(keeping) and warned_from is not None and now >= warned_from,
        )

    def _count_from(self, at: datetime) -> None:
        """The rung is good for a time from a moment on; never for less than it was."""
        until = self._good_until(at)
        if self.until is None or until is None or until >= self.until:
            self.until, self.counted_from = until, at

    def _move(self, at: datetime, what: Move, rung: int) -> None:
        self.rung = rung
        self.steps.append(Step(at, what, self.rungs[rung] if rung >= 0 else None))

    def _rung_of(self, amount: Decimal) -> int:
        return bisect_right([tier.min_lifetime for tier in self.rungs], amount) - 1

    def _between(self, since: datetime | None, until: datetime) -> Decimal:
        """What was done from one moment on and up to another."""
        first = 0 if since is None else bisect_right(self.moments, since - timedelta.resolution)
        return minus(self.sums[bisect_right(self.moments, until)], self.sums[first])

    def _since(self, at: datetime) -> datetime | None:
        """From when on deeds count at a moment."""
        if self.rules.window is Window.LIFETIME:
            return None
        if self.rules.window is Window.ROLLING:
            return self._later(at, -self.rules.count)
        return self._period_start(at)

    def _checked_since(self, end: datetime) -> datetime | None:
        """From when on deeds count when a time that ended is looked at: those that led to it do no longer."""
        if self.rules.window is Window.ROLLING and self.counted_from is not None:
            return self.counted_from + timedelta.resolution
        return self._since(end - timedelta.resolution)

    def _good_until(self, at: datetime) -> datetime | None:
        """Until when a rung that was reached at a moment is good; the lowest one is for good where it asks nothing."""
        if self.rules.window is Window.LIFETIME or self.rung < 0 or not self.rungs[self.rung].min_lifetime:
            return None
        if self.rules.window is Window.ROLLING:
            return self._later(at, self.rules.count)
        return self._period_end(self._period_end(at))

    def _later(self, at: datetime, count: int) -> datetime:
        if self.rules.unit == "day":
            return self._days(at, count)
        here = at.astimezone(self.zone)
        day = months_later(here.date(), count * MONTHS[self.rules.unit])
        return datetime.combine(day, here.timetz()).astimezone(UTC)

    def _days(self, at: datetime, count: int) -> datetime:
        """So many days later, at the same time of day where the program is."""
        return (at.astimezone(self.zone) + timedelta(days=count)).astimezone(UTC) if count else at

    def _period_start(self, at: datetime) -> datetime:
        day, months = at.astimezone(self.zone).date(), MONTHS[self.rules.unit]
        return begins(day.replace(month=(day.month - 1) // months * months + 1, day=1), self.zone)

    def _period_end(self, at: datetime) -> datetime:
        day = self._period_start(at).astimezone(self.zone).date()
        return begins(months_later(day, MONTHS[self.rules.unit]), self.zone)


class Moved(NamedTuple):
    """A move that was noticed, with the codes that the tiers have now; without a tier is below the ladder."""

    id: UUID
    noticed_at: datetime
    move: str
    from_id: UUID | None
    from_code: str | None
    to_id: UUID | None
    to_code: str | None
