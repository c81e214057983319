"""How Mews spells each refusal and failure: a sentence that names the parameter, and no code."""

from collections.abc import Mapping

import msgspec

from guerdon.core import refusals as no
from guerdon.core.refusals import Refusal
from guerdon.surfaces.mews.wire import INTERVAL_TOO_LONG, VALUE, ErrorBody
from guerdon.web import failures as bad
from guerdon.web.failures import Failure
from guerdon.web.operations import Answer, Operation

INVALID_ACCOUNT = (400, "Invalid AccountId.")
INVALID_MEMBERSHIP = (400, "Invalid LoyaltyMembershipId.")
INVALID_POINTS = (400, "Invalid Points.")
INVALID_JSON = (400, "Invalid JSON.")
UNKNOWN_URL = (404, "Unknown URL or HTTP method.")
UNEXPECTED = (500, "An unexpected error occurred.")
ENDED = (403, "The points are no longer reserved.")

SPELLINGS: Mapping[type[Refusal | Failure], tuple[int, str]] = {
    no.MemberNotFound: INVALID_ACCOUNT,
    no.MembershipNotFound: INVALID_MEMBERSHIP,
    no.NotEnrolled: INVALID_ACCOUNT,
    no.AlreadyEnrolled: (403, "The account already has an active membership in this loyalty program."),
    no.IdentifierTaken: (403, "The identifier already belongs to another account."),
    no.ProfileInvalid: (403, "A detail of the account is not valid."),
    no.ProgramNotFound: (400, "Invalid LoyaltyProgramId."),
    no.TierNotFound: (400, "Invalid LoyaltyTierId."),
    no.CodeTaken: (403, "The code already belongs to another loyalty program or tier."),
    no.InUse: (403, "It is in use and cannot be deleted."),
    no.NoActiveProgram: (403, "No loyalty program is active."),
    no.CursorNotFound: (400, "Invalid Cursor."),
    no.PointsOutOfRange: INVALID_POINTS,
    no.NoRedemptionRate: (403, "The loyalty program does not say what points are worth."),
    no.AccountNotFound: INVALID_ACCOUNT,
    no.AccountClosed: (403, "The loyalty membership takes no more points."),
    no.InsufficientPoints: (403, "The points are reserved by open authorizations and cannot be set that low."),
    no.HoldNotFound: ENDED,
    no.HoldNotOpen: ENDED,
    no.CaptureExceedsHold: INVALID_POINTS,
    no.PendingNotFound: ENDED,
    no.PendingNotOpen: ENDED,
    no.TimeNotAhead: (400, "Invalid expiration."),
    no.EntryNotFound: (403, "The posting does not exist."),
    no.EntryNotReversible: (403, "The posting cannot be undone."),
    no.ReversalExceedsEntry: INVALID_POINTS,
    no.TransferNotAllowed: (403, "The points cannot be moved there."),
    no.MergeNotFound: (403, "It does not exist."),
    no.MergeRefused: (403, "The accounts cannot be merged."),
    no.MetadataNotFound: (403, "The account has no such metadata."),
    no.MetadataTaken: (403, "The account has such metadata already."),
    no.PreconditionFailed: (403, "It has been changed meanwhile."),
    no.RewardNotFound: (403, "It does not exist."),
    no.RewardUnavailable: (403, "It is not possible as things stand."),
    no.RedemptionNotFound: (403, "It does not exist."),
    no.RedemptionNotOpen: (403, "It is not possible as things stand."),
    no.PoolNotFound: (403, "It does not exist."),
    no.ApiKeyNotFound: (403, "It does not exist."),
    no.WebhookNotFound: (403, "The webhook does not exist."),
    no.TenantNotFound: (403, "The enterprise does not exist."),
    no.RuleSetNotFound: (403, "The rules do not exist."),
    no.CampaignNotFound: (403, "The campaign does not exist."),
    no.RuleSetNotDraft: (403, "The rules cannot be changed."),
    no.RuleSetUnfit: (403, "The rules cannot go live as they are."),
    no.OrderNotFound: (403, "The order does not exist."),
    no.EventInvalid: (403, "The event is not valid."),
    no.ReturnExceedsOrder: INVALID_POINTS,
    no.FileNotFound: (403, "It does not exist."),
    no.ImportRefused: (403, "The file cannot be imported now."),
    no.KeyReused: (403, "The request was sent before with other content."),
    no.Overloaded: (429, "Too many requests."),
    no.OutcomeUnknown: UNEXPECTED,
    bad.MalformedBody: INVALID_JSON,
    bad.InvalidField: INVALID_JSON,
    bad.Unauthorized: (401, "Invalid ClientToken or AccessToken."),
    bad.Forbidden: (401, "The operation is not permitted for this AccessToken."),
    bad.UnknownPath: UNKNOWN_URL,
    bad.WrongMethod: UNKNOWN_URL,
    bad.BodyTooLarge: (413, "The request is too large."),
    bad.TooManyRequests: (429, "Too many requests."),
    bad.Crashed: UNEXPECTED,
}

