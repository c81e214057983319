"""Commands as plain facts that Hypothesis draws, and how they become commands on the accounts of a model."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from guerdon.core import commands as verbs
from guerdon.core.callers import Caller
from guerdon.core.commands import Basis, Command
from guerdon.core.points import minus
from guerdon.core.programs import Expiry, ExpiryKind, Program, ReturnPolicy
from ledger_model.model import Model

Facts = dict[str, Any]

NOBODYS = UUID(int=9)
"""No account has this id."""

EXPIRIES = (
    Expiry(),
    Expiry(kind=ExpiryKind.ROLLING, count=30, unit="day", time_zone="America/New_York"),
    Expiry(kind=ExpiryKind.ROLLING, count=1, unit="month", round_to="quarter", time_zone="America/New_York"),
    Expiry(kind=ExpiryKind.FIXED, dates=("01-31", "07-02", "11-01"), time_zone="Pacific/Auckland"),
    Expiry(kind=ExpiryKind.INACTIVITY, count=10, unit="day"),
    Expiry(kind=ExpiryKind.INACTIVITY, count=2, unit="month", round_to="month", time_zone="Europe/Berlin"),
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# Hours for what happens side by side, days and months for the calendar.
later = st.sampled_from([timedelta(0), *[HOUR, 2 * HOUR, 3 * HOUR, 5 * HOUR, DAY] * 3, 12 * DAY, 40 * DAY, 400 * DAY])
clock_steps = st.sampled_from(
    [*[timedelta(0)] * 12, *[HOUR, HOUR, 2 * HOUR] * 4, DAY, DAY, 9 * DAY, 13 * DAY, 35 * DAY, 100 * DAY, 400 * DAY]
)
effective = st.sampled_from([timedelta(0)] * 8 + [-HOUR, -3 * DAY, -50 * DAY, HOUR])
fine = st.decimals(min_value="0.00000000000001", max_value=50, places=14)
many = st.integers(3, 40).map(Decimal) | fine
points = st.integers(1, 15).map(Decimal) | fine
signed = (st.integers(-40, 20).map(Decimal) | st.decimals(min_value=-40, max_value=20, places=2)).filter(bool)
references = st.sampled_from(["s1", "s2", None])
backward = st.sampled_from([0, 0, 0, 1, 2, 3])
which = st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3])
"""The account: three of one program, and one of another; the first is the busiest."""

FIELDS: dict[type[Command], dict[str, st.SearchStrategy[Any]]] = {
    verbs.Earn: {
        "points": many,
        "expires_at": st.none() | st.none() | later,
        "is_pending": st.sampled_from([False, False, True]),
        "activates_at": st.none() | later,
    },
    verbs.Activate: {"pending": backward},
    verbs.Cancel: {"pending": backward},
    verbs.Adjust: {"points": signed},
    verbs.Set: {"points": st.integers(-10, 60).map(Decimal) | signed, "basis": st.sampled_from(Basis)},
    verbs.Hold: {
        "points": points | points | many,
        "once_per_reference": st.booleans(),
        "expires_at": st.none() | later,
    },
    verbs.Capture: {"hold": backward, "points": st.none() | points, "release_rest": st.booleans()},
    verbs.Void: {"hold": backward},
    verbs.Reverse: {
        "back": st.sampled_from([0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, -1]),
        "points": st.none() | points,
        "expires_at": st.none() | later,
    },
    verbs.Transfer: {"to": st.sampled_from([0, 1, 1, 1, 2, 2, 3, 4]), "points": st.none() | points},
}

OFTEN = (
    *[verbs.Earn] * 6,
    *[verbs.Hold] * 6,
    *[verbs.Capture] * 4,
    *[verbs.Reverse] * 6,
    *[verbs.Adjust] * 3,
    verbs.Void,
    verbs.Transfer,
)


EARN: Facts = {"kind": verbs.Earn, "points": Decimal(40), "expires_at": None, "is_pending": False, "activates_at": None}


@st.composite
def facts(draw: st.DrawFn, kinds: tuple[type[Command], ...] = (*FIELDS, *OFTEN)) -> Facts:
    """One command: accounts by index, holds and pending earns by how far back, moments from now."""
    kind = draw(st.sampled_from(kinds))
    drawn: Facts = {"kind": kind, "account": draw(which), "at": draw(effective)}
    drawn |= {"reference": draw(references), "fits": draw(st.sampled_from([True, True, True, False]))}
    return drawn | {name: draw(strategy) for name, strategy in FIELDS[kind].items()}


@st.composite
def rules(draw: st.DrawFn) -> Facts:
    """What a program may decide."""
    return {
        "expiry": draw(st.sampled_from(EXPIRIES)),
        "allow_negative": draw(st.booleans()),
        "return_policy": draw(st.sampled_from(ReturnPolicy)),
        "return_grace_days": draw(st.sampled_from([0, 10])),
    }


def program(chain_id: UUID, **chosen: Any) -> Program:
    """A program with these rules, under a name of its own."""
    id_ = uuid.uuid4()
    plain: Facts = {"earning_descriptions": (), "redemption_descriptions": (), "points_per_unit": None}
    return Program(
        **{**plain, "id": id_, "chain_id": chain_id, "code": id_.hex, "name": "P", "allow_negative": False, **chosen}
    )


@dataclass
class Draft:
    """Makes commands of facts; knows which holds and pending earns there are, and asks the model for versions."""

    caller: Caller
    accounts: list[UUID]
    model: Model
    made: dict[tuple[str, UUID], list[UUID]] = field(default_factory=dict)
    count: int = 0

    def command(self, drawn: Facts, now: datetime, key: str | None = None) -> Command:
        """The command that the facts stand for at this moment.

        Where they fit, a command that would ask for what is not there earns, and none asks for more than there is.
        """
        account_id = self.accounts[drawn["account"]]
        if drawn["fits"] and not self._is_there(drawn, account_id):
            drawn = {**EARN, **{name: drawn[name] for name in ("account", "at", "reference", "fits")}}
        named: Facts = {"caller": self.caller, "account_id": account_id, "key": key, "reference": drawn["reference"]}
        named |= {name: drawn[name] for name in ("points", "basis", "release_rest") if name in drawn}
        for name in ("at", "expires_at", "activates_at"):
            if name in drawn:
                named[name] = None if drawn[name] is None else now + drawn[name]
        named |= self._subject(drawn, account_id)
        if drawn["kind"] is verbs.Earn and not drawn["is_pending"]:
            named["activates_at"] = None
        if drawn["fits"]:
            self._fit(named, drawn["kind"], is_twin=drawn.get("is_twin", False))
        command: Command = drawn["kind"](**named)
        return command

    def _subject(self, drawn: Facts, account_id: UUID) -> Facts:
        """The hold, pending earn, entry or other account that the command is about."""
        named: Facts = {
            f"{name}_id": self._known(name, account_id, drawn[name]) for name in ("hold", "pending") if name in drawn
        }
        if drawn.get("is_pending"):
            named["pending_id"] = self._new("pending", account_id)
        if drawn["kind"] is verbs.Hold:
            named["hold_id"] = self._new("hold", account_id)
            named["once_per_reference"] = drawn["once_per_reference"] and drawn["reference"] is not None
        if "back" in drawn:
            named["version"] = self.model.accounts[account_id].version - drawn["back"]
        if "to" in drawn:
            named["to_account_id"] = self.accounts[drawn["to"]] if drawn["to"] < len(self.accounts) else NOBODYS
        return named

    def _is_there(self, drawn: Facts, account_id: UUID) -> bool:
        """Whether there is anything that the command could be about."""
        account = self.model.accounts[account_id]
        back: int = drawn.get("back", 0)
        if drawn["kind"] in (verbs.Hold, verbs.Transfer):
            return account.available > 0 or drawn.get("is_twin", False)
        if drawn["kind"] is verbs.Reverse:
            return account.version > max(back, 0)
        return all(
            drawn[name] < len(self.made.get((name, account_id), [])) for name in ("hold", "pending") if name in drawn
        )

    def _fit(self, named: Facts, kind: type[Command], *, is_twin: bool) -> None:
        """No more points than there are; of a twin, as many as the open hold with its reference has."""
        account = self.model.accounts[named["account_id"]]
        most = named.get("points")
        if kind is verbs.Hold and is_twin and named["once_per_reference"]:
            twins = [h.points for h in account.open_holds if h.once and h.said.reference == named["reference"]]
            named["points"] = twins[0] if twins else named["points"]
            return
        if kind in (verbs.Hold, verbs.Transfer):
            most = account.available
        elif kind is verbs.Capture and named["hold_id"] in account.holds:
            most = account.holds[named["hold_id"]].remaining
        elif kind is verbs.Reverse and 0 < named["version"] <= account.version:
            most = minus(abs(account.entries[named["version"] - 1].points), account.undone(named["version"]))
        if most is not None and most > 0 and named.get("points") is not None:
            named["points"] = min(most, named["points"])

    def _new(self, name: str, account_id: UUID) -> UUID:
        self.count += 1
        self.made.setdefault((name, account_id), []).append(UUID(int=self.count))
        return UUID(int=self.count)

    def _known(self, name: str, account_id: UUID, back: int) -> UUID:
        """A recent one of the account; far enough back, one of any account, or nobody's."""
        own = self.made.get((name, account_id), [])
        if back < len(own):
            return own[-1 - back]
        return UUID(int=max(self.count - back, 0))


KEYS = ("k1", "k2", None, None, None, None, None, None)

Plan = list[tuple[timedelta, list[tuple[Facts, str | None]]]]
"""Batches of commands with their keys, each so long after the one before."""


@st.composite
def plans(draw: st.DrawFn, *, batches: int = 4, largest: int = 12) -> Plan:
    """Batches of many commands, most of them on one account."""
    return [
        (
            draw(clock_steps),
            [(draw(facts()), draw(st.sampled_from(KEYS))) for _ in range(draw(st.integers(1, largest)))],
        )
        for _ in range(draw(st.integers(1, batches)))
    ]
