"""Every failure is one reason text in `Message`, and each method has those that the vendor lists for it."""

import asyncio
import json
import uuid
from decimal import Decimal
from pathlib import Path

import asyncpg
import httpx
import pytest

from conftest import cloned, served
from guerdon.core import refusals as no
from guerdon.core.refusals import REFUSALS, Refusal
from guerdon.demo import tenant
from guerdon.surfaces.counterpoint import SURFACE, errors
from guerdon.web import failures as bad
from guerdon.web.failures import FAILURES, Failure
from guerdon.web.operations import Operation
from surfaces.counterpoint.tills import REQUIRED, Till, refused

ID = uuid.uuid4()
LOGIN, STATUS, VERSION, EARN, CHECK, AUTHORIZE, CONFIRM, CANCEL, FROM_EMAIL, FROM_ID = SURFACE.operations
ALL = (None, *SURFACE.operations)
FINISH = (CONFIRM, CANCEL)

TEXTS: list[tuple[Refusal | Failure, tuple[Operation | None, ...], int, str]] = [
    (no.MemberNotFound("x"), (EARN,), 404, "CustomerNumber Not Found"),
    (no.MemberNotFound("x"), (CHECK, *FINISH, FROM_EMAIL, FROM_ID), 404, "Id not found"),
    (no.MemberNotFound("x"), (AUTHORIZE,), 400, "Not enrolled in Loyalty"),
    (no.NotEnrolled("x"), (EARN,), 400, "Bad Request"),
    (no.NotEnrolled("x"), (AUTHORIZE,), 400, "Not enrolled in Loyalty"),
    (no.MembershipNotFound(ID), (AUTHORIZE,), 400, "Not enrolled in Loyalty"),
    (no.AccountNotFound(ID), (EARN,), 404, "CustomerNumber Not Found"),
    (no.AccountNotFound(ID), (AUTHORIZE,), 400, "Not enrolled in Loyalty"),
    (no.AccountNotFound(ID), FINISH, 404, "Id not found"),
    (no.InsufficientPoints(ID, Decimal(1)), (AUTHORIZE,), 400, "No Balance Remaining"),
    (no.NoRedemptionRate(ID), (AUTHORIZE,), 400, REQUIRED),
    (no.PointsOutOfRange("x"), (AUTHORIZE,), 400, REQUIRED),
    (no.PointsOutOfRange("x"), (EARN,), 400, "Bad Request"),
    (no.HoldNotFound(ID), FINISH, 404, "Id not found"),
    (no.HoldNotOpen(ID, "voided"), FINISH, 400, "Bad Request"),
    (no.KeyReused("k"), (EARN, AUTHORIZE, *FINISH), 400, "Bad Request"),
    (no.AccountClosed(ID), (EARN, AUTHORIZE, *FINISH), 400, "Bad Request"),
    (no.Overloaded(1), ALL, 503, "Service Unavailable"),
    (bad.TooManyRequests(1), ALL, 503, "Service Unavailable"),
    (no.OutcomeUnknown(), ALL, 500, "Internal Server Error"),
    (bad.MalformedBody("x"), (LOGIN, EARN, CHECK, *FINISH), 400, "Bad Request"),
    (bad.MalformedBody("x"), (AUTHORIZE,), 400, REQUIRED),
    (bad.BodyTooLarge(1), (AUTHORIZE,), 400, REQUIRED),
    (bad.InvalidField("Points", "x"), (EARN, *FINISH), 400, "Bad Request"),
    (bad.InvalidField("RequestedPoints", "x"), (AUTHORIZE,), 400, REQUIRED),
    (bad.InvalidField("Type", "x", missing=True), (AUTHORIZE,), 400, REQUIRED),
    (bad.InvalidField("Type", "x"), (AUTHORIZE,), 400, "Type is not valid"),
    (bad.InvalidField("Idempotency-Key", "x"), (EARN, AUTHORIZE, *FINISH), 400, "Bad Request"),
    (bad.Unauthorized(), ALL, 401, "Not Authorized"),
    (bad.Forbidden(), ALL, 401, "Not Authorized"),
    (bad.UnknownPath(), ALL, 404, "Not Found"),
    (bad.WrongMethod(("GET",)), ALL, 405, "Method Not Allowed"),
    (bad.Crashed(), ALL, 500, "Internal Server Error"),
]


