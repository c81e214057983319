"""Every refusal and failure has an answer in Mews' words: a message, a request id, and no code."""

import json
import uuid
from decimal import Decimal

import pytest

from guerdon.core import refusals as no
from guerdon.core.refusals import REFUSALS, Refusal
from guerdon.surfaces.mews import errors, routes, wire
from guerdon.web import failures as bad
from guerdon.web.failures import FAILURES, Failure

ID = uuid.uuid4()
GET_ALL, ADD, UPDATE, DELETE, *OTHERS = routes.OPERATIONS

SPELLED: tuple[tuple[Refusal | Failure, int, str], ...] = (
    (no.MemberNotFound("x"), 400, "Invalid AccountId."),
    (no.MembershipNotFound(ID), 400, "Invalid LoyaltyMembershipId."),
    (no.NotEnrolled("x"), 400, "Invalid AccountId."),
    (no.AlreadyEnrolled(ID, ID), 403, "The account already has an active membership in this loyalty program."),
    (no.IdentifierTaken("email", "x"), 403, "The identifier already belongs to another account."),
    (no.ProfileInvalid("phone", "wrong"), 403, "A detail of the account is not valid."),
    (no.ProgramNotFound(ID), 400, "Invalid LoyaltyProgramId."),
    (no.TierNotFound(ID), 400, "Invalid LoyaltyTierId."),
    (no.CodeTaken("C"), 403, "The code already belongs to another loyalty program or tier."),
    (no.InUse(ID, "others"), 403, "It is in use and cannot be deleted."),
    (no.NoActiveProgram("x"), 403, "No loyalty program is active."),
    (no.CursorNotFound("x"), 400, "Invalid Cursor."),
    (no.PointsOutOfRange("1"), 400, "Invalid Points."),
    (no.NoRedemptionRate(ID), 403, "The loyalty program does not say what points are worth."),
    (no.AccountNotFound(ID), 400, "Invalid AccountId."),
    (no.AccountClosed(ID), 403, "The loyalty membership takes no more points."),
    (
        no.InsufficientPoints(ID, Decimal(1)),
        403,
        "The points are reserved by open authorizations and cannot be set that low.",
    ),
    (no.HoldNotFound(ID), 403, "The points are no longer reserved."),
    (no.HoldNotOpen(ID, "voided"), 403, "The points are no longer reserved."),
    (no.CaptureExceedsHold(ID), 400, "Invalid Points."),
    (no.PendingNotFound("p"), 403, "The points are no longer reserved."),
    (no.PendingNotOpen(ID, "activated"), 403, "The points are no longer reserved."),
    (no.TimeNotAhead(ID), 400, "Invalid expiration."),
    (no.EntryNotFound(1), 403, "The posting does not exist."),
    (no.EntryNotReversible(1), 403, "The posting cannot be undone."),
    (no.ReversalExceedsEntry(1), 400, "Invalid Points."),
    (no.TransferNotAllowed(ID), 403, "The points cannot be moved there."),
    (no.MergeNotFound(ID), 403, "It does not exist."),
    (no.MergeRefused("r"), 403, "The accounts cannot be merged."),
    (no.MetadataNotFound("k"), 403, "The account has no such metadata."),
    (no.MetadataTaken("k"), 403, "The account has such metadata already."),
    (no.PreconditionFailed(), 403, "It has been changed meanwhile."),
    (no.RewardNotFound(ID), 403, "It does not exist."),
    (no.RewardUnavailable(("ended",)), 403, "It is not possible as things stand."),
    (no.RedemptionNotFound(ID), 403, "It does not exist."),
    (no.RedemptionNotOpen(ID, "expired"), 403, "It is not possible as things stand."),
    (no.PoolNotFound(ID), 403, "It does not exist."),
    (no.ApiKeyNotFound(ID), 403, "It does not exist."),
    (no.WebhookNotFound("w"), 403, "The webhook does not exist."),
    (no.TenantNotFound("3"), 403, "The enterprise does not exist."),
    (no.RuleSetNotFound(3), 403, "The rules do not exist."),
    (no.CampaignNotFound("summer"), 403, "The campaign does not exist."),
    (no.RuleSetNotDraft(3, "live"), 403, "The rules cannot be changed."),
    (no.RuleSetUnfit(3, ("/rules/0/when/tiers\tgold is no tier",)), 403, "The rules cannot go live as they are."),
    (no.OrderNotFound(ID), 403, "The order does not exist."),
    (no.EventInvalid("stars", "wrong"), 403, "The event is not valid."),
    (no.ReturnExceedsOrder(ID, "1", Decimal(2)), 400, "Invalid Points."),
    (no.FileNotFound(ID), 403, "It does not exist."),
    (no.ImportRefused("r"), 403, "The file cannot be imported now."),
    (no.KeyReused("k"), 403, "The request was sent before with other content."),
    (no.Overloaded(3), 429, "Too many requests."),
    (no.OutcomeUnknown(), 500, "An unexpected error occurred."),
    (bad.MalformedBody("x"), 400, "Invalid JSON."),
    (bad.InvalidField("", "an array"), 400, "Invalid JSON."),
    (bad.Unauthorized(), 401, "Invalid ClientToken or AccessToken."),
    (bad.Forbidden(), 401, "The operation is not permitted for this AccessToken."),
    (bad.UnknownPath(), 404, "Unknown URL or HTTP method."),
    (bad.WrongMethod(("POST",)), 404, "Unknown URL or HTTP method."),
    (bad.BodyTooLarge(1), 413, "The request is too large."),
    (bad.TooManyRequests(3), 429, "Too many requests."),
    (bad.Crashed(), 500, "An unexpected error occurred."),
)


