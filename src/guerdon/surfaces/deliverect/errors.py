"""How Deliverect spells each refusal and failure: one envelope for loyalty, others for tokens and our own faults."""

from collections.abc import Mapping

import msgspec

from guerdon.core import refusals as no
from guerdon.core.refusals import Refusal
from guerdon.surfaces.deliverect.wire import problems as wire
from guerdon.web import failures as bad
from guerdon.web.failures import Failure
from guerdon.web.operations import Answer, Operation
from guerdon.web.parsing import in_words

CUSTOMER_NOT_FOUND = (404, "loyalty customer not found")
CUSTOMER_EXISTS = (409, "loyalty customer already exists")
NO_PROFILE = (400, "no active loyalty profile found")
CONFLICT = (409, "conflict with an earlier request")
SERVER_ERROR = (500, "internal server error")

SPELLINGS: Mapping[type[Refusal | Failure], tuple[int, str]] = {
    no.MemberNotFound: CUSTOMER_NOT_FOUND,
    no.MembershipNotFound: CUSTOMER_NOT_FOUND,
    no.NotEnrolled: CUSTOMER_NOT_FOUND,
    no.AlreadyEnrolled: CUSTOMER_EXISTS,
    no.IdentifierTaken: CUSTOMER_EXISTS,
    no.ProfileInvalid: (400, "invalid customer details"),
    no.ProgramNotFound: NO_PROFILE,
    no.TierNotFound: (404, "loyalty tier not found"),
    no.CodeTaken: CONFLICT,
    no.InUse: CONFLICT,
    no.NoActiveProgram: NO_PROFILE,
    no.CursorNotFound: (404, "page not found"),
    no.PointsOutOfRange: (400, "invalid amount of points"),
    no.NoRedemptionRate: (400, "points have no price"),
    no.AccountNotFound: CUSTOMER_NOT_FOUND,
    no.AccountClosed: (409, "loyalty account closed"),
    no.InsufficientPoints: (409, "insufficient points"),
    no.HoldNotFound: (404, "hold not found"),
    no.HoldNotOpen: CONFLICT,
    no.CaptureExceedsHold: CONFLICT,
    no.PendingNotFound: (404, "pending points not found"),
    no.PendingNotOpen: CONFLICT,
    no.TimeNotAhead: (400, "the date has passed"),
    no.EntryNotFound: (404, "transaction not found"),
    no.EntryNotReversible: CONFLICT,
    no.ReversalExceedsEntry: CONFLICT,
    no.TransferNotAllowed: CONFLICT,
    no.MergeNotFound: (404, "not found"),
    no.MergeRefused: CONFLICT,
    no.MetadataNotFound: (404, "metadata not found"),
    no.MetadataTaken: CONFLICT,
    no.PreconditionFailed: (412, "the resource has changed"),
    no.RewardNotFound: (404, "not found"),
    no.RewardUnavailable: CONFLICT,
    no.RedemptionNotFound: (404, "not found"),
    no.RedemptionNotOpen: CONFLICT,
    no.PoolNotFound: (404, "not found"),
    no.ApiKeyNotFound: (404, "not found"),
    no.WebhookNotFound: (404, "webhook not found"),
    no.TenantNotFound: (404, "tenant not found"),
    no.RuleSetNotFound: (404, "rule set not found"),
    no.CampaignNotFound: (404, "campaign not found"),
    no.RuleSetNotDraft: CONFLICT,
    no.RuleSetUnfit: CONFLICT,
    no.OrderNotFound: (404, "order not found"),
    no.EventInvalid: (400, "invalid event"),
    no.ReturnExceedsOrder: CONFLICT,
    no.FileNotFound: (404, "not found"),
    no.ImportRefused: CONFLICT,
    no.KeyReused: CONFLICT,
    no.Overloaded: (503, "service unavailable"),
    no.OutcomeUnknown: SERVER_ERROR,
    bad.MalformedBody: (400, "malformed body"),
    bad.InvalidField: (400, "invalid request"),
    bad.Unauthorized: (401, "token is expired"),
    bad.Forbidden: (403, "Not allowed to access this location."),
    bad.UnknownPath: (404, "not found"),
    bad.WrongMethod: (405, "method not allowed"),
    bad.BodyTooLarge: (413, "body too large"),
    bad.TooManyRequests: (429, "too many requests"),
    bad.Crashed: SERVER_ERROR,
}

TOKEN_ENDPOINT = "Get Access Token"  # noqa: S105 - the name of an operation

