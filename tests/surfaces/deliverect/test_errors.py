"""Every refusal and failure has an answer in Deliverect's words, each family in its own envelope."""

import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from guerdon.core import refusals as no
from guerdon.core.refusals import REFUSALS, Refusal
from guerdon.surfaces.deliverect import errors, routes
from guerdon.web import failures as bad
from guerdon.web.failures import FAILURES, Failure

BY_NAME = {operation.name: operation for operation in routes.OPERATIONS}
TOKEN, CREATE, GET = (BY_NAME[name] for name in ("Get Access Token", "Create Loyalty Customer", "Get Loyalty Customer"))
ID = uuid.uuid4()

EXAMPLES: tuple[Refusal | Failure, ...] = (
    no.MemberNotFound("x"),
    no.MembershipNotFound(ID),
    no.NotEnrolled("x"),
    no.AlreadyEnrolled(ID, ID),
    no.IdentifierTaken("email", "x"),
    no.ProfileInvalid("phone", "wrong"),
    no.ProgramNotFound(ID),
    no.TierNotFound(ID),
    no.CodeTaken("C"),
    no.InUse(ID, "others"),
    no.NoActiveProgram("x"),
    no.CursorNotFound("x"),
    no.PointsOutOfRange("1"),
    no.NoRedemptionRate(ID),
    no.AccountNotFound(ID),
    no.AccountClosed(ID),
    no.InsufficientPoints(ID, Decimal(1)),
    no.HoldNotFound(ID),
    no.HoldNotOpen(ID, "voided"),
    no.CaptureExceedsHold(ID),
    no.PendingNotFound("p"),
    no.PendingNotOpen(ID, "activated"),
    no.TimeNotAhead(ID),
    no.EntryNotFound(1),
    no.EntryNotReversible(1),
    no.ReversalExceedsEntry(1),
    no.TransferNotAllowed(ID),
    no.MergeNotFound(ID),
    no.MergeRefused("r"),
    no.MetadataNotFound("k"),
    no.MetadataTaken("k"),
    no.PreconditionFailed(),
    no.RewardNotFound(ID),
    no.RewardUnavailable(("ended",)),
    no.RedemptionNotFound(ID),
    no.RedemptionNotOpen(ID, "expired"),
    no.PoolNotFound(ID),
    no.ApiKeyNotFound(ID),
    no.WebhookNotFound("w"),
    no.TenantNotFound("3"),
    no.RuleSetNotFound(3),
    no.CampaignNotFound("summer"),
    no.RuleSetNotDraft(3, "live"),
    no.RuleSetUnfit(3, ("/rules/0/when/tiers\tgold is no tier of the program",)),
    no.OrderNotFound(ID),
    no.EventInvalid("stars", "wrong"),
    no.ReturnExceedsOrder(ID, "1", Decimal(2)),
    no.FileNotFound(ID),
    no.ImportRefused("r"),
    no.KeyReused("k"),
    no.Overloaded(1),
    no.OutcomeUnknown(),
    bad.MalformedBody("x"),
    bad.InvalidField("email", "wrong"),
    bad.Unauthorized(),
    bad.Forbidden(),
    bad.UnknownPath(),
    bad.WrongMethod(("GET", "POST")),
    bad.BodyTooLarge(1),
    bad.TooManyRequests(1),
    bad.Crashed(),
)


def spelled(problem: Refusal | Failure, operation: Any = CREATE) -> tuple[int, Any, Mapping[str, str]]:
    answer = errors.spell(operation, "r", problem)
    assert answer.body is not None
    return answer.status, json.loads(answer.body), answer.headers


def test_the_table_is_total_and_has_nothing_else() -> None:
    assert set(errors.SPELLINGS) == {*REFUSALS, *FAILURES}
    assert {type(problem) for problem in EXAMPLES} == {*REFUSALS, *FAILURES}


def test_overrides_are_of_operations_that_exist() -> None:
    assert {name for name, _ in errors.BY_OPERATION} <= {operation.name for operation in routes.OPERATIONS}
    assert {errors.TOKEN_ENDPOINT, errors.RETRIEVE, errors.SSO, *errors.PARTNER} <= set(BY_NAME)
    assert {name for name, each in BY_NAME.items() if "{partner}" in each.paths[0]} == set(errors.PARTNER)


@pytest.mark.parametrize("problem", EXAMPLES, ids=lambda problem: type(problem).__name__)
@pytest.mark.parametrize("operation", [None, CREATE, GET])
def test_loyalty_routes_answer_in_their_envelopes(problem: Refusal | Failure, operation: Any) -> None:
    status, body, _ = spelled(problem, operation)
    if status == 500:
        assert body == {"error": {"code": "internal_server_error", "message": "internal server error"}}
    elif status in {401, 403}:
        assert list(body) == ["code", "description"]
    else:
        assert list(body) == ["error", "http_code", "description"]
        assert body["http_code"] == status
        assert body["error"] == body["description"] != ""


