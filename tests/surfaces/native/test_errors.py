"""Every refusal and failure has a problem document with a code of its own, and the headers that go with it."""

import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from guerdon.core import refusals as no
from guerdon.core.refusals import REFUSALS, Refusal
from guerdon.surfaces.native import SURFACE, errors, routes
from guerdon.web import failures as bad
from guerdon.web.failures import FAILURES, Failure
from guerdon.web.operations import Operation
from web.described import DESCRIPTIONS

ID = uuid.uuid4()
OPERATIONS = {operation.name: operation for operation in routes.OPERATIONS}

EXAMPLES: tuple[tuple[Refusal | Failure, int], ...] = (
    (no.MemberNotFound("card:{0}"), 404),
    (no.MembershipNotFound(ID), 404),
    (no.NotEnrolled("x"), 404),
    (no.AlreadyEnrolled(ID, ID), 409),
    (no.IdentifierTaken("email", "x"), 409),
    (no.ProfileInvalid("phone", "wrong"), 400),
    (no.ProgramNotFound(ID), 404),
    (no.TierNotFound(ID), 404),
    (no.CodeTaken("C"), 409),
    (no.InUse(ID, "others"), 409),
    (no.NoActiveProgram("x"), 404),
    (no.CursorNotFound("x"), 400),
    (no.PointsOutOfRange("1e400"), 400),
    (no.NoRedemptionRate(ID), 409),
    (no.AccountNotFound(ID), 404),
    (no.AccountClosed(ID), 409),
    (no.InsufficientPoints(ID, Decimal("0.10")), 409),
    (no.HoldNotFound(ID), 404),
    (no.HoldNotOpen(ID, "voided"), 409),
    (no.CaptureExceedsHold(ID), 409),
    (no.PendingNotFound("p"), 404),
    (no.PendingNotOpen(ID, "activated"), 409),
    (no.TimeNotAhead(ID), 409),
    (no.EntryNotFound(1), 404),
    (no.EntryNotReversible(1), 409),
    (no.ReversalExceedsEntry(1), 409),
    (no.TransferNotAllowed(ID), 409),
    (no.MergeNotFound(ID), 404),
    (no.MergeRefused("r"), 409),
    (no.MetadataNotFound("k"), 404),
    (no.MetadataTaken("k"), 409),
    (no.PreconditionFailed(), 412),
    (no.RewardNotFound(ID), 404),
    (no.RewardUnavailable(("out_of_stock",)), 409),
    (no.RedemptionNotFound(ID), 404),
    (no.RedemptionNotOpen(ID, "expired"), 409),
    (no.PoolNotFound(ID), 404),
    (no.ApiKeyNotFound(ID), 404),
    (no.WebhookNotFound("w"), 404),
    (no.TenantNotFound("3"), 404),
    (no.RuleSetNotFound(3), 404),
    (no.CampaignNotFound("summer"), 404),
    (no.RuleSetNotDraft(3, "live"), 409),
    (no.RuleSetUnfit(3, ("/rules/0/when/tiers\tgold is no tier of the program",)), 409),
    (no.OrderNotFound(ID), 404),
    (no.EventInvalid("stars", "wrong"), 400),
    (no.ReturnExceedsOrder(ID, "1", Decimal(2)), 409),
    (no.FileNotFound(ID), 404),
    (no.ImportRefused("r"), 409),
    (no.KeyReused("k"), 409),
    (no.Overloaded(3), 503),
    (no.OutcomeUnknown(), 500),
    (bad.MalformedBody("x"), 400),
    (bad.InvalidField("points", "wrong"), 400),
    (bad.Unauthorized(), 401),
    (bad.Forbidden(), 403),
    (bad.UnknownPath(), 404),
    (bad.WrongMethod(("GET", "POST")), 405),
    (bad.BodyTooLarge(1), 413),
    (bad.TooManyRequests(3), 429),
    (bad.Crashed(), 500),
)


def spelled(problem: Refusal | Failure, operation: Operation | None = None) -> tuple[int, Any, Mapping[str, str]]:
    """Status, body and headers."""
    answer = errors.spell(operation, "r-1", problem)
    assert answer.body is not None
    assert answer.media_type == "application/problem+json"
    return answer.status, json.loads(answer.body, parse_float=Decimal), answer.headers