BY_OPERATION: Mapping[tuple[str, type[Refusal | Failure]], tuple[int, str]] = {
    ("loyaltyMemberships/delete", no.MembershipNotFound): (400, "Invalid LoyaltyMembershipIds."),
    ("loyaltyPrograms/delete", no.ProgramNotFound): (400, "Invalid LoyaltyProgramIds."),
    ("loyaltyPrograms/delete", no.InUse): (
        403,
        "The loyalty program is in use: it has active memberships, or is the one that members join by themselves.",
    ),
    ("loyaltyTiers/delete", no.TierNotFound): (400, "Invalid LoyaltyTierIds."),
    ("loyaltyTiers/delete", no.InUse): (403, "The loyalty tier is in use: memberships, rewards or rules have it."),
    ("loyaltyTiers/update", no.InUse): (403, "The code of the loyalty tier is in use: rules have it."),
    ("customers/add", no.IdentifierTaken): (403, "A customer with this email already exists."),
    ("customers/update", no.IdentifierTaken): (403, "A customer with this email already exists."),
    ("customers/add", no.ProfileInvalid): (400, "Invalid Email."),
    ("customers/update", no.ProfileInvalid): (400, "Invalid Email."),
    ("customers/update", no.MemberNotFound): (400, "Invalid CustomerId."),
    ("accounts/merge", no.MemberNotFound): (400, "Invalid SourceAccountIds."),
}


def named(request_id: str) -> dict[str, str]:
    """The header by which Mews' support finds a request."""
    return {"Request-Id": request_id}


def spell(operation: Operation | None, request_id: str, problem: Refusal | Failure) -> Answer:
    """The answer for a refusal or failure of an operation (None: before one was found)."""
    name = operation.name if operation else ""
    status, text = BY_OPERATION.get((name, type(problem)), SPELLINGS[type(problem)])
    if isinstance(problem, bad.InvalidField) and problem.name:
        too_long = problem.detail == INTERVAL_TOO_LONG
        text = INTERVAL_TOO_LONG if too_long else f"Invalid {_parameter(problem)}."
    if isinstance(problem, no.ProfileInvalid) and problem.field == "date_of_birth":
        status, text = 400, "Invalid BirthDate."
    headers: dict[str, str] = {}
    if isinstance(problem, no.Overloaded | bad.TooManyRequests):
        headers["Retry-After"] = str(problem.retry_after_seconds)
    return Answer(status, msgspec.json.encode(ErrorBody(text, request_id)), headers)


def _parameter(problem: bad.InvalidField) -> str:
    """The member that is meant: not its wrapper, nor a place in a list."""
    names = [name for name in (*problem.path, problem.name) if not name.isdecimal() and name != VALUE]
    return names[-1] if names else problem.name
