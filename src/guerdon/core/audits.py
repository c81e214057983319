"""What an audit can find wrong with a ledger, and which findings only follow from others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What two parts of the ledger can disagree about."""

    POSTED_SUM = "posted_sum"
    VERSION_CHAIN = "version_chain"
    BALANCE_CHAIN = "balance_chain"
    HELD_SUM = "held_sum"
    HOLD_REMAINING = "hold_remaining"
    HOLD_CAPTURES = "hold_captures"
    HOLD_STATE = "hold_state"
    PENDING_SUM = "pending_sum"
    PENDING_REMAINING = "pending_remaining"
    PENDING_STATE = "pending_state"
    LIFETIME_SUM = "lifetime_sum"
    LOT_REMAINING = "lot_remaining"
    LOT_DAY = "lot_day"
    LOTS_OF_ENTRY = "lots_of_entry"
    DEBIT_PAID = "debit_paid"
    CONSUMPTION_ASTRAY = "consumption_astray"
    LOTS_AND_DEBT = "lots_and_debt"
    LOTS_FROM = "lots_from"
    REVERSAL_TARGET = "reversal_target"
    REVERSAL_EXCEEDS = "reversal_exceeds"
    TRANSFER_TWIN = "transfer_twin"
    DUE_LATE = "due_late"
    OVERDUE = "overdue"
    NO_PROGRAM = "no_program"
    NO_MEMBERSHIP = "no_membership"
    NO_ACCOUNT = "no_account"
    CLOSED_WITH_POINTS = "closed_with_points"
    WRONG_BUCKET = "wrong_bucket"
    KEY_ENTRY = "key_entry"
    KEY_REFUSED = "key_refused"
    KEY_TWICE = "key_twice"
    KEY_SHARED = "key_shared"


MEANINGS: Mapping[Kind, str] = {
    Kind.POSTED_SUM: "The account's posted points are the sum of its entries.",
    Kind.VERSION_CHAIN: "Entries are numbered 1, 2, 3 … without gaps, up to the account's version.",
    Kind.BALANCE_CHAIN: "Each entry's balance is the one before it plus its points.",
    Kind.HELD_SUM: "The account's held points are what its open holds still reserve.",
    Kind.HOLD_REMAINING: "An open hold reserves its points less what was captured; one that has ended, nothing.",
    Kind.HOLD_CAPTURES: "Captures name a hold of the account and take no more than it reserved.",
    Kind.HOLD_STATE: "A hold has an end exactly when it is no longer open.",
    Kind.PENDING_SUM: "The account's pending points are what its open pending earns still promise.",
    Kind.PENDING_REMAINING: "An open pending earn promises something, at most its points; one that has ended, nothing.",
    Kind.PENDING_STATE: "A pending earn has an end exactly when it is no longer open, an activated one has its entry.",
    Kind.LIFETIME_SUM: "Lifetime is what earns, adjusts and sets brought in, less what was reversed of it.",
    Kind.LOT_REMAINING: "What is left of a lot is its points less what was taken from it.",
    Kind.LOT_DAY: "A lot lapses on the day that its entry brought along.",
    Kind.LOTS_OF_ENTRY: "The lots of an entry that adds points add up to it; no other entry has any.",
    Kind.DEBIT_PAID: "What paid for an entry that takes points adds up to it, less what was undone of it.",
    Kind.CONSUMPTION_ASTRAY: "What was taken was taken from a lot that is there, by an entry that is there, and no "
    "more went back than was taken.",
    Kind.LOTS_AND_DEBT: "What is left in lots is the balance, or nothing below zero; what is owed is the rest.",
    Kind.LOTS_FROM: "No lot before the one where the account starts to look has anything left.",
    Kind.REVERSAL_TARGET: "A reversal undoes an entry of the account that can be undone, in the other direction.",
    Kind.REVERSAL_EXCEEDS: "An entry is not undone beyond its points.",
    Kind.TRANSFER_TWIN: "A transfer has its twin in the other account: the same points with the other sign.",
    Kind.DUE_LATE: "The account is looked at no later than the first thing on it falls due.",
    Kind.OVERDUE: "Points past their day that wait for a hold are all in the account's figure of them.",
    Kind.NO_PROGRAM: "The account belongs to a program of its tenant.",
    Kind.NO_MEMBERSHIP: "The account belongs to a membership.",
    Kind.NO_ACCOUNT: "A membership, entry, hold, lot or pending earn belongs to an account that is there.",
    Kind.CLOSED_WITH_POINTS: "A closed account has no points, held or pending ones either.",
    Kind.WRONG_BUCKET: "The account is in the bucket that its id hashes to.",
    Kind.KEY_ENTRY: "A key that was accepted leads to the entry that it wrote, with the same points.",
    Kind.KEY_REFUSED: "A key that was refused leads to no entry.",
    Kind.KEY_TWICE: "A key is there once in a tenant.",
    Kind.KEY_SHARED: "No two keys lead to the same entry.",
}
"""What holds in a ledger without this finding."""

EXPLAINED: Mapping[Kind, frozenset[Kind]] = {
    Kind.HELD_SUM: frozenset({Kind.HOLD_REMAINING}),
    Kind.PENDING_SUM: frozenset({Kind.PENDING_REMAINING}),
    Kind.LOTS_AND_DEBT: frozenset(
        {Kind.LOT_REMAINING, Kind.LOTS_OF_ENTRY, Kind.DEBIT_PAID, Kind.CONSUMPTION_ASTRAY, Kind.POSTED_SUM}
    ),
}
"""Sums that are wrong because a part of the same account is: the part is told, the sum is not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement.

    Attributes:
        account_id: the account it is about, or that a key or membership names.
        kind: what disagrees.
        expected: what follows from the other rows.
        found: what is stored.
        place: the version, lot, hold, pending earn, key or membership; empty for the account itself.
    """

    account_id: UUID
    kind: Kind
    expected: str
    found: str
    place: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audit has come.

    Attributes:
        checked: accounts, keys and memberships looked at so far, in this run and the ones before that it continues.
        total: how many there were when it began.
        found: what was found since the last report.
    """

    checked: int
    total: int
    found: tuple[Finding, ...]


def told(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without the sums that a wrong part of the same account explains, by account, kind and place."""
    every = sorted(findings, key=lambda finding: (finding.account_id, finding.kind, finding.place))
    kinds: dict[UUID, set[Kind]] = {}
    for finding in every:
        kinds.setdefault(finding.account_id, set()).add(finding.kind)
    return [f for f in every if not EXPLAINED.get(f.kind, frozenset()) & kinds[f.account_id]]
