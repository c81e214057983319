"""How CP Extender spells each refusal and failure: a reason text in `Message`, and the text differs by method."""

from collections.abc import Mapping

import msgspec

from guerdon.core import refusals as no
from guerdon.core.refusals import Refusal
from guerdon.surfaces.counterpoint.wire import ErrorBody
from guerdon.web import failures as bad
from guerdon.web.failures import Failure
from guerdon.web.operations import Answer, Operation

BAD_REQUEST = (400, "Bad Request")
ID_NOT_FOUND = (404, "Id not found")
NUMBER_NOT_FOUND = (404, "CustomerNumber Not Found")
REQUIRED = (400, "Required: Type, Ref, SaleId, and (RequestedAmount or RequestedPoints)")
NOT_ENROLLED = (400, "Not enrolled in Loyalty")
SERVER_ERROR = (500, "Internal Server Error")

SPELLINGS: Mapping[type[Refusal | Failure], tuple[int, str]] = {
    no.MemberNotFound: ID_NOT_FOUND,
    no.MembershipNotFound: ID_NOT_FOUND,
    no.NotEnrolled: BAD_REQUEST,
    no.AlreadyEnrolled: BAD_REQUEST,
    no.IdentifierTaken: BAD_REQUEST,
    no.ProfileInvalid: BAD_REQUEST,
    no.ProgramNotFound: BAD_REQUEST,
    no.TierNotFound: BAD_REQUEST,
    no.CodeTaken: BAD_REQUEST,
    no.InUse: BAD_REQUEST,
    no.NoActiveProgram: BAD_REQUEST,
    no.CursorNotFound: BAD_REQUEST,
    no.PointsOutOfRange: BAD_REQUEST,
    no.NoRedemptionRate: REQUIRED,
    no.AccountNotFound: ID_NOT_FOUND,
    no.AccountClosed: BAD_REQUEST,
    no.InsufficientPoints: (400, "No Balance Remaining"),
    no.HoldNotFound: ID_NOT_FOUND,
    no.HoldNotOpen: BAD_REQUEST,
    no.CaptureExceedsHold: BAD_REQUEST,
    no.PendingNotFound: ID_NOT_FOUND,
    no.PendingNotOpen: BAD_REQUEST,
    no.TimeNotAhead: BAD_REQUEST,
    no.EntryNotFound: ID_NOT_FOUND,
    no.EntryNotReversible: BAD_REQUEST,
    no.ReversalExceedsEntry: BAD_REQUEST,
    no.TransferNotAllowed: BAD_REQUEST,
    no.MergeNotFound: ID_NOT_FOUND,
    no.MergeRefused: BAD_REQUEST,
    no.MetadataNotFound: ID_NOT_FOUND,
    no.MetadataTaken: BAD_REQUEST,
    no.PreconditionFailed: BAD_REQUEST,
    no.RewardNotFound: ID_NOT_FOUND,
    no.RewardUnavailable: BAD_REQUEST,
    no.RedemptionNotFound: ID_NOT_FOUND,
    no.RedemptionNotOpen: BAD_REQUEST,
    no.PoolNotFound: ID_NOT_FOUND,
    no.ApiKeyNotFound: ID_NOT_FOUND,
    no.WebhookNotFound: ID_NOT_FOUND,
    no.TenantNotFound: ID_NOT_FOUND,
    no.RuleSetNotFound: ID_NOT_FOUND,
    no.CampaignNotFound: ID_NOT_FOUND,
    no.RuleSetNotDraft: BAD_REQUEST,
    no.RuleSetUnfit: BAD_REQUEST,
    no.OrderNotFound: ID_NOT_FOUND,
    no.EventInvalid: BAD_REQUEST,
    no.ReturnExceedsOrder: BAD_REQUEST,
    no.FileNotFound: ID_NOT_FOUND,
    no.ImportRefused: BAD_REQUEST,
    no.KeyReused: BAD_REQUEST,
    no.Overloaded: (503, "Service Unavailable"),
    no.OutcomeUnknown: SERVER_ERROR,
    bad.MalformedBody: BAD_REQUEST,
    bad.InvalidField: BAD_REQUEST,
    bad.Unauthorized: (401, "Not Authorized"),
    bad.Forbidden: (401, "Not Authorized"),
    bad.UnknownPath: (404, "Not Found"),
    bad.WrongMethod: (405, "Method Not Allowed"),
    bad.BodyTooLarge: BAD_REQUEST,
    bad.TooManyRequests: (503, "Service Unavailable"),
    bad.Crashed: SERVER_ERROR,
}

BY_OPERATION: Mapping[tuple[str, type[Refusal | Failure]], tuple[int, str]] = {
    ("Loyalty/Earn", no.MemberNotFound): NUMBER_NOT_FOUND,
    ("Loyalty/Earn", no.AccountNotFound): NUMBER_NOT_FOUND,
    ("Loyalty/Authorize", no.MemberNotFound): NOT_ENROLLED,
    ("Loyalty/Authorize", no.NotEnrolled): NOT_ENROLLED,
    ("Loyalty/Authorize", no.MembershipNotFound): NOT_ENROLLED,
    ("Loyalty/Authorize", no.AccountNotFound): NOT_ENROLLED,
    ("Loyalty/Authorize", no.PointsOutOfRange): REQUIRED,
    ("Loyalty/Authorize", bad.MalformedBody): REQUIRED,
    ("Loyalty/Authorize", bad.InvalidField): REQUIRED,
    ("Loyalty/Authorize", bad.BodyTooLarge): REQUIRED,
}

AUTHORIZE_FIELDS: Mapping[str, tuple[int, str]] = {
    "Type": (400, "Type is not valid"),
    "Idempotency-Key": BAD_REQUEST,
}
"""What is given to `Loyalty/Authorize` and is wrong in another way than being required."""


def spell(operation: Operation | None, _request_id: str, problem: Refusal | Failure) -> Answer:
    """The answer for a refusal or failure of an operation (None: before one was found)."""
    name = operation.name if operation else ""
    status, text = BY_OPERATION.get((name, type(problem)), SPELLINGS[type(problem)])
    if name == "Loyalty/Authorize" and isinstance(problem, bad.InvalidField) and not problem.missing:
        status, text = AUTHORIZE_FIELDS.get(problem.name, REQUIRED)
    headers: dict[str, str] = {}
    if isinstance(problem, bad.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, bad.WrongMethod):
        headers["Allow"] = ", ".join(problem.allowed)
    if isinstance(problem, no.Overloaded | bad.TooManyRequests):
        headers["Retry-After"] = str(problem.retry_after_seconds)
    return Answer(status, msgspec.json.encode(ErrorBody(text)), headers)
