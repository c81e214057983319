"""Requests that nobody thought of, made from what a surface says of itself: every answer is one that it describes."""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from guerdon.surfaces import SURFACES
from guerdon.web.operations import Operation
from guerdon.web.surface import Surface
from surfaces import known
from surfaces.test_conformance import credentials
from web.described import DESCRIPTIONS


def is_named(_context: CheckContext, response: Response, case: schemathesis.Case[Any]) -> None:
    """The status is one that the description of the operation has by itself, not only as "or else"."""
    described = case.operation.definition.raw["responses"]
    assert str(response.status_code) in described or response.status_code in UNSERVED, response.status_code


UNSERVED = {404, 405}
"""What is drawn for a parameter may make another path of an address, or one that there is not."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    is_named,
]
SECONDS = 60
"""What an answer may take: on a machine that is busy with other things, a few of them go by."""

PARAMETER = re.compile(r"{(\w+)}")
IN_BODY = {"ClientToken": "client_token", "AccessToken": "access_token"}
"""Credentials that are members of the body, by the name of the fact."""

EVERY_OPERATION = pytest.mark.parametrize(
    ("surface", "operation"),
    [
        pytest.param(surface, operation, id=f"{surface.name} {operation.name}")
        for surface in SURFACES
        for operation in surface.operations
    ],
)


Requests = Callable[[str], known.Request]


@pytest.fixture(scope="module")
def requests(http: httpx.Client, facts: dict[str, Any], dsn: str) -> Callable[[str], Requests]:
    """Requests that the operations of a surface are known to take."""

    @cache
    def of(surface: str) -> Requests:
        taken: Requests = import_module(f"surfaces.{surface}.known").requests(http, {**facts, "dsn": dsn})
        return taken

    return of


@cache
def schema(surface: str) -> Any:
    """What a surface says of itself, as it is drawn from."""
    return schemathesis.openapi.from_dict(DESCRIPTIONS[surface].document)


def ask(
    surface: Surface, operation: Operation, server: str, facts: dict[str, Any], request: Requests, examples: int
) -> None:
    """Asks a server with the demo client's credentials: first for what is known to be good, then round it.

    So many times it is asked for what the description allows, and most of the time what is drawn is put round what is
    known: else nothing might be tried but how an operation refuses.
    """
    described = schema(surface.name)[operation.paths[0]][operation.method]
    facts_here = facts[surface.name]
    sign = known.signed(facts_here["signing_secret"]) if "{partner}" in operation.paths[0] else None

    def asked(case: schemathesis.Case[Any], headers: dict[str, str]) -> Response:
        if surface.token_in_body and isinstance(case.body, dict):
            case.body |= {name: facts_here[fact] for name, fact in IN_BODY.items() if fact in facts_here}
        shown = {} if sign else credentials(surface, facts)
        return case.call_and_validate(
            base_url=server + surface.prefix, headers=shown | headers, checks=CHECKS, auth=sign, timeout=SECONDS
        )

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(case=described.as_strategy(), astray=st.sampled_from([False, False, True]))
    def drawn(case: schemathesis.Case[Any], astray: bool) -> None:  # noqa: FBT001
        asked(case, {} if astray else fit(case, operation, request(operation.name)))

    good = request(operation.name)
    names = dict.fromkeys(PARAMETER.findall(operation.paths[0]))
    bare = described.Case(path_parameters=names, body=NOT_SET if operation.body is None else good.body)
    first = asked(bare, fit(bare, operation, good))
    assert first.status_code < 400, first.text
    drawn()


def fit(case: schemathesis.Case[Any], operation: Operation, request: known.Request) -> dict[str, str]:
    """Puts what is known into a request, in the place of what was drawn or beside it; and the headers."""
    case.path_parameters = {name: request.path.get(name, value) for name, value in case.path_parameters.items()}
    read = operation.query if isinstance(operation.query, tuple) else ()
    case.query = {**case.query, **{name: value for name, value in request.query.items() if name in read}}
    if operation.body is bytes:
        case.body = request.body
    elif operation.body is not None:
        drawn = case.body if isinstance(case.body, dict) else {}
        case.body = {**drawn, **request.body}
    return request.headers


@EVERY_OPERATION
def test_what_is_asked_is_answered_as_described(
    surface: Surface,
    operation: Operation,
    server: str,
    facts: dict[str, Any],
    requests: Callable[[str], Requests],
) -> None:
    """No crash, no undocumented status or type, no body that breaks its schema."""
    ask(surface, operation, server, facts, requests(surface.name), examples=4)


@pytest.mark.torture
@EVERY_OPERATION
def test_whatever_is_asked_is_answered_as_described(
    surface: Surface,
    operation: Operation,
    server: str,
    facts: dict[str, Any],
    requests: Callable[[str], Requests],
) -> None:
    """The same for longer."""
    ask(surface, operation, server, facts, requests(surface.name), examples=500)
