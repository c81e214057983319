"""Requests that nobody thought of, made from what a surface says of itself: every answer is one that it describes."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
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


def ask(surface: Surface, operation: Operation, server: str, facts: dict[str, Any], examples: int) -> None:
    """Asks a server so many times, with the demo client's credentials, for what the description allows and for more."""
    document = openapi.describe(surface)
    described = schemathesis.openapi.from_dict(document)[operation.paths[0]][operation.method]
    known = facts[surface.name]

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(case=described.as_strategy())
    def drawn(case: schemathesis.Case[Any]) -> None:
        if surface.token_in_body and isinstance(case.body, dict):
            case.body |= {name: known[fact] for name, fact in IN_BODY.items() if fact in known}
        case.call_and_validate(base_url=server + surface.prefix, headers=credentials(surface, facts), checks=CHECKS)

    drawn()


@EVERY_OPERATION
def test_what_is_asked_is_answered_as_described(
    surface: Surface, operation: Operation, server: str, facts: dict[str, Any]
) -> None:
    """No crash, no undocumented status or type, no body that breaks its schema."""
    ask(surface, operation, server, facts, examples=5)


@pytest.mark.torture
@EVERY_OPERATION
def test_whatever_is_asked_is_answered_as_described(
    surface: Surface, operation: Operation, server: str, facts: dict[str, Any]
) -> None:
    """The same for longer."""
    ask(surface, operation, server, facts, examples=500)
