"""How XOMNI spells each refusal and failure: always a GUID, a moment in ticks and a friendly text."""

import time
from collections.abc import Mapping

import msgspec

from guerdon.core import refusals as no
from guerdon.core.refusals import Refusal
from guerdon.surfaces.xomni.wire import INSECURE, ErrorBody, TokenErrorBody
from guerdon.web import failures as bad
from guerdon.web.failures import Failure
from guerdon.web.operations import Answer, Operation
from guerdon.web.parsing import in_words

TICKS_AT_EPOCH = 621_355_968_000_000_000
"""100 ns steps from the year 1 to 1970."""

NO_USER = (404, "Loyalty user could not be found.")
NOT_FOUND = (404, "The requested resource could not be found.")
USER_TAKEN = (409, "Given PII user already exists.")
CONFLICT = (409, "The request conflicts with the present state of the loyalty user.")
INVALID = (400, "The request is not valid.")
SERVER_ERROR = (500, "An unexpected error occurred.")

SPELLINGS: Mapping[type[Refusal | Failure], tuple[int, str]] = {
    no.MemberNotFound: NO_USER,
    no.MembershipNotFound: NO_USER,
    no.NotEnrolled: NO_USER,
    no.AlreadyEnrolled: CONFLICT,
    no.IdentifierTaken: (409, "Given loyalty user already exists."),
    no.ProfileInvalid: INVALID,
    no.ProgramNotFound: (404, "There is no loyalty program."),
    no.TierNotFound: NOT_FOUND,
    no.CodeTaken: CONFLICT,
    no.InUse: CONFLICT,
    no.NoActiveProgram: (404, "There is no active loyalty program."),
    no.CursorNotFound: INVALID,
    no.PointsOutOfRange: (400, "AvailablePoints is out of range."),
    no.NoRedemptionRate: INVALID,
    no.AccountNotFound: NO_USER,
    no.AccountClosed: CONFLICT,
    no.InsufficientPoints: (409, "Not enough points are available."),
    no.HoldNotFound: NOT_FOUND,
    no.HoldNotOpen: CONFLICT,
    no.CaptureExceedsHold: CONFLICT,
    no.PendingNotFound: NOT_FOUND,
    no.PendingNotOpen: CONFLICT,
    no.TimeNotAhead: INVALID,
    no.EntryNotFound: NOT_FOUND,
    no.EntryNotReversible: CONFLICT,
    no.ReversalExceedsEntry: CONFLICT,
    no.TransferNotAllowed: CONFLICT,
    no.MergeNotFound: NOT_FOUND,
    no.MergeRefused: CONFLICT,
    no.MetadataNotFound: (404, "Metadata could not be found."),
    no.MetadataTaken: (409, "Given metadata key already exists."),
    no.PreconditionFailed: (412, "The resource has been changed meanwhile."),
    no.RewardNotFound: NOT_FOUND,
    no.RewardUnavailable: CONFLICT,
    no.RedemptionNotFound: NOT_FOUND,
    no.RedemptionNotOpen: CONFLICT,
    no.PoolNotFound: NOT_FOUND,
    no.ApiKeyNotFound: NOT_FOUND,
    no.WebhookNotFound: NOT_FOUND,
    no.TenantNotFound: NOT_FOUND,
    no.RuleSetNotFound: NOT_FOUND,
    no.CampaignNotFound: NOT_FOUND,
    no.RuleSetNotDraft: CONFLICT,
    no.RuleSetUnfit: CONFLICT,
    no.OrderNotFound: NOT_FOUND,
    no.EventInvalid: INVALID,
    no.ReturnExceedsOrder: CONFLICT,
    no.FileNotFound: NOT_FOUND,
    no.ImportRefused: CONFLICT,
    no.KeyReused: (409, "The idempotency key was used for another request."),
    no.Overloaded: (503, "The server is busy. Please try again."),
    no.OutcomeUnknown: SERVER_ERROR,
    bad.MalformedBody: (400, "The request body is not valid JSON."),
    bad.InvalidField: INVALID,
    bad.Unauthorized: (401, "The credentials are missing or not valid."),
    bad.Forbidden: (403, "The credentials do not have the right to do this."),
    bad.UnknownPath: NOT_FOUND,
    bad.WrongMethod: (405, "The requested resource does not support this HTTP method."),
    bad.BodyTooLarge: (413, "The request body is too large."),
    bad.TooManyRequests: (429, "Too many requests. Please try again."),
    bad.Crashed: SERVER_ERROR,
}

BY_OPERATION: Mapping[tuple[str, type[Refusal | Failure]], tuple[int, str]] = {
    ("Fetching a list of loyalty users", no.MemberNotFound): (404, "There are no loyalty users."),
    ("Fetching a list of PII users", no.MemberNotFound): (404, "There are no PII users."),
    ("Deleting an existing PII user", no.MemberNotFound): (404, "PII user could not be found."),
    ("Creating a new PII user", no.IdentifierTaken): USER_TAKEN,
    ("Requesting an anonymous PII", no.IdentifierTaken): USER_TAKEN,
}


TOKENS = "Requesting an access token"
LATER = "temporarily_unavailable"
TOKEN_CODES = {401: "invalid_client", 429: LATER, 500: "server_error", 503: LATER}
FIELD_CODES = {"grant_type": "unsupported_grant_type", "password": "invalid_grant"}
"""What OAuth calls the value of a field that is there and not good."""


def spell(operation: Operation | None, request_id: str, problem: Refusal | Failure) -> Answer:
    """The answer for a refusal or failure of an operation (None: before one was found)."""
    name = operation.name if operation else ""
    status, text = BY_OPERATION.get((name, type(problem)), SPELLINGS[type(problem)])
    headers: dict[str, str] = {}
    if isinstance(problem, bad.InvalidField) and problem.name:
        text = f"{in_words(problem)}."
    if isinstance(problem, bad.Forbidden) and problem.detail == INSECURE:
        text = INSECURE
    if isinstance(problem, no.ProfileInvalid) and problem.field == "date_of_birth":
        text = f"DateOfBirth {problem.reason}."
    if isinstance(problem, bad.Unauthorized):
        headers["WWW-Authenticate"] = "Basic" if name == TOKENS else "Bearer"
    if isinstance(problem, bad.WrongMethod):
        headers["Allow"] = ", ".join(problem.allowed)
    if isinstance(problem, no.Overloaded | bad.TooManyRequests):
        headers["Retry-After"] = str(problem.retry_after_seconds)
    body: ErrorBody | TokenErrorBody = ErrorBody(request_id, _ticks_now(), text)
    if name == TOKENS:
        code = TOKEN_CODES.get(status, "invalid_request")
        if isinstance(problem, bad.InvalidField) and not problem.missing:
            code = FIELD_CODES.get(problem.name, code)
        body = TokenErrorBody(code, text, body.identifier_guid, body.identifier_tick, text)
    return Answer(status, msgspec.json.encode(body), headers)


def _ticks_now() -> int:
    # The one thing of an error that is about now and not about the request: for finding it in the log.
    return time.time_ns() // 100 + TICKS_AT_EPOCH
