"""What every surface owes, run over the list of surfaces: a new one is under test before it has written any."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import httpx
import pytest

from conftest import served_application
from guerdon.core.refusals import REFUSALS, Refusal
from guerdon.demo import client
from guerdon.surfaces import SURFACES
from guerdon.web import drift, openapi
from guerdon.web.application import application
from guerdon.web.failures import FAILURES, Failure, InvalidField, MalformedBody, Unauthorized, UnknownPath, WrongMethod
from guerdon.web.operations import Answer, Operation
from guerdon.web.surface import Surface
from surfaces import replay
from surfaces.replay import Case

PROBLEMS: tuple[type[Refusal | Failure], ...] = (*REFUSALS, *FAILURES)
STRANGER = "x-stranger"
WITH_BODY = [
    pytest.param(surface, operation, id=f"{surface.name} {operation.name}")
    for surface in SURFACES
    for operation in surface.operations
    if operation.body is not None
]
SECURED = [
    pytest.param(surface, operation, id=f"{surface.name} {operation.name}")
    for surface in SURFACES
    for operation in surface.operations
    if operation.secured
]
BAD_BODIES = {
    "empty": b"",
    "not json": b"{nonsense",
    "a number that json does not have": b'{"a": NaN}',
    "bad utf-8": b'{"a": "\xff\xfe"}',
    "a list": b"[]",
    "a text": b'"text"',
    "null": b"null",
    "10 MB": b'{"a": "' + b"x" * 10_000_000 + b'"}',
    "10,000 deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "10,000 lists deep": b"[" * 10_000 + b"]" * 10_000,
    "a number of 5,000 digits": b'{"a": ' + b"9" * 5_000 + b"}",
}

every_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)


def sample(problem: type[Refusal | Failure]) -> Refusal | Failure:
    """An instance with plausible facts."""
    facts: dict[str, Any] = {}
    for fact in fields(problem):  # type: ignore[arg-type]
        kind = str(fact.type)
        if "UUID" in kind:
            facts[fact.name] = UUID(int=7)
        elif "Decimal" in kind:
            facts[fact.name] = Decimal(7)
        elif "int" in kind:
            facts[fact.name] = 7
        elif "tuple" in kind:
            facts[fact.name] = ("POST",)
        else:
            facts[fact.name] = "open"
    return problem(**facts)


def members(answer: Answer) -> set[str]:
    """The members of an error body."""
    return set(json.loads(answer.body or b"{}"))


def spelled(surface: Surface, operation: Operation | None, problem: Refusal | Failure, got: httpx.Response) -> None:
    """The answer is the one that the surface's own table gives, not a framework's."""
    wanted = surface.spell(operation, "id", problem)
    assert got.status_code == wanted.status, got.text
    assert set(got.json()) == members(wanted)
    assert got.headers["content-type"].split(";")[0] == wanted.media_type
    for name, value in surface.headers("id").items():
        assert name in got.headers, f"{name}: {value}"


def credentials(surface: Surface, facts: dict[str, Any]) -> dict[str, str]:
    """The headers that let the demo client in; none where the credentials are in the body."""
    return {} if surface.token_in_body else {"Authorization": f"Bearer {facts[surface.name]['token']}"}


def url(surface: Surface, operation: Operation, base: str) -> str:
    """The operation's address, with something in the place of each parameter."""
    path = operation.paths[0]
    while "{" in path:
        path = path[: path.index("{")] + "1" + path[path.index("}") + 1 :]
    return base + surface.prefix + path


@every_surface
def test_the_error_table_is_total(surface: Surface) -> None:
    """A new refusal or failure cannot ship until every surface has spelled it."""
    errors = import_module(f"guerdon.surfaces.{surface.name}.errors")
    assert set(errors.SPELLINGS) == set(PROBLEMS)
    assert {problem for _, problem in getattr(errors, "BY_OPERATION", {})} <= set(PROBLEMS)
    assert {name for name, _ in getattr(errors, "BY_OPERATION", {})} <= {each.name for each in surface.operations}


@every_surface
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_every_problem_has_an_answer_for_every_operation(surface: Surface, problem: type[Refusal | Failure]) -> None:
    """An answer is a status of an error and a body in the dialect, with or without an operation."""
    for operation in (None, *surface.operations):
        answer = surface.spell(operation, "id", sample(problem))
        assert 400 <= answer.status < 600
        assert answer.body is not None
        assert json.loads(answer.body)


@every_surface
def test_an_unknown_path_is_answered_in_the_dialect(surface: Surface, http: httpx.Client, server: str) -> None:
    """Below the prefix nothing but the surface speaks."""
    for path in ("/nothing/here", "/", "", "/%00", "/" + "x" * 3_000):
        got = http.get(server + surface.prefix + path)
        spelled(surface, None, UnknownPath(), got)


@every_surface
def test_a_wrong_method_is_answered_in_the_dialect(surface: Surface, http: httpx.Client, server: str) -> None:
    """Whatever the method is."""
    for operation in surface.operations:
        taken = {each.method for each in surface.operations if operation.paths[0] in each.paths}
        for method in {"GET", "PUT", "DELETE", "PATCH"} - taken:
            got = http.request(method, url(surface, operation, server))
            spelled(surface, None, WrongMethod(("POST",)), got)


