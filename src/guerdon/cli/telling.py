"""Writes an account's life for people: who, how it stands, what happened and why, and what is ahead."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from guerdon.cli.words import amount, last_day, moment, signed
from guerdon.core.books import total
from guerdon.core.histories import Event, Fate, Figures, Payment, Use
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.projections import Projection, Step, What
from guerdon.engine.explaining import Balance, Explanation, Lapsing, lapses

DONE = {
    "capture": "spent by",
    "expire": "lapsed by",
    "reverse": "taken back by",
    "transfer": "moved by",
    "adjust": "taken by",
    "set": "taken by",
}
"""What an entry that takes points does to a lot."""

AHEAD = {What.LAPSE: "points lapse", What.HOLD_ENDS: "a hold ends", What.ACTIVATION: "pending points become good"}


def tell(console: Console, told: Explanation) -> None:
    """Writes all of it."""
    console.print(_head(told))
    parts = ((_entries, "Entries"), (_holds, "Holds"), (_promises, "Pending earns"))
    for part, title in parts:
        table = part(told)
        if table.row_count:
            console.print(f"\n[bold]{title}[/]")
            console.print(table)
    if told.ahead is not None:
        console.print(f"\n[bold]Ahead, up to {moment(told.ahead.at, _zone(told))}[/]")
        console.print(_ahead(told, told.ahead))
    console.print(f"\nTimes are in {_zone(told)}; a day is the last on which points are good.", style="dim")


def tell_balance(console: Console, told: Balance) -> None:
    """Writes the figures of a moment, and the steps to them."""
    at, zone = told.projection, told.time_zone
    console.print(f"Account {told.owner.account_id} of {told.owner.slug}, {moment(at.at, zone)} {zone}", style="dim")
    console.print(_figures(at))
    for step in at.steps:
        console.print(f"  {moment(step.at, zone)}  {AHEAD[step.what]}: {amount(step.points)}", markup=False)


def tell_lapsing(console: Console, found: Sequence[Lapsing]) -> None:
    """Writes what lapses, day by day, with totals."""
    table = _plain("tenant", "program", "last day", "points", "kept by holds", "accounts")
    for row in found:
        table.add_row(row.slug, row.code, f"{row.last_day}", amount(row.points), amount(row.kept), f"{row.accounts:,}")
    table.add_section()
    table.add_row("all", "", "", amount(total(row.points for row in found)), amount(total(row.kept for row in found)))
    console.print(table)


def _zone(told: Explanation) -> str:
    return told.books.program.expiry.time_zone


_RIGHT = frozenset({"points", "balance", "remaining", "kept by holds", "accounts"})


def _plain(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in _RIGHT else "left", overflow="fold")
    return table


def _figures(at: Figures | Projection) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    for name in ("posted", "held", "available", "pending", "lifetime"):
        table.add_column(name, justify="right", style="bold", header_style="dim")
    table.add_row(*map(amount, (at.posted, at.held, at.available, at.pending, at.lifetime)))
    return table


def _head(told: Explanation) -> Panel:
    names, title = "", "A person who was erased"
    if told.member is not None:
        names = ", ".join(f"{space} {value}" for space, value in sorted(told.member.identifiers.items()))
        title = told.member.profile.display_name or f"Member {told.member.number}"
    then = told.history.figures
    lines: list[RenderableType] = [
        Text(names),
        Text(f"{told.books.program.name} ({told.books.program.code}) of {told.owner.slug}", style="dim"),
        Text(f"membership {told.owner.membership_id}, account {told.books.account_id}", style="dim"),
        Text(),
        _figures(then),
        Text(),
        _next(told),
    ]
    if told.books.closed_at is not None:
        lines.append(Text(f"closed {moment(told.books.closed_at, _zone(told))}", style="red"))
    when = moment(then.at, _zone(told))
    return Panel(Group(*lines), title=Text(title, style="bold"), subtitle=f"as of {when}", title_align="left")


def _next(told: Explanation) -> Text:
    if told.ahead is None:
        return Text()
    coming = lapses(told.ahead)
    if not coming:
        return Text("nothing lapses in these days", style="green")
    first = coming[0]
    return Text(
        f"{amount(first.points)} lapse at the end of {last_day(first.at, _zone(told))} if nothing happens",
        style="yellow",
    )


def _entries(told: Explanation) -> Table:
    table = _plain("#", "when", "what", "points", "balance", "how it was paid, what became of it")
    for event in told.history.events:
        entry = event.entry
        colour = "green" if entry.points > 0 else "red" if entry.points < 0 else ""
        table.add_row(
            str(entry.version),
            moment(entry.effective_at, _zone(told)),
            Text(_what(event)),
            Text(signed(entry.points), style=colour),
            amount(entry.balance_after),
            Text("\n".join(_story(told, event))),
        )
    return table


def _what(event: Event) -> str:
    entry = event.entry
    words = [entry.kind]
    if entry.reverses is not None:
        words.append(f"of #{entry.reverses}")
    said = [fact for fact in (entry.reason, entry.reference, entry.location) if fact]
    return " ".join(words) + (f": {', '.join(said)}" if said else "")


def _story(told: Explanation, event: Event) -> Iterator[str]:
    entry = event.entry
    for back in event.returns:
        yield f"{amount(back.points)} " + (f"back to #{back.version}" if back.version else "owed no longer")
    if entry.points <= 0:
        for payment in event.payments:
            yield _paid(told, payment)
    for fate in event.fates:
        yield from _became(told, fate)
    if entry.peer_id is not None:
        yield f"{'to' if entry.points <= 0 else 'from'} account {entry.peer_id}"
    if entry.from_pending:
        yield f"{amount(entry.from_pending)} from pending earns"
    if entry.shortfall:
        yield f"{amount(entry.shortfall)} could not be taken"


def _paid(told: Explanation, payment: Payment) -> str:
    if not payment.version:
        return f"{amount(payment.points)} owed"
    return f"{amount(payment.points)} of #{payment.version}{_until(told, payment.day)}"


def _until(told: Explanation, ends: datetime | None) -> str:
    return "" if ends is None else f", good until {last_day(ends, _zone(told))}"


def _became(told: Explanation, fate: Fate) -> Iterator[str]:
    for use in fate.uses:
        yield f"{amount(use.points)} {_done(told, use)} #{use.version}"
    if fate.left:
        yield f"{amount(fate.left)} left{_until(told, fate.day)}"


def _done(told: Explanation, use: Use) -> str:
    """A reversal that gave points back has given those of a lapsed lot a new day."""
    is_new_day = any(event.entry.version == use.version and event.entry.points > 0 for event in told.history.events)
    return "given a new day by" if is_new_day else DONE.get(use.kind, "taken by")


def _holds(told: Explanation) -> Table:
    table = _plain("placed", "state", "points", "remaining", "ends", "said", "captured by")
    for hold in told.history.holds:
        took = [
            f"#{event.entry.version} {amount(event.entry.points.copy_abs())}"
            for event in told.history.events
            if event.entry.hold_id == hold.id and event.entry.kind == "capture"
        ]
        table.add_row(
            moment(hold.placed_at, _zone(told)),
            hold.state,
            amount(hold.points),
            amount(hold.remaining),
            moment(hold.expires_at, _zone(told)) if hold.expires_at else "when called for",
            Text(", ".join(fact for fact in (hold.reason, hold.reference, hold.location) if fact)),
            ", ".join(took),
        )
    return table


def _promises(told: Explanation) -> Table:
    table = _plain("placed", "state", "points", "remaining", "becomes good", "lapses", "said")
    for promise in told.history.promises:
        table.add_row(
            moment(promise.placed_at, _zone(told)),
            promise.state,
            amount(promise.points),
            amount(promise.remaining),
            moment(promise.activates_at, _zone(told)) if promise.activates_at else "when called for",
            last_day(promise.expires_at, _zone(told)) if promise.expires_at else "by the program",
            Text(", ".join(fact for fact in (promise.reason, promise.reference, promise.location) if fact)),
        )
    return table


def _ahead(told: Explanation, ahead: Projection) -> RenderableType:
    table = _plain("when", "what", "points", "balance")
    balance = told.books.posted
    for step in ahead.steps:
        balance = plus(balance, _moved(step))
        table.add_row(moment(step.at, _zone(told)), AHEAD[step.what], amount(step.points), amount(balance))
    figures = _figures(ahead)
    waiting = Text(f"{amount(ahead.waiting)} are past their day and kept by holds") if ahead.waiting else Text()
    return Group(table, waiting, figures) if ahead.steps else Group(Text("nothing happens by itself"), figures)


def _moved(step: Step) -> Decimal:
    """What a step does to the balance."""
    return {What.LAPSE: minus(ZERO, step.points), What.ACTIVATION: step.points}.get(step.what, ZERO)
