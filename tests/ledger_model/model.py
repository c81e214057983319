"""The ledger's rules once more, in plain Python and one command at a time: what the SQL is compared with."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core import refusals as no
from guerdon.core.commands import Command, Posting, Transfer
from guerdon.core.points import ZERO
from guerdon.core.refusals import Refusal
from ledger_model.accounts import ModelAccount
from ledger_model.settling import settle
from ledger_model.verbs import apply


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command led to: a refusal with its facts, or the entry and the figures after it."""

    refusal: tuple[object, ...] | None = None
    version: int | None = None
    points: Decimal = ZERO
    posted: Decimal = ZERO
    held: Decimal = ZERO
    hold_id: UUID | None = None
    shortfall: Decimal = ZERO
    replayed: bool = False


def outcome_of(answer: Posting | Refusal) -> Outcome:
    """An answer of the ledger in the form to compare."""
    if isinstance(answer, Refusal):
        facts = [(name, value) for name, value in vars(answer).items() if name != "replayed"]
        return Outcome(refusal=(type(answer), *sorted(facts)), replayed=answer.replayed)
    return Outcome(
        version=answer.version,
        points=answer.points,
        posted=answer.posted,
        held=answer.held,
        hold_id=answer.hold_id,
        shortfall=answer.shortfall,
        replayed=answer.replayed,
    )


@dataclass
class Model:
    """A ledger of accounts; keys are forever."""

    accounts: dict[UUID, ModelAccount] = field(default_factory=dict)
    keys: dict[tuple[UUID, str], tuple[bytes, Outcome]] = field(default_factory=dict)

    def settle(self, account_id: UUID, now: datetime) -> None:
        """What is due on an account happens."""
        settle(self.accounts[account_id], now)

    def post(self, command: Command, now: datetime) -> Outcome:
        """Carries out one command at a moment."""
        tenant_id = command.caller.tenant_id
        touched = [command.account_id, *([command.to_account_id] if isinstance(command, Transfer) else [])]
        for account_id in touched:
            if account_id in self.accounts and self.accounts[account_id].tenant_id == tenant_id:
                self.settle(account_id, now)
        if command.key is not None and (tenant_id, command.key) in self.keys:
            fingerprint, first = self.keys[tenant_id, command.key]
            if fingerprint != command.fingerprint():
                return outcome_of(no.KeyReused(command.key))
            return replace(first, replayed=True)
        account = self.accounts.get(command.account_id)
        if account is None or account.tenant_id != tenant_id:
            return outcome_of(no.AccountNotFound(command.account_id))
        if account.closed:
            return outcome_of(no.AccountClosed(account.id))
        outcome = self._decide(account, command, now)
        if command.key is not None:
            self.keys[tenant_id, command.key] = command.fingerprint(), outcome
        return outcome

    def _decide(self, account: ModelAccount, command: Command, now: datetime) -> Outcome:
        try:
            done = apply(account, command, now, self.accounts)
        except Refusal as refusal:
            return outcome_of(refusal)
        return Outcome(
            version=done.version,
            points=account.entries[done.version - 1].points if done.version else ZERO,
            posted=account.posted,
            held=account.held,
            hold_id=done.subject_id,
            shortfall=done.shortfall,
            replayed=done.again,
        )