@pytest.mark.parametrize("name", errors.PARTNER)
def test_a_bad_signature_is_no_expired_token(name: str) -> None:
    body = {"code": "invalid_signature", "description": "invalid signature"}
    assert spelled(bad.Unauthorized(), BY_NAME[name])[:2] == (401, body)


@pytest.mark.parametrize("name", errors.ORDER_NOTICES)
@pytest.mark.parametrize("problem", [no.MemberNotFound("x"), no.NotEnrolled("x")])
def test_an_order_of_nobody_is_a_bad_request(name: str, problem: Refusal) -> None:
    """Deliverect documents no other refusal of an order."""
    status, body, _ = spelled(problem, BY_NAME[name])
    assert (status, body["error"]) == (400, "loyalty customer not found")


def test_an_order_of_no_known_kind_cannot_be_processed() -> None:
    wrong = bad.InvalidField("orderType", "must be a number from 1 to 5")
    retrieve = BY_NAME[errors.RETRIEVE]
    text = "orderType: must be a number from 1 to 5"
    assert spelled(wrong, retrieve)[:2] == (422, {"code": "invalid_order_type", "message": text, "context": {}})
    assert spelled(bad.InvalidField("sessionId", "wrong"), retrieve)[0] == 400
    assert spelled(wrong, CREATE)[0] == 400


def test_single_sign_on_has_statuses_of_its_own() -> None:
    sso = BY_NAME[errors.SSO]
    assert spelled(no.NoActiveProgram("x"), sso)[:2][0] == 404
    status, body, _ = spelled(bad.InvalidField("code", "is required", missing=True), sso)
    assert (status, body["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("problem", EXAMPLES, ids=lambda problem: type(problem).__name__)
def test_the_token_endpoint_answers_in_its_own_envelope(problem: Refusal | Failure) -> None:
    status, body, _ = spelled(problem, TOKEN)
    if status == 500:
        assert body == {"error": {"code": "internal_server_error", "message": "internal server error"}}
    else:
        assert list(body) == ["error", "error_description"]
        assert all(isinstance(text, str) and text for text in body.values())


@pytest.mark.parametrize(
    ("problem", "status", "text"),
    [
        (no.NoActiveProgram("x"), 400, "no active loyalty profile found"),
        (no.MemberNotFound("x"), 404, "loyalty customer not found"),
        (no.NotEnrolled("x"), 404, "loyalty customer not found"),
        (no.IdentifierTaken("email", "x"), 409, "loyalty customer already exists"),
        (no.ProfileInvalid("phone", "not E.164"), 400, "phoneNumber: not E.164"),
        (no.ProfileInvalid("date_of_birth", "not a date"), 400, "dateOfBirth: not a date"),
        (no.ProfileInvalid("email", "not valid"), 400, "email: not valid"),
        (bad.InvalidField("", "something is missing"), 400, "something is missing"),
        (bad.InvalidField("email", "x" * 1000), 400, f"email: {'x' * 193}"),
        (bad.BodyTooLarge(1), 413, "body too large"),
        (bad.WrongMethod(("GET",)), 405, "method not allowed"),
    ],
)
def test_what_the_caller_can_mend_is_said(problem: Refusal | Failure, status: int, text: str) -> None:
    assert spelled(problem)[:2] == (status, {"error": text, "http_code": status, "description": text})


def test_credentials_have_the_vendors_texts() -> None:
    assert spelled(bad.Unauthorized()) == (
        401,
        {"code": "token_expired", "description": "token is expired"},
        {"WWW-Authenticate": "Bearer"},
    )
    assert spelled(bad.Forbidden())[:2] == (
        403,
        {"code": "insufficient_permissions", "description": "Not allowed to access this location."},
    )


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (bad.Unauthorized(), 401, "access_denied"),
        (bad.InvalidField("grant_type", "wrong"), 400, "unsupported_grant_type"),
        (bad.InvalidField("grant_type", "not there", missing=True), 400, "invalid_request"),
        (bad.InvalidField("client_id", "wrong"), 400, "invalid_request"),
        (bad.MalformedBody("x"), 400, "invalid_request"),
        (bad.BodyTooLarge(1), 413, "invalid_request"),
        (no.Overloaded(1), 503, "temporarily_unavailable"),
    ],
)
def test_the_token_endpoint_has_codes(problem: Refusal | Failure, status: int, code: str) -> None:
    got_status, body, _ = spelled(problem, TOKEN)
    assert (got_status, body["error"]) == (status, code)


def test_headers_tell_what_to_do_next() -> None:
    assert spelled(bad.WrongMethod(("GET", "POST")))[2] == {"Allow": "GET, POST"}
    assert spelled(no.Overloaded(7))[2] == {"Retry-After": "7"}
    assert spelled(bad.Crashed())[2] == {}
