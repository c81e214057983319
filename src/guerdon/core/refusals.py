"""Every business "no": a code and its facts, no HTTP status; each surface spells all of them in its dialect."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID


@dataclass_transform(eq_default=False)
class Refusal(Exception):  # noqa: N818 - the design's word
    """A request that was understood and refused; nothing was changed.

    Attributes:
        code: the refusal's name, for good.
        replayed: the answer of an earlier, equal request.
    """

    code: ClassVar[str]
    replayed = False

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        dataclass(eq=False)(cls)


class MemberNotFound(Refusal):
    """No member of the tenant answers to this identifier."""

    code = "member_not_found"
    identifier: str


class MembershipNotFound(Refusal):
    """No membership of the tenant has this id, or it has been deleted."""

    code = "membership_not_found"
    membership_id: UUID | str


class NotEnrolled(Refusal):
    """The member is known and has no membership."""

    code = "not_enrolled"
    identifier: str


class AlreadyEnrolled(Refusal):
    """The member already has a membership in this program."""

    code = "already_enrolled"
    member_id: UUID
    program_id: UUID


class IdentifierTaken(Refusal):
    """Another member, or the same one, already has this identifier."""

    code = "identifier_taken"
    namespace: str
    value: str


class ProfileInvalid(Refusal):
    """A detail of the person cannot be right; `field` is a name from `core.members.Profile`, or `metadata`."""

    code = "profile_invalid"
    field: str
    reason: str


class ProgramNotFound(Refusal):
    """No program of the tenant has this id."""

    code = "program_not_found"
    program_id: UUID | str


class TierNotFound(Refusal):
    """No tier of the membership's program has this id."""

    code = "tier_not_found"
    tier_id: UUID | str


class CodeTaken(Refusal):
    """Another program of the chain, or another tier of the program, has this code."""

    code = "code_taken"
    taken: str


class InUse(Refusal):
    """What others rely on is not deleted or taken: a program that is joined, a tier that rules name, a reward's pool.

    Attributes:
        by: who relies on it, for people.
    """

    code = "in_use"
    id: UUID
    by: str


class NoActiveProgram(Refusal):
    """The channel link is unknown, or no program is active on it."""

    code = "no_active_program"
    channel_link: str


class CursorNotFound(Refusal):
    """The cursor names nothing that this list ever held."""

    code = "cursor_not_found"
    cursor: str


class PointsOutOfRange(Refusal):
    """Not an amount of points that this verb can take."""

    code = "points_out_of_range"
    amount: str


class NoRedemptionRate(Refusal):
    """An amount of money was given and the program does not say what points are worth."""

    code = "no_redemption_rate"
    program_id: UUID


class AccountNotFound(Refusal):
    """The tenant has no such points account."""

    code = "account_not_found"
    account_id: UUID


class AccountClosed(Refusal):
    """The account takes no more postings."""

    code = "account_closed"
    account_id: UUID


class InsufficientPoints(Refusal):
    """More was asked for than is available."""

    code = "insufficient_points"
    account_id: UUID
    available: Decimal


class HoldNotFound(Refusal):
    """The account has no such hold."""

    code = "hold_not_found"
    hold_id: UUID | str


class HoldNotOpen(Refusal):
    """The hold has ended; `state` says how."""

    code = "hold_not_open"
    hold_id: UUID
    state: str


class CaptureExceedsHold(Refusal):
    """More was to be captured than the hold still reserves."""

    code = "capture_exceeds_hold"
    hold_id: UUID


class PendingNotFound(Refusal):
    """The account has no such pending earn."""

    code = "pending_not_found"
    pending_id: UUID | str


class PendingNotOpen(Refusal):
    """The pending earn was activated or cancelled; `state` says which."""

    code = "pending_not_open"
    pending_id: UUID
    state: str


class TimeNotAhead(Refusal):
    """What was asked for would have ended before it began: a lot, hold or grace, or a return before its order."""

    code = "time_not_ahead"
    account_id: UUID


class EntryNotFound(Refusal):
    """The account has no entry with this version."""

    code = "entry_not_found"
    version: int | str


class EntryNotReversible(Refusal):
    """Transfers and reversals are undone by another transfer or posting, not reversed."""

    code = "entry_not_reversible"
    version: int