def test_the_table_is_total() -> None:
    assert set(errors.SPELLINGS) == {*REFUSALS, *FAILURES}
    assert {type(problem) for problem, _, _ in SPELLED} == {*REFUSALS, *FAILURES}


def test_exceptions_are_for_operations_that_exist() -> None:
    names = {operation.name for operation in routes.OPERATIONS}
    assert all(name in names and kind in errors.SPELLINGS for name, kind in errors.BY_OPERATION)


@pytest.mark.parametrize(("problem", "status", "message"), SPELLED, ids=lambda value: type(value).__name__)
def test_each_is_spelled(problem: Refusal | Failure, status: int, message: str) -> None:
    for operation in (None, GET_ALL, ADD, UPDATE):
        answer = errors.spell(operation, "the-request", problem)
        assert answer.status == status
        assert json.loads(answer.body or b"") == {"Message": message, "RequestId": "the-request"}


def test_delete_names_the_list_that_the_id_was_in() -> None:
    answer = errors.spell(DELETE, "", no.MembershipNotFound(ID))
    assert json.loads(answer.body or b"")["Message"] == "Invalid LoyaltyMembershipIds."


@pytest.mark.parametrize(
    ("name", "problem", "status", "message"),
    [
        ("loyaltyPrograms/delete", no.ProgramNotFound(ID), 400, "Invalid LoyaltyProgramIds."),
        ("loyaltyTiers/delete", no.TierNotFound(ID), 400, "Invalid LoyaltyTierIds."),
        (
            "loyaltyTiers/delete",
            no.InUse(ID, "others"),
            403,
            "The loyalty tier is in use: memberships, rewards or rules have it.",
        ),
        ("customers/add", no.IdentifierTaken("email", "x"), 403, "A customer with this email already exists."),
        ("customers/add", no.ProfileInvalid("email", "x"), 400, "Invalid Email."),
        ("customers/update", no.MemberNotFound("x"), 400, "Invalid CustomerId."),
        ("accounts/merge", no.MemberNotFound("x"), 400, "Invalid SourceAccountIds."),
    ],
)
def test_an_operation_names_its_own_parameter(name: str, problem: Refusal, status: int, message: str) -> None:
    (operation,) = (each for each in OTHERS if each.name == name)
    answer = errors.spell(operation, "", problem)
    assert (answer.status, json.loads(answer.body or b"")["Message"]) == (status, message)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (bad.InvalidField("Points", "too large", path=("LoyaltyMemberships",)), "Invalid Points."),
        (bad.InvalidField("Limitation", "", missing=True), "Invalid Limitation."),
        (bad.InvalidField("Value", "", path=("LoyaltyMembershipUpdates", "IsPrimary")), "Invalid IsPrimary."),
        (bad.InvalidField("Value", "", missing=True), "Invalid Value."),
        (bad.InvalidField("CreatedUtc", wire.INTERVAL_TOO_LONG), "The interval must not exceed 3M1D."),
    ],
)
def test_a_parameter_is_named(problem: Failure, message: str) -> None:
    answer = errors.spell(GET_ALL, "", problem)
    assert (answer.status, json.loads(answer.body or b"")["Message"]) == (400, message)


def test_a_client_is_told_when_to_come_back() -> None:
    assert errors.spell(ADD, "", no.Overloaded(3)).headers == {"Retry-After": "3"}


def test_the_request_id_is_a_header_too() -> None:
    assert errors.named("x") == {"Request-Id": "x"}
