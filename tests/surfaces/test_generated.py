"""Requests that nobody thought of, made from what a surface says of itself: every answer is one that it describes."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from guerdon.surfaces import SURFACES
from guerdon.web import openapi
from guerdon.web.operations import Operation
from guerdon.web.surface import Surface
from surfaces import known
from surfaces.test_conformance import credentials


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


KNOWN = {"deliverect": known.channel, "xomni": known.office}
"""Surfaces whose operations are asked, most of the time, with what they are known to take."""

BARE, AMONG, ASTRAY = "nothing else", "among what is drawn", "as it is drawn"

NEVER_GOOD = {
    "Loyalty SSO Token Exchange": "a code that is good once is made by another surface",
}
"""Operations that nothing is known for that they would take, and why."""

Requests = Callable[[str], known.Request]


@pytest.fixture(scope="module")
def requests(http: httpx.Client, facts: dict[str, Any]) -> dict[str, Requests]:
    """Requests that operations are known to take, by surface."""
    return {name: made(http, facts) for name, made in KNOWN.items()}


def ask(
    surface: Surface,
    operation: Operation,
    server: str,
    facts: dict[str, Any],
    requests: dict[str, Requests],
    examples: int,
) -> None:
    """Asks a server so many times, with the demo client's credentials, for what the description allows and for more.

    Of operations that something is known for, one answer at least is a good one: else nothing would have been tried
    but how they refuse.
    """
    document = openapi.describe(surface)
    described = schemathesis.openapi.from_dict(document)[operation.paths[0]][operation.method]
    facts_here, request = facts[surface.name], requests.get(surface.name)
    sign = known.signed(facts_here["signing_secret"]) if "{partner}" in operation.paths[0] else None
    statuses: set[int] = set()

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(case=described.as_strategy(), how=st.sampled_from([BARE, AMONG, AMONG, ASTRAY]))
    def drawn(case: schemathesis.Case[Any], how: str) -> None:
        headers = {} if sign else credentials(surface, facts)
        if surface.token_in_body and isinstance(case.body, dict):
            case.body |= {name: facts_here[fact] for name, fact in IN_BODY.items() if fact in facts_here}
        if request and how != ASTRAY:
            headers |= fit(case, operation, request(operation.name), is_bare=how == BARE)
        answer = case.call_and_validate(base_url=server + surface.prefix, headers=headers, checks=CHECKS, auth=sign)
        statuses.add(answer.status_code)

    drawn()
    if request and operation.name not in NEVER_GOOD:
        assert min(statuses) < 400, statuses


def fit(case: schemathesis.Case[Any], operation: Operation, request: known.Request, *, is_bare: bool) -> dict[str, str]:
    """Puts what is known into a request that was drawn, in the place of all else or beside it; and the headers."""
    read = operation.query if isinstance(operation.query, tuple) else ()
    query = {name: value for name, value in request.query.items() if name in read}
    case.path_parameters = {name: request.path.get(name, value) for name, value in (case.path_parameters or {}).items()}
    case.query = query if is_bare else {**(case.query or {}), **query}
    if operation.body is not None:
        drawn = case.body if isinstance(case.body, dict) and not is_bare else {}
        case.body = {**drawn, **request.body}
    return request.headers


@EVERY_OPERATION
def test_what_is_asked_is_answered_as_described(
    surface: Surface, operation: Operation, server: str, facts: dict[str, Any], requests: dict[str, Requests]
) -> None:
    """No crash, no undocumented status or type, no body that breaks its schema."""
    ask(surface, operation, server, facts, requests, examples=5)


@pytest.mark.torture
@EVERY_OPERATION
def test_whatever_is_asked_is_answered_as_described(
    surface: Surface, operation: Operation, server: str, facts: dict[str, Any], requests: dict[str, Requests]
) -> None:
    """The same for longer."""
    ask(surface, operation, server, facts, requests, examples=500)
