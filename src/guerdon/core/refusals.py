"""Every business "no": a code and its facts, no HTTP status; each surface spells all of them in its dialect."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID


@dataclass_transform(eq_default=False)
class Refusal(Exception):  # noqa: N818 - the design's word
    """A request that was understood and refused; nothing was changed.

    Attributes:
        code: the refusal's name in snake case, for good: who renames a class renames what callers look for.
        replayed: the answer of an earlier, equal request.
    """

    code: ClassVar[str]
    replayed = False

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        dataclass(eq=False)(cls)


class MemberNotFound(Refusal):
    """No member of the tenant answers to this identifier."""

    identifier: str


class MembershipNotFound(Refusal):
    """No membership of the tenant has this id, or it has been deleted."""

    membership_id: UUID | str


class NotEnrolled(Refusal):
    """The member is known and has no membership."""

    identifier: str


class AlreadyEnrolled(Refusal):
    """The member already has a membership in this program."""

    member_id: UUID
    program_id: UUID


class IdentifierTaken(Refusal):
    """Another member, or the same one, already has this identifier."""

    namespace: str
    value: str


class ProfileInvalid(Refusal):
    """A detail of the person cannot be right; `field` is a name from `core.members.Profile`, or `metadata`."""

    field: str
    reason: str


class ProgramNotFound(Refusal):
    """No program of the tenant has this id."""

    program_id: UUID | str


class TierNotFound(Refusal):
    """No tier of the membership's program has this id."""

    tier_id: UUID | str


class CodeTaken(Refusal):
    """Another program of the chain, or another tier of the program, has this code."""

    taken: str


class InUse(Refusal):
    """What others rely on is not deleted or taken: a program that is joined, a tier that rules name, a reward's pool.

    Attributes:
        by: who relies on it, for people.
    """

    id: UUID
    by: str


class NoActiveProgram(Refusal):
    """The channel link is unknown, or no program is active on it."""

    channel_link: str


class CursorNotFound(Refusal):
    """The cursor names nothing that this list ever held."""

    cursor: str


class PointsOutOfRange(Refusal):
    """Not an amount of points that this verb can take."""

    amount: str


class NoRedemptionRate(Refusal):
    """An amount of money was given and the program does not say what points are worth."""

    program_id: UUID


class AccountNotFound(Refusal):
    """The tenant has no such points account."""

    account_id: UUID


class AccountClosed(Refusal):
    """The account takes no more postings."""

    account_id: UUID


class InsufficientPoints(Refusal):
    """More was asked for than is available."""

    account_id: UUID
    available: Decimal


class HoldNotFound(Refusal):
    """The account has no such hold."""

    hold_id: UUID | str


class HoldNotOpen(Refusal):
    """The hold has ended; `state` says how."""

    hold_id: UUID
    state: str


class CaptureExceedsHold(Refusal):
    """More was to be captured than the hold still reserves."""

    hold_id: UUID


class PendingNotFound(Refusal):
    """The account has no such pending earn."""

    pending_id: UUID | str


class PendingNotOpen(Refusal):
    """The pending earn was activated or cancelled; `state` says which."""

    pending_id: UUID
    state: str


class TimeNotAhead(Refusal):
    """What was asked for would have ended before it began: a lot, hold or grace, or a return before its order."""

    account_id: UUID


class EntryNotFound(Refusal):
    """The account has no entry with this version."""

    version: int | str


class EntryNotReversible(Refusal):
    """Transfers and reversals are undone by another transfer or posting, not reversed."""

    version: int


class ReversalExceedsEntry(Refusal):
    """More was to be undone than is left of the entry; nothing is left of one that was undone whole."""

    version: int


class TransferNotAllowed(Refusal):
    """Points cannot go there: no such account, a closed one, the same one, or one of another program."""

    account_id: UUID


class MergeNotFound(Refusal):
    """The tenant has made no merge with this id."""

    merge_id: UUID | str


class MergeRefused(Refusal):
    """Two members cannot be made one, or a merge cannot be undone; `reason` says why."""

    reason: str


class MetadataNotFound(Refusal):
    """The member has no metadata under this key."""

    key: str


class MetadataTaken(Refusal):
    """The member has metadata under this key already."""

    key: str


class PreconditionFailed(Refusal):
    """What was to be changed is no longer as the caller has seen it."""


class RewardNotFound(Refusal):
    """No reward of the tenant has this id or code."""

    reward_id: UUID | str


class RewardUnavailable(Refusal):
    """The reward cannot be had now; `objections` says why, in the words of `core.rewards.Objection`."""

    objections: tuple[str, ...]


class RedemptionNotFound(Refusal):
    """No redemption of the tenant has this id."""

    redemption_id: UUID | str


class RedemptionNotOpen(Refusal):
    """The redemption cannot go where it was to go from where it is; `state` says where that is."""

    redemption_id: UUID
    state: str


class PoolNotFound(Refusal):
    """No pool of codes of the tenant has this id."""

    pool_id: UUID | str


class ApiKeyNotFound(Refusal):
    """No key of the tenant has this id."""

    key_id: UUID | str


class WebhookNotFound(Refusal):
    """The tenant has no webhook endpoint with this id, or nothing of this event was to go to it."""

    id: UUID | str


class TenantNotFound(Refusal):
    """There is no tenant with this id."""

    tenant_id: UUID | str


class RuleSetNotFound(Refusal):
    """The program has no rule set with this version."""

    version: int | str


class RuleSetNotDraft(Refusal):
    """Points have been or may have been given by this version: it never changes; `state` says where it is."""

    version: int
    state: str


class RuleSetUnfit(Refusal):
    """The version cannot go live as it is; `problems` are what is in the way: a JSON pointer, a tab, and a text."""

    version: int
    problems: tuple[str, ...]


class CampaignNotFound(Refusal):
    """No version of the program's rules that is live, was, or will be has a campaign with this code."""

    campaign: str


class OrderNotFound(Refusal):
    """The tenant has no such order."""

    order_id: UUID | str


class EventInvalid(Refusal):
    """The program's rules know no such event, or it brings what it may not; `field` is empty for the event itself."""

    field: str
    reason: str


class ReturnExceedsOrder(Refusal):
    """More was to come back than is left of the order: of a line, or (None) of all that was paid."""

    order_id: UUID
    line: str | None
    left: Decimal


class FileNotFound(Refusal):
    """The tenant has no such import or export, or it has no such part."""

    id: UUID | str


class ImportRefused(Refusal):
    """An import cannot take more of its file, or cannot begin, as it stands."""

    reason: str


class KeyReused(Refusal):
    """The idempotency key was used before, for another request; or a reference, for another order or return."""

    key: str
    what: str = "Idempotency-Key"


class Overloaded(Refusal):
    """Too much is waiting, or the database is away or short of something; nothing was done, try again in a moment."""

    retry_after_seconds: int


class OutcomeUnknown(Refusal):
    """The database went away while it made a change; repeating the request with its key settles what happened."""


REFUSALS: tuple[type[Refusal], ...] = tuple(Refusal.__subclasses__())
"""All of them. A surface's table of errors is complete when it has an answer to each."""
