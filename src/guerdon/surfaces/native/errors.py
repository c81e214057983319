"""How the native API spells each refusal and failure: problem details (RFC 9457) with a code that never changes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from guerdon.core import refusals as no
from guerdon.core.points import ZERO
from guerdon.core.refusals import Refusal
from guerdon.surfaces.native import wire
from guerdon.surfaces.native.wire.problems import FieldError, Problem
from guerdon.web import failures as bad
from guerdon.web.encoding import encode
from guerdon.web.failures import Failure
from guerdon.web.operations import Answer, Operation

TYPE_PREFIX = "urn:guerdon:problem:"
MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 800
"""Details may repeat what was sent."""


class Spelling(NamedTuple):
    """One kind of problem; `detail` may name the facts of the problem."""

    status: int
    code: str
    title: str
    detail: str


def _no(kind: type[Refusal], status: int, title: str, detail: str) -> tuple[type[Refusal], Spelling]:
    return kind, Spelling(status, kind.code, title, detail)


SPELLINGS: Mapping[type[Refusal | Failure], Spelling] = {
    **dict(
        (
            _no(no.MemberNotFound, 404, "Member not found", "There is no member {identifier}."),
            _no(no.MembershipNotFound, 404, "Membership not found", "There is no membership {membership_id}."),
            _no(no.NotEnrolled, 404, "Not enrolled", "The member has no membership."),
            _no(no.AlreadyEnrolled, 409, "Already enrolled", "The member already has a membership in the program."),
            _no(no.IdentifierTaken, 409, "Identifier taken", "A member already answers to this {namespace}."),
            _no(no.ProfileInvalid, 400, "Invalid profile", "{field}: {reason}."),
            _no(no.ProgramNotFound, 404, "Program not found", "There is no program {program_id}."),
            _no(no.TierNotFound, 404, "Tier not found", "There is no tier {tier_id} in the program."),
            _no(no.CodeTaken, 409, "Code taken", "Another one is called {taken}."),
            _no(no.InUse, 409, "In use", "{id} is in use by {by}."),
            _no(no.NoActiveProgram, 404, "No active program", "No program is active on {channel_link}."),
            _no(no.CursorNotFound, 400, "Unknown cursor", "{cursor} is not on this list."),
            _no(no.PointsOutOfRange, 400, "Points out of range", "{amount} is not an amount that can be posted here."),
            _no(no.NoRedemptionRate, 409, "No redemption rate", "The program does not say what points are worth."),
            _no(no.AccountNotFound, 404, "Account not found", "There is no account {account_id}."),
            _no(no.AccountClosed, 409, "Account closed", "The account takes no more postings."),
            _no(no.InsufficientPoints, 409, "Insufficient points", "More was asked for than is available."),
            _no(no.HoldNotFound, 404, "Hold not found", "There is no hold {hold_id}."),
            _no(no.HoldNotOpen, 409, "Hold not open", "The hold is {state}."),
            _no(no.CaptureExceedsHold, 409, "Capture exceeds hold", "The hold reserves less than was to be taken."),
            _no(no.PendingNotFound, 404, "Pending earn not found", "There is no pending earn {pending_id}."),
            _no(no.PendingNotOpen, 409, "Pending earn not open", "The pending earn was {state}."),
            _no(no.TimeNotAhead, 409, "Time not ahead", "It would have ended before it began."),
            _no(no.EntryNotFound, 404, "Entry not found", "There is no entry {version}."),
            _no(no.EntryNotReversible, 409, "Entry not reversible", "Entry {version} is not one that is reversed."),
            _no(no.ReversalExceedsEntry, 409, "Reversal exceeds entry", "Less than that is left of entry {version}."),
            _no(no.TransferNotAllowed, 409, "Transfer not allowed", "Points move between two accounts of one program."),
            _no(no.MergeNotFound, 404, "Merge not found", "There is no merge {merge_id}."),
            _no(no.MergeRefused, 409, "Merge refused", "{reason}."),
            _no(no.MetadataNotFound, 404, "Metadata not found", "The member has no metadata under {key}."),
            _no(no.MetadataTaken, 409, "Metadata taken", "The member has metadata under {key} already."),
            _no(
                no.PreconditionFailed,
                412,
                "Precondition failed",
                "It has been changed since it was read; read it again.",
            ),
            _no(no.RewardNotFound, 404, "Reward not found", "There is no reward {reward_id}."),
            _no(no.RewardUnavailable, 409, "Reward unavailable", "The reward cannot be had now: see objections."),
            _no(no.RedemptionNotFound, 404, "Redemption not found", "There is no redemption {redemption_id}."),
            _no(no.RedemptionNotOpen, 409, "Redemption not open", "The redemption is {state}."),
            _no(no.PoolNotFound, 404, "Pool not found", "There is no pool {pool_id}."),
            _no(no.ApiKeyNotFound, 404, "API key not found", "There is no API key {key_id}."),
            _no(no.WebhookNotFound, 404, "Webhook not found", "There is no endpoint or delivery {id}."),
            _no(no.TenantNotFound, 404, "Tenant not found", "There is no tenant {tenant_id}."),
            _no(no.CampaignNotFound, 404, "Campaign not found", "The program has no campaign {campaign}."),
            _no(no.RuleSetNotFound, 404, "Rule set not found", "The program has no rule set {version}."),
            _no(
                no.RuleSetNotDraft,
                409,
                "Rule set not a draft",
                "Rule set {version} is {state}; only drafts change, and one that is scheduled can be withdrawn.",
            ),
            _no(no.RuleSetUnfit, 409, "Rule set unfit", "Rule set {version} cannot go live as it is: see errors."),
            _no(no.OrderNotFound, 404, "Order not found", "There is no order or event {order_id}."),
            _no(no.EventInvalid, 400, "Invalid event", "Of the event or a field of it: {reason}."),
            _no(no.ReturnExceedsOrder, 409, "Return exceeds order", "Only {left} is left to come back."),
            _no(no.FileNotFound, 404, "File not found", "There is no import, export or part {id}."),
            _no(no.ImportRefused, 409, "Import refused", "{reason}."),
            _no(no.KeyReused, 409, "Key reused", "The {what} was used before, for another request."),
            _no(no.Overloaded, 503, "Overloaded", "Nothing was begun; try again after a moment."),
            _no(no.OutcomeUnknown, 500, "Outcome unknown", "Repeat the request with its key to learn what happened."),
        )
    ),
    bad.MalformedBody: Spelling(400, "malformed_body", "Malformed body", "The body cannot be read: {detail}"),
    bad.InvalidField: Spelling(400, "invalid_field", "Invalid request", "{detail}"),
    bad.Unauthorized: Spelling(401, "unauthorized", "Unauthorized", "Send a good token: Authorization: Bearer ..."),
    bad.Forbidden: Spelling(403, "forbidden", "Forbidden", "The token may not do this."),
    bad.UnknownPath: Spelling(404, "unknown_path", "Unknown path", "Nothing is at this path."),
    bad.WrongMethod: Spelling(405, "wrong_method", "Wrong method", "The path takes other methods, named in Allow."),
    bad.BodyTooLarge: Spelling(413, "body_too_large", "Body too large", "A body has at most {limit_bytes} bytes."),
    bad.TooManyRequests: Spelling(429, "too_many_requests", "Too many requests", "The share of requests is used up."),
    bad.Crashed: Spelling(500, "internal_error", "Internal error", "The fault is ours; the log has the request id."),
}

BY_OPERATION: Mapping[tuple[str, type[Refusal | Failure]], Spelling] = {}
"""None: our own dialect says the same thing the same way everywhere."""


def spell(operation: Operation | None, request_id: str, problem: Refusal | Failure) -> Answer:
    """The answer for a refusal or failure of an operation (None: before one was found)."""
    spelling = SPELLINGS[type(problem)]
    body = Problem(
        type=TYPE_PREFIX + spelling.code,
        title=spelling.title,
        status=spelling.status,
        detail=spelling.detail.format_map(vars(problem))[:LONGEST_DETAIL],
        code=spelling.code,
        request_id=request_id,
        errors=_errors(operation, problem),
        available=problem.available or ZERO if isinstance(problem, no.InsufficientPoints) else UNSET,
        state=problem.state
        if isinstance(problem, no.HoldNotOpen | no.PendingNotOpen | no.RedemptionNotOpen | no.RuleSetNotDraft)
        else UNSET,
        objections=list(problem.objections) if isinstance(problem, no.RewardUnavailable) else UNSET,
    )
    return Answer(spelling.status, encode(body), _headers(problem), MEDIA_TYPE)


def _errors(operation: Operation | None, problem: Refusal | Failure) -> list[FieldError] | UnsetType:
    match problem:
        case bad.InvalidField():
            more = [text.partition("\t") for text in problem.also]
            return [_first(operation, problem), *(FieldError(detail, pointer=pointer) for pointer, _, detail in more)]
        case no.RuleSetUnfit():
            places = [text.partition("\t") for text in problem.problems]
            return [FieldError(detail, pointer=f"/rules{pointer}") for pointer, _, detail in places]
        case no.EventInvalid():
            said = FieldError(
                problem.reason, pointer=_pointer(["fields", problem.field] if problem.field else ["name"])
            )
        case no.PointsOutOfRange() if operation is None or hasattr(operation.body, "points"):
            said = FieldError("out of range", pointer="/points")
        case no.ReturnExceedsOrder() if problem.line is not None:
            said = FieldError(
                f"only {problem.left:f} is left of line {problem.line}"[:LONGEST_DETAIL], pointer="/lines"
            )
        case no.ProfileInvalid():
            said = FieldError(problem.reason, pointer=f"/profile/{problem.field}")
        case no.KeyReused() if problem.what == "reference":
            said = FieldError("was used for another one", pointer="/reference")
        case no.CursorNotFound():
            said = FieldError("not of this list", parameter="cursor")
        case no.PreconditionFailed():
            said = FieldError("not its version any more", header="If-Match")
        case _:
            return UNSET
    return [said]


def _first(operation: Operation | None, problem: bad.InvalidField) -> FieldError:
    return FieldError(problem.detail[:LONGEST_DETAIL], **_place(operation, problem))


def _place(operation: Operation | None, problem: bad.InvalidField) -> dict[str, Any]:
    """Where the wrong member is: in a header, in the query, or in the body."""
    if problem.name in ("Idempotency-Key", "If-Match"):
        return {"header": problem.name}
    if problem.is_parameter or (operation is not None and operation.body is None):
        return {"parameter": problem.name}
    names = [*problem.path, problem.name] if problem.name else []
    return {"pointer": _pointer(names)}


def _pointer(names: Sequence[str]) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _headers(problem: Refusal | Failure) -> dict[str, str]:
    if isinstance(problem, bad.Unauthorized):
        error = f', error="{wire.INVALID_TOKEN}"' if problem.detail == wire.INVALID_TOKEN else ""
        return {"WWW-Authenticate": f'Bearer realm="guerdon"{error}'}
    if isinstance(problem, bad.WrongMethod):
        return {"Allow": ", ".join(problem.allowed)}
    if isinstance(problem, no.Overloaded | bad.TooManyRequests):
        return {"Retry-After": str(problem.retry_after_seconds)}
    return {wire.REPLAYED: "true"} if isinstance(problem, Refusal) and problem.replayed else {}