@pytest.mark.parametrize(("surface", "operation"), SECURED)
def test_bad_credentials_are_answered_in_the_dialect(
    surface: Surface, operation: Operation, http: httpx.Client, server: str, facts: dict[str, Any]
) -> None:
    """None, nonsense, a wrong token, another surface's token: all the same answer."""
    address = url(surface, operation, server)
    if surface.token_in_body:
        wrong = {"ClientToken": "x", "AccessToken": "y", "Client": "z"}
        got = http.request(operation.method, address, json=wrong)
        spelled(surface, operation, Unauthorized(), got)
        return
    others = [facts[other.name]["token"] for other in SURFACES if other is not surface and not other.token_in_body]
    for value in (
        None,
        "",
        "Bearer",
        "Nonsense x",
        "Bearer wrong",
        *(f"Bearer {token}" for token in others),
    ):
        headers = {} if value is None else {"Authorization": value}
        got = http.request(operation.method, address, headers=headers)
        spelled(surface, operation, Unauthorized(), got)


@pytest.mark.parametrize(("surface", "operation"), WITH_BODY)
def test_a_bad_body_is_answered_in_the_dialect(
    surface: Surface, operation: Operation, http: httpx.Client, server: str, facts: dict[str, Any]
) -> None:
    """Never a 500, never a framework's own words."""
    headers = {**credentials(surface, facts), "Content-Type": "application/json"}
    expected = [
        members(surface.spell(operation, "id", problem))
        for problem in (MalformedBody("x"), InvalidField("a", "x"), Unauthorized())
    ]
    for what, body in BAD_BODIES.items():
        if operation.optional_body and what == "empty":
            continue
        got = http.request(operation.method, url(surface, operation, server), content=body, headers=headers)
        assert 400 <= got.status_code < 500, (what, got.text)
        assert set(got.json()) in expected, what


@every_surface
def test_a_crash_is_answered_in_the_dialect(surface: Surface, http: httpx.Client) -> None:
    """The caller gets the vendor's 500; what happened is in the log alone."""

    async def crash(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    operations = tuple(replace(each, handle=crash, secured=False, body=None) for each in surface.operations)
    broken = replace(surface, operations=operations, prefix="")
    crashing = application(broken, None, lambda: datetime.now(UTC))
    with served_application(crashing) as base:
        for operation in broken.operations:
            got = http.request(operation.method, url(broken, operation, base))
            assert got.status_code == 500
            assert "secret" not in got.text
            assert "ZeroDivision" not in got.text
            assert set(got.json()) == members(surface.spell(operation, "id", FAILURES[-1]()))


def replayed(
    surface: Surface, base_url: str, http: httpx.Client, *, stranger: bool
) -> Iterator[tuple[Case, list[str]]]:
    """Every recorded case of a surface, in order, with what differed."""
    facts = client.facts(base_url)
    saved: dict[str, Any] = {"facts": facts}
    for case in replay.cases(surface.name):
        request = replay.expanded(case.request, saved)
        if stranger and isinstance(request.get("json"), dict):
            request["json"][STRANGER] = {"a": [1, "two"]}
        got = replay.send(http, base_url + surface.prefix, request, credentials(surface, facts))
        differences = replay.check(case, got, saved)
        if ("content-type" in got.headers) != bool(got.content):
            differences.append("a type of no body, or a body of no type")
        yield case, differences


@every_surface
@pytest.mark.parametrize("how", ["plain", "strange"])
def test_every_recorded_request_gets_its_recorded_answer(
    surface: Surface, how: str, fresh_server: str, http: httpx.Client
) -> None:
    """And a member that the vendor's model does not have changes nothing: it is reported, not refused."""
    stranger = how == "strange"
    failed = {
        case.name: differences
        for case, differences in replayed(surface, fresh_server, http, stranger=stranger)
        if differences
    }
    assert not failed
    if stranger:
        reported = {key[1] for key in drift.seen if key[0] == surface.name and key[2] == STRANGER}
        assert reported


@every_surface
def test_every_path_of_every_operation_has_a_recorded_case(surface: Surface) -> None:
    """None is declared without showing what it does, at any of its addresses."""
    canonical = surface.paths.canonical(path for operation in surface.operations for path in operation.paths)
    recorded = [
        (case.operation, canonical(case.request["path"].partition("?")[0])) for case in replay.cases(surface.name)
    ]
    missing = [
        (operation.name, path)
        for operation in surface.operations
        for path in operation.paths
        if not any(
            name == operation.name and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), asked) for name, asked in recorded
        )
    ]
    assert not missing
    assert {case.operation for case in replay.cases(surface.name)} == {each.name for each in surface.operations}


@every_surface
def test_every_recorded_answer_is_described_by_its_status(surface: Surface) -> None:
    """Whoever reads the description knows each of them, and need not guess what "or else" is."""
    described = {
        operation["operationId"]: operation["responses"]
        for path in openapi.describe(surface)["paths"].values()
        for operation in path.values()
    }
    nowhere = json.loads(surface.spell(None, "", UnknownPath()).body or b"{}").items()
    missing = {
        (case.operation, case.response["status"])
        for case in replay.cases(surface.name)
        if str(case.response["status"]) not in described[case.operation]
        and not nowhere & {(name, text) for name, text in case.response["json"].items() if isinstance(text, str)}
    }
    assert not missing


@every_surface
def test_the_surface_describes_itself(surface: Surface, http: httpx.Client, server: str) -> None:
    """`openapi.json` below the prefix lists every operation."""
    document = http.get(f"{server}{surface.prefix}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    described = {entry["operationId"] for path in document["paths"].values() for entry in path.values()}
    assert {operation.name for operation in surface.operations} <= described
