"""Everything that is known of an account, as plain rows, and what is always true of them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

from guerdon.core.points import ZERO, minus, plus
from ledger_model.accounts import ModelAccount, total

State = dict[str, Any]
Key = TypeVar("Key", bound=Hashable)

FIGURES = ("posted", "held", "pending", "lifetime", "version", "idle_at")
SAID = ("reason", "reference", "location", "surface", "actor", "cause", "hold_id", "pending_id")
ENTRY = (
    *("version", "kind", "points", "balance_after", "effective_at", "recorded_at"),
    *("reverses", "shortfall", "from_pending", "peer_id"),
    *SAID,
)
LOT = ("points", "remaining", "earned_at", "expires_at")
HOLD = ("points", "remaining", "state", "expires_at", "closed_at", "reason", "reference", "location", "actor")
PENDING = ("points", "remaining", "state", "activates_at", "expires_at", "closed_at", "reason", "reference", "cause")


def state_of(account: ModelAccount) -> State:
    """What the model knows of an account."""
    return {
        "figures": {name: getattr(account, name) for name in FIGURES},
        "entries": [_flat(entry, ENTRY) for entry in account.entries],
        "lots": {lot.id: _flat(lot, LOT) for lot in account.lots},
        "consumptions": {(debit, by, *lot): points for (debit, by, lot), points in account.consumed.items()},
        "holds": {id_: _flat(hold, HOLD) for id_, hold in account.holds.items()},
        "pendings": {id_: _flat(pending, PENDING) for id_, pending in account.pendings.items()},
    }


def _flat(thing: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(thing if hasattr(thing, name) else thing.said, name) for name in names}


def differences(expected: State, found: State) -> list[str]:
    """Where two states of an account are not the same, a line for each place."""
    lines: list[str] = []
    for table, rows in expected.items():
        mine = _by_key(rows)
        theirs = _by_key(found[table])
        for key in {**mine, **theirs}:
            one, other = mine.get(key), theirs.get(key)
            if isinstance(one, dict) and isinstance(other, dict):
                parts = [
                    f"{name}: expected {one[name]}, found {other[name]}" for name in one if one[name] != other[name]
                ]
            else:
                parts = [f"expected {one}, found {other}"] if one != other else []
            lines += [f"{table} {key} {part}" for part in parts]
    return lines


def _by_key(rows: Any) -> dict[Any, Any]:
    return dict(enumerate(rows, 1)) if isinstance(rows, list) else rows


def check(state: State) -> None:
    """What is always true of one account's rows."""
    _check_chain(state)
    _check_reservations(state)
    _check_lots(state)
    _check_debits(state)
    _check_lifetime(state)


def summed(pairs: Iterable[tuple[Key, Decimal]]) -> dict[Key, Decimal]:
    """Exact sums by key."""
    sums: defaultdict[Key, Decimal] = defaultdict(lambda: ZERO)
    for key, points in pairs:
        sums[key] = plus(sums[key], points)
    return sums


def undone(state: State) -> dict[int, Decimal]:
    """How much of each entry its reversals have used up."""
    return summed(
        (entry["reverses"], total([abs(entry["points"]), entry["shortfall"] or ZERO, entry["from_pending"] or ZERO]))
        for entry in state["entries"]
        if entry["reverses"] is not None
    )


def _check_chain(state: State) -> None:
    balance = ZERO
    for version, entry in enumerate(state["entries"], 1):
        balance = plus(balance, entry["points"])
        assert (entry["version"], entry["balance_after"]) == (version, balance)
    assert (state["figures"]["version"], state["figures"]["posted"]) == (len(state["entries"]), balance)


def _check_reservations(state: State) -> None:
    for figure, table in (("held", "holds"), ("pending", "pendings")):
        rows = state[table].values()
        assert state["figures"][figure] == total(row["remaining"] for row in rows), figure
        for row in rows:
            assert (row["remaining"] > 0) is (row["state"] == "open") is (row["closed_at"] is None), row
            assert row["remaining"] <= row["points"], row


def _check_lots(state: State) -> None:
    posted = state["figures"]["posted"]
    used = summed((key[2:], points) for key, points in state["consumptions"].items())
    for lot_id, lot in state["lots"].items():
        assert lot["remaining"] == minus(lot["points"], used.pop(lot_id, ZERO)), lot_id
        assert 0 <= lot["remaining"] <= lot["points"], lot_id
    assert total(lot["remaining"] for lot in state["lots"].values()) == max(posted, ZERO)
    assert used.pop((0, 0), ZERO) == max(minus(ZERO, posted), ZERO)
    assert not used, "consumptions of lots that are not there"
    moved = summed((key[0], points) for key, points in state["consumptions"].items())
    came = summed((lot_id[0], lot["points"]) for lot_id, lot in state["lots"].items())
    for entry in state["entries"]:
        if entry["points"] >= 0 and entry["kind"] != "reverse":
            assert came.pop(entry["version"], ZERO) == entry["points"], entry
            assert entry["version"] not in moved
        elif entry["points"] >= 0:
            assert came.pop(entry["version"], ZERO) == moved.get(entry["version"], ZERO) <= entry["points"], entry
    assert not came, "lots of entries that brought nothing"


def _check_debits(state: State) -> None:
    back = undone(state)
    paid = summed((key[0], points) for key, points in state["consumptions"].items())
    for entry in state["entries"]:
        left = minus(abs(entry["points"]), back.get(entry["version"], ZERO))
        assert left >= 0, entry
        if entry["points"] < 0:
            assert paid[entry["version"]] == left, entry
    for key, points in summed((key[:1] + key[2:], points) for key, points in state["consumptions"].items()).items():
        assert points >= 0, f"went back more than was taken: {key}"


def _check_lifetime(state: State) -> None:
    back = undone(state)
    lifetime = ZERO
    for entry in state["entries"]:
        if entry["kind"] in ("earn", "adjust", "set") and entry["points"] > 0:
            lifetime = plus(lifetime, minus(entry["points"], back.get(entry["version"], ZERO)))
    assert state["figures"]["lifetime"] == lifetime