def test_the_table_is_total_and_has_nothing_else() -> None:
    assert set(errors.SPELLINGS) == {*REFUSALS, *FAILURES} == {type(problem) for problem, _ in EXAMPLES}


def test_no_two_problems_share_a_code() -> None:
    codes = [spelling.code for spelling in errors.SPELLINGS.values()]
    assert len(set(codes)) == len(codes)
    assert all(errors.SPELLINGS[kind].code == kind.code for kind in REFUSALS)


@pytest.mark.parametrize(("problem", "status"), EXAMPLES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("operation", [None, OPERATIONS["earn"], OPERATIONS["getMember"]])
def test_every_problem_is_spelled_as_described(
    problem: Refusal | Failure, status: int, operation: Operation | None
) -> None:
    given, body, _ = spelled(problem, operation)
    assert (given, body["status"], body["request_id"]) == (status, status, "r-1")
    assert body["type"] == f"urn:guerdon:problem:{body['code']}"
    assert body["title"]
    assert body["detail"]
    assert DESCRIPTIONS[SURFACE.name].invalid({"$ref": "#/components/schemas/Problem"}, body) == []


def test_the_facts_of_a_refusal_are_members() -> None:
    assert spelled(no.InsufficientPoints(ID, Decimal("20.37076232692728")))[1]["available"] == Decimal(
        "20.37076232692728"
    )
    assert spelled(no.InsufficientPoints(ID, Decimal("0E-14")))[1]["available"] == 0
    assert spelled(no.HoldNotOpen(ID, "captured"))[1]["state"] == "captured"
    others = [spelled(problem)[1] for problem, _ in EXAMPLES if not isinstance(problem, no.InsufficientPoints)]
    assert not any("available" in body for body in others)


@pytest.mark.parametrize(
    ("problem", "operation", "place"),
    [
        (bad.InvalidField("points", "wrong"), "earn", {"pointer": "/points"}),
        (bad.InvalidField("", "wrong"), "earn", {"pointer": ""}),
        (bad.InvalidField("a/b~c", "wrong", path=("x",)), "earn", {"pointer": "/x/a~1b~0c"}),
        (bad.InvalidField("limit", "wrong"), "listEntries", {"parameter": "limit"}),
        (bad.InvalidField("Idempotency-Key", "wrong"), "earn", {"header": "Idempotency-Key"}),
        (bad.InvalidField("Idempotency-Key", "wrong"), "voidHold", {"header": "Idempotency-Key"}),
        (no.PointsOutOfRange("0"), "earn", {"pointer": "/points"}),
    ],
)
def test_the_wrong_member_is_pointed_at(problem: Refusal | Failure, operation: str, place: dict[str, str]) -> None:
    (error,) = spelled(problem, OPERATIONS[operation])[1]["errors"]
    assert error.pop("detail")
    assert error == place


def test_headers_go_with_their_status() -> None:
    assert spelled(bad.Unauthorized())[2] == {"WWW-Authenticate": 'Bearer realm="guerdon"'}
    assert spelled(bad.Unauthorized("invalid_token"))[2] == {
        "WWW-Authenticate": 'Bearer realm="guerdon", error="invalid_token"'
    }
    assert spelled(bad.WrongMethod(("GET", "POST")))[2] == {"Allow": "GET, POST"}
    assert spelled(no.Overloaded(3))[2] == {"Retry-After": "3"}
    assert spelled(no.CaptureExceedsHold(ID))[2] == {}


def test_a_refusal_that_was_given_before_says_so() -> None:
    refusal = no.CaptureExceedsHold(ID)
    refusal.replayed = True
    assert spelled(refusal)[2] == {"Idempotent-Replayed": "true"}


def test_what_was_sent_is_not_repeated_at_length_nor_filled_in() -> None:
    assert len(spelled(bad.InvalidField("x", "y" * 5_000))[1]["detail"]) == errors.LONGEST_DETAIL
    assert "{available}" in spelled(no.MemberNotFound("{available}"))[1]["detail"]
    assert "secret-key" not in json.dumps(spelled(no.KeyReused("native:secret-key"))[1])