class ReversalExceedsEntry(Refusal):
    """More was to be undone than is left of the entry; nothing is left of one that was undone whole."""

    code = "reversal_exceeds_entry"
    version: int


class TransferNotAllowed(Refusal):
    """Points cannot go there: no such account, a closed one, the same one, or one of another program."""

    code = "transfer_not_allowed"
    account_id: UUID


class MergeRefused(Refusal):
    """Two members cannot be made one, or a merge cannot be undone; `reason` says why."""

    code = "merge_refused"
    reason: str


class MetadataNotFound(Refusal):
    """The member has no metadata under this key."""

    code = "metadata_not_found"
    key: str


class MetadataTaken(Refusal):
    """The member has metadata under this key already."""

    code = "metadata_taken"
    key: str


class PreconditionFailed(Refusal):
    """What was to be changed is no longer as the caller has seen it."""

    code = "precondition_failed"


class RewardNotFound(Refusal):
    """No reward of the tenant has this id or code."""

    code = "reward_not_found"
    reward_id: UUID | str


class RewardUnavailable(Refusal):
    """The reward cannot be had now; `objections` says why, in the words of `core.rewards.Objection`."""

    code = "reward_unavailable"
    objections: tuple[str, ...]


class RedemptionNotFound(Refusal):
    """No redemption of the tenant has this id."""

    code = "redemption_not_found"
    redemption_id: UUID | str


class RedemptionNotOpen(Refusal):
    """The redemption cannot go where it was to go from where it is; `state` says where that is."""

    code = "redemption_not_open"
    redemption_id: UUID
    state: str


class PoolNotFound(Refusal):
    """No pool of codes of the tenant has this id."""

    code = "pool_not_found"
    pool_id: UUID | str


class ApiKeyNotFound(Refusal):
    """No key of the tenant has this id."""

    code = "api_key_not_found"
    key_id: UUID | str


class WebhookNotFound(Refusal):
    """The tenant has no webhook endpoint with this id, or nothing of this event was to go to it."""

    code = "webhook_not_found"
    id: UUID | str


class TenantNotFound(Refusal):
    """There is no tenant with this id."""

    code = "tenant_not_found"
    tenant_id: UUID | str


class RuleSetNotFound(Refusal):
    """The program has no rule set with this version."""

    code = "rule_set_not_found"
    version: int | str


class RuleSetNotDraft(Refusal):
    """Points have been or may have been given by this version: it never changes; `state` says where it is."""

    code = "rule_set_not_draft"
    version: int
    state: str


class RuleSetUnfit(Refusal):
    """The version cannot go live as it is; `problems` are what is in the way: a JSON pointer, a tab, and a text."""

    code = "rule_set_unfit"
    version: int
    problems: tuple[str, ...]


class CampaignNotFound(Refusal):
    """No version of the program's rules that is live, was, or will be has a campaign with this code."""

    code = "campaign_not_found"
    campaign: str


class OrderNotFound(Refusal):
    """The tenant has no such order."""

    code = "order_not_found"
    order_id: UUID | str


class EventInvalid(Refusal):
    """The program's rules know no such event, or it brings what it may not; `field` is empty for the event itself."""

    code = "event_invalid"
    field: str
    reason: str


class ReturnExceedsOrder(Refusal):
    """More was to come back than is left of the order: of a line, or (None) of all that was paid."""

    code = "return_exceeds_order"
    order_id: UUID
    line: str | None
    left: Decimal


class FileNotFound(Refusal):
    """The tenant has no such import or export, or it has no such part."""

    code = "file_not_found"
    id: UUID | str


class ImportRefused(Refusal):
    """An import cannot take more of its file, or cannot begin, as it stands."""

    code = "import_refused"
    reason: str


class KeyReused(Refusal):
    """The idempotency key was used before, for another request; or a reference, for another order or return."""

    code = "key_reused"
    key: str
    what: str = "Idempotency-Key"


class Overloaded(Refusal):
    """Too much is waiting, or the database is away or short of something; nothing was done, try again in a moment."""

    code = "overloaded"
    retry_after_seconds: int


class OutcomeUnknown(Refusal):
    """The database went away while it made a change; repeating the request with its key settles what happened."""

    code = "outcome_unknown"


REFUSALS: tuple[type[Refusal], ...] = tuple(Refusal.__subclasses__())
"""All of them. A surface's table of errors is complete when it has an answer to each."""
