"""What rules gave, line by line and rule by rule, as the native API shows it; pure."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import UNSET

from guerdon.core.points import ZERO, plus
from guerdon.core.rules.occasions import Occasion
from guerdon.core.rules.reckonings import Given, Reckoning
from guerdon.surfaces.native.mapping import shown
from guerdon.surfaces.native.wire import orders as wire


def lines_of(occasion: Occasion, reckoning: Reckoning) -> list[wire.LineAccount]:
    """The lines of an order, what each came to and what all rules gave for it."""
    return [
        wire.LineAccount(
            id=line.id,
            sku=line.sku,
            category=line.category,
            quantity=line.quantity,
            unit_price=line.unit_price,
            tax=line.tax,
            discount=line.discount,
            counts=reckoning.values[n],
            excluded=n in reckoning.excluded,
            points=_of_line(reckoning.given, n),
        )
        for n, line in enumerate(occasion.lines)
    ]


def _of_line(given: Sequence[Given], n: int) -> Decimal:
    total = ZERO
    for each in given:
        total = plus(total, each.shares[n]) if each.shares else total
    return shown(total)


def rules_of(occasion: Occasion, reckoning: Reckoning) -> list[wire.RuleAccount]:
    """What each rule gave, and why it gave nothing or less."""
    return [
        wire.RuleAccount(
            rule=given.rule,
            points=shown(given.points),
            before_caps=shown(given.before_caps),
            referrer_points=shown(given.referrer_points),
            because=given.because,
            lines=[
                wire.LinePoints(line.id, share)
                for line, share in zip(occasion.lines, given.shares, strict=False)
                if share
            ],
            cuts=[
                wire.Cut(
                    per=cut.per or "order",
                    limit=cut.limit,
                    used=shown(cut.used),
                    cut=cut.cut,
                    counts="times" if cut.of_times else "points",
                    of="campaign" if cut.campaign else "all_rules" if cut.of_all else "rule",
                    campaign=cut.campaign or UNSET,
                )
                for cut in given.cuts
            ],
        )
        for given in reckoning.given
    ]