RETRIEVE, SSO = "Get Loyalty Programs", "Loyalty SSO Redirect"
ORDER_NOTICES = ("Loyalty Order Notification", "Cancel Loyalty Order")
PARTNER = (
    "Register Loyalty Partner",
    "Loyalty SSO Token Exchange",
    "Get Loyalty Customer (partner)",
    "Create Loyalty Customer (partner)",
    "Get Loyalty Tiers (partner)",
    "Get Loyalty Customer Wallet (partner)",
    "Validate Wallet (partner)",
    "Get Loyalty Programs (partner)",
    "Validate Programs (partner)",
    *ORDER_NOTICES,
)
"""Operations that Deliverect itself calls."""

NO_SIGNATURE = (401, "invalid signature")
UNKNOWN_BUYER = (400, CUSTOMER_NOT_FOUND[1])
"""An order notice that is not taken has one status."""

BY_OPERATION: Mapping[tuple[str, type[Refusal | Failure]], tuple[int, str]] = {
    (TOKEN_ENDPOINT, bad.Unauthorized): (401, "Unauthorized"),
    (SSO, no.NoActiveProgram): (404, "channel link not found"),
    (SSO, bad.InvalidField): (422, "invalid request"),
    **{(name, bad.Unauthorized): NO_SIGNATURE for name in PARTNER},
    **{(name, kind): UNKNOWN_BUYER for name in ORDER_NOTICES for kind in (no.MemberNotFound, no.NotEnrolled)},
}

CREDENTIALS_CODES = {401: "token_expired", 403: "insufficient_permissions"}
ORDER_TYPE = "orderType"
TOKEN_CODES = {401: "access_denied", 503: "temporarily_unavailable", 429: "temporarily_unavailable"}

LONGEST_DETAIL = 200
"""Details may repeat what was sent."""

MEMBER_NAMES = {"phone": "phoneNumber", "date_of_birth": "dateOfBirth"}
"""What we call a detail of a person, to what the channel calls it, where they differ."""


def spell(operation: Operation | None, _request_id: str, problem: Refusal | Failure) -> Answer:
    """The answer for a refusal or failure of an operation (None: before one was found)."""
    name = operation.name if operation else ""
    status, text = BY_OPERATION.get((name, type(problem)), SPELLINGS[type(problem)])
    text = _detail(problem) or text
    body: msgspec.Struct
    if status == SERVER_ERROR[0]:
        body = wire.ServerError(wire.ServerFault("internal_server_error", text))
    elif name == TOKEN_ENDPOINT:
        body = wire.TokenError(_token_code(status, problem), text)
    elif status in CREDENTIALS_CODES:
        code = "invalid_signature" if name in PARTNER else CREDENTIALS_CODES[status]
        body = wire.CredentialsError(code, text)
    elif (unprocessable := _unprocessable(name, problem)) is not None:
        status, body = 422, wire.Unprocessable(unprocessable, text, {})
    else:
        body = wire.ErrorBody(text, status, text)
    return Answer(status, msgspec.json.encode(body), _headers(problem))


def _detail(problem: Refusal | Failure) -> str | None:
    """What exactly is wrong, in the channel's words, where the caller can mend it."""
    if isinstance(problem, no.ProfileInvalid):
        return f"{MEMBER_NAMES.get(problem.field, problem.field)}: {problem.reason}"
    if isinstance(problem, bad.InvalidField):
        return in_words(problem)[:LONGEST_DETAIL]
    return None


def _unprocessable(name: str, problem: Refusal | Failure) -> str | None:
    """The code of what is answered as unprocessable: an order of no known kind, and an address that leads nowhere."""
    if not isinstance(problem, bad.InvalidField):
        return None
    if name == RETRIEVE and problem.name == ORDER_TYPE:
        return "invalid_order_type"
    return "invalid_request" if name == SSO else None


def _token_code(status: int, problem: Refusal | Failure) -> str:
    if isinstance(problem, bad.InvalidField) and problem.name == "grant_type" and not problem.missing:
        return "unsupported_grant_type"
    return TOKEN_CODES.get(status, "invalid_request")


def _headers(problem: Refusal | Failure) -> dict[str, str]:
    if isinstance(problem, bad.Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(problem, bad.WrongMethod):
        return {"Allow": ", ".join(problem.allowed)}
    if isinstance(problem, no.Overloaded | bad.TooManyRequests):
        return {"Retry-After": str(problem.retry_after_seconds)}
    return {}
