"""Every refusal and failure has an answer in XOMNI's one shape, on the wire too."""

import asyncio
import json
import time
import uuid
from decimal import Decimal

import asyncpg
import httpx
import pytest

from conftest import cloned, served
from guerdon.core import refusals as no
from guerdon.core.refusals import REFUSALS, Refusal
from guerdon.surfaces.xomni import errors, routes
from guerdon.web import failures as bad
from guerdon.web.failures import FAILURES, Failure
from surfaces.xomni.conftest import LIST, USERS, Api, refused

CREATE, FETCH, FETCH_LIST, *_ = routes.OPERATIONS
ID = uuid.uuid4()

EXAMPLES: tuple[tuple[Refusal | Failure, int], ...] = (
    (no.MemberNotFound("x"), 404),
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
    (no.PointsOutOfRange("1"), 400),
    (no.NoRedemptionRate(ID), 400),
    (no.AccountNotFound(ID), 404),
    (no.AccountClosed(ID), 409),
    (no.InsufficientPoints(ID, Decimal(1)), 409),
    (no.HoldNotFound(ID), 404),
    (no.HoldNotOpen(ID, "voided"), 409),
    (no.CaptureExceedsHold(ID), 409),
    (no.PendingNotFound("p"), 404),
    (no.PendingNotOpen(ID, "activated"), 409),
    (no.TimeNotAhead(ID), 400),
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
    (no.RewardUnavailable(("ended",)), 409),
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
    (bad.InvalidField("City", "is wrong"), 400),
    (bad.Unauthorized(), 401),
    (bad.Forbidden(), 403),
    (bad.UnknownPath(), 404),
    (bad.WrongMethod(("GET", "POST")), 405),
    (bad.BodyTooLarge(1), 413),
    (bad.TooManyRequests(3), 429),
    (bad.Crashed(), 500),
)


def test_the_table_is_total_and_has_nothing_else() -> None:
    """A new refusal needs words here before it can be raised."""
    assert set(errors.SPELLINGS) == {*REFUSALS, *FAILURES} == {type(problem) for problem, _ in EXAMPLES}


def test_exceptions_name_operations_that_exist() -> None:
    """A renamed operation must take its texts along."""
    assert {name for name, _ in errors.BY_OPERATION} <= {operation.name for operation in routes.OPERATIONS}


@pytest.mark.parametrize(("problem", "status"), EXAMPLES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("operation", [None, CREATE, FETCH_LIST])
def test_every_answer_has_the_one_shape(operation: object, problem: Refusal | Failure, status: int) -> None:
    """A GUID that is the request's, ticks, and a text; clients parse all three."""
    before = time.time_ns()
    answer = errors.spell(operation, str(ID), problem)  # type: ignore[arg-type]
    body = json.loads(answer.body or b"")
    assert (answer.status, answer.media_type) == (status, "application/json")
    assert list(body) == ["IdentifierGuid", "IdentifierTick", "FriendlyDescription"]
    assert body["IdentifierGuid"] == str(ID)
    assert before // 100 <= body["IdentifierTick"] - errors.TICKS_AT_EPOCH <= time.time_ns() // 100
    assert body["FriendlyDescription"].endswith(".")


def test_ticks_count_from_the_year_one() -> None:
    """A moment that is known in both countings: 2016-05-05T00:00:00Z."""
    assert errors.TICKS_AT_EPOCH + 1_462_406_400 * 10**7 == 635_980_032_000_000_000


def test_headers_say_what_to_do_next() -> None:
    """Which credentials, which methods, how long to wait."""

    def headers(problem: Refusal | Failure) -> dict[str, str]:
        return dict(errors.spell(CREATE, str(ID), problem).headers)

    assert headers(bad.Unauthorized()) == {"WWW-Authenticate": "Bearer"}
    assert headers(bad.WrongMethod(("GET", "POST"))) == {"Allow": "GET, POST"}
    assert headers(no.Overloaded(3)) == {"Retry-After": "3"}
    assert headers(no.MemberNotFound("x")) == {}


@pytest.mark.parametrize(
    "path",
    ["", "/", "/nope", "/private", "/private/pii", f"{USERS}/1/2", f"{USERS}/%00", "/pii", "/pii/loyalties"],
)
@pytest.mark.parametrize("token", [True, False])
def test_unknown_paths(api: Api, path: str, token: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """In the dialect, with and without credentials."""
    refused(api.call("GET", path) if token else api.call("GET", path, Authorization=""), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", USERS, "POST, PUT, PATCH"),
        ("DELETE", USERS, "POST, PUT, PATCH"),
        ("POST", f"{USERS}/1", "GET, PUT, PATCH, DELETE"),
        ("PUT", LIST, "GET"),
        ("PATCH", "/private/pii/loyaltymetadata", "POST, GET, PUT, DELETE"),
        ("POST", "/pii/loyalty", "GET"),
    ],
)
def test_wrong_methods(api: Api, method: str, path: str, allowed: str) -> None:
    """The path is there; what may be done with it is in the header."""
    response = api.call(method, path, b"{}")
    refused(response, 405)
    assert response.headers["allow"] == allowed


def test_a_body_of_ten_megabytes(api: Api) -> None:
    """Announced or not."""
    refused(api.call("POST", USERS, b'{"UserName":"' + b"x" * 10_000_000 + b'"}'), 413)
    chunks = (b" " * 100_000 for _ in range(100))
    headers = {"Authorization": f"Bearer {api.token}"}
    refused(api.http.post(api.base_url + USERS, content=chunks, headers=headers), 413)


async def _break(address: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute("ALTER TABLE identifiers RENAME TO lost")
    finally:
        await connection.close()


def test_a_fault_of_ours(cluster: str, template: str, http: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    """A 500 in the dialect; the log has the same GUID and the fault, and neither password nor token."""
    with cloned(cluster, template) as address, served(address) as base_url:
        asyncio.run(_break(address))
        api = Api(http, f"{base_url}/xomni", "demo-xomni-token")
        response = api.create(UserName="mira.k", Password="plum-7-orchard", EMailAddress="mira@example.org")
        assert refused(response, 500) == "An unexpected error occurred."
    logged = capsys.readouterr().out
    assert response.json()["IdentifierGuid"] in logged
    assert "UndefinedTableError" in logged
    assert not [secret for secret in ("plum-7-orchard", "demo-xomni-token", "mira@example.org") if secret in logged]