@pytest.mark.parametrize(("problem", "operations", "status", "text"), TEXTS, ids=lambda value: type(value).__name__)
def test_each_reason_has_its_text(
    problem: Refusal | Failure, operations: tuple[Operation | None, ...], status: int, text: str
) -> None:
    """The status and the text, in the one member."""
    for operation in operations:
        answer = errors.spell(operation, "r", problem)
        assert (answer.status, json.loads(answer.body or b"")) == (status, {"Message": text})


def test_no_answer_that_clients_do_not_know() -> None:
    """The vendor lists 400, 401, 404 and 500; beyond them only what HTTP itself is about."""
    every = {*errors.SPELLINGS.values(), *errors.BY_OPERATION.values(), *errors.AUTHORIZE_FIELDS.values()}
    assert {status for status, _ in every} == {400, 401, 404, 405, 500, 503}
    assert set(errors.SPELLINGS) == {*REFUSALS, *FAILURES}


def test_headers_say_what_to_do_next() -> None:
    """Which credentials, which methods, how long to wait."""

    def headers(problem: Refusal | Failure) -> dict[str, str]:
        return dict(errors.spell(EARN, "r", problem).headers)

    assert headers(bad.Unauthorized()) == {"WWW-Authenticate": "Bearer"}
    assert headers(bad.WrongMethod(("GET", "POST"))) == {"Allow": "GET, POST"}
    assert headers(no.Overloaded(3)) == {"Retry-After": "3"}
    assert headers(no.KeyReused("k")) == {}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/Loyalty/Earn", "POST"),
        ("PUT", "/loyalty/authorize", "POST"),
        ("DELETE", "/Authorize/Confirm", "POST"),
        ("POST", "/Loyalty/1/BalanceCheck", "GET"),
        ("POST", "/loyalty/balancecheck/1/", "GET"),
        ("GET", "/SSO/Login", "POST"),
        ("POST", "/Connection/Status", "GET"),
        ("POST", "/connection/getversion", "GET"),
        ("POST", "/Customer/FromId/1", "GET"),
    ],
)
def test_wrong_methods(till: Till, method: str, path: str, allowed: str) -> None:
    """The path is there; what may be done with it is in the header."""
    answer = till.send(method, path, b"{}")
    refused(answer, 405, "Method Not Allowed")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path",
    [
        *("/Loyalty", "/Loyalty/1", "/Loyalty//Earn", "/Authorize", "/Authorize/Void", "//Loyalty/Earn"),
        *("/Giftcard/Create", "/Customer", "/Customer/FromEmail", "/Connection"),
    ],
)
def test_unknown_paths(till: Till, path: str) -> None:
    """With and without credentials."""
    refused(till.send("GET", path), 404, "Not Found")
    refused(till.send("POST", path, b"{}", Authorization=""), 404, "Not Found")


async def _break(address: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute("ALTER TABLE identifiers RENAME TO lost")
    finally:
        await connection.close()


def test_a_fault_of_ours(cluster: str, template: str, http: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    """The vendor's 500 and no more; what happened is in the log, without the token."""
    with cloned(cluster, template) as address, served(address) as base_url:
        asyncio.run(_break(address))
        till = Till(http, f"{base_url}/counterpoint", "demo-counterpoint-token")
        for answer in (
            till.check(tenant.CUSTOMER),
            till.earn(tenant.CUSTOMER, 1),
            till.authorize(tenant.CUSTOMER, "S", 1),
        ):
            refused(answer, 500, "Internal Server Error")
    logged = capsys.readouterr().out
    assert "UndefinedTableError" in logged
    assert "demo-counterpoint-token" not in logged


def test_the_table_names_what_the_vendor_lists() -> None:
    """Each text of the published lists is in use, letter by letter."""
    published = {
        "Bad Request",
        "Not Authorized",
        "CustomerNumber Not Found",
        "Id not found",
        "Internal Server Error",
        "Type is not valid",
        "No Balance Remaining",
        "Not enrolled in Loyalty",
        REQUIRED,
    }
    source = Path(errors.__file__).read_text(encoding="utf-8")
    assert {text for text in published if f'"{text}"' in source} == published
