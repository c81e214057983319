"""Every surface describes itself in a valid OpenAPI 3.1 document that says what the declaration says."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from guerdon.surfaces import SURFACES
from guerdon.web.openapi import describe
from guerdon.web.surface import Surface
from web.described import DESCRIPTIONS

surfaces = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of everything a document describes."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@surfaces
def test_the_document_is_valid(surface: Surface) -> None:
    assert not list(OpenAPIV31SpecValidator(DESCRIPTIONS[surface.name].document).iter_errors())


@surfaces
def test_every_path_of_every_operation_is_described(surface: Surface) -> None:
    """Each with a name of its own; the documented path has the operation's."""
    described = {(method.upper(), path): op["operationId"] for path, method, op in operations(describe(surface))}
    assert set(described) == {(o.method, path) for o in surface.operations for path in o.paths}
    assert all(described[o.method, o.paths[0]] == o.name for o in surface.operations)
    assert len(set(described.values())) == len(described)


@surfaces
def test_every_operation_says_what_it_does(surface: Surface) -> None:
    """A handler without a docstring, or one that lost it to a wrapper, would be shown by its name alone."""
    silent = [op["operationId"] for _, _, op in operations(describe(surface)) if " " not in op["summary"]]
    assert silent == []


@surfaces
def test_every_parameter_in_a_path_is_described_and_required(surface: Surface) -> None:
    for path, _, operation in operations(describe(surface)):
        in_path = [p["name"] for p in operation["parameters"] if p["in"] == "path" and p["required"]]
        assert in_path == re.findall(r"\{(\w+)\}", path)


@surfaces
def test_credentials_are_asked_for_where_the_declaration_asks(surface: Surface) -> None:
    document = describe(surface)
    asked = {op["operationId"]: op["security"] for _, _, op in operations(document) if "security" in op}
    expected = {o.name for o in surface.operations if o.secured and not surface.token_in_body}
    assert expected == {o.name for o in surface.operations if o.name in asked}
    used = {scheme for ways in asked.values() for way in ways for scheme in way}
    assert used == set(document["components"]["securitySchemes"])


def test_who_shows_what_is_told_for_each_operation() -> None:
    """A token, a name and a password, a signature of the body, or a visitor's own beside those of the tablet."""
    told = {
        (surface.name, path): [set(way) for way in op.get("security", [])]
        for surface in SURFACES
        for path, _, op in operations(describe(surface))
    }
    assert told["xomni", "/private/pii/loyalty"] == [{"token"}, {"basic"}]
    assert (
        told["xomni", "/pii/loyalty"] == told["xomni", "/pii/loyaltymetadata"] == [{"token", "pii"}, {"basic", "pii"}]
    )
    assert told["xomni", "/pii/anonymous"] == [{"token"}, {"basic"}]
    signed = {path for (_, path), ways in told.items() if ways == [{"signature"}]}
    assert signed == {path for name, path in told if name == "deliverect" and path.startswith("/partner/")}
    assert told["counterpoint", "/Loyalty/Earn"] == [{"token"}]
    assert not any(ways for (name, _), ways in told.items() if name == "mews")


@surfaces
def test_amounts_are_numbers(surface: Surface) -> None:
    assert '"format": "decimal"' not in json.dumps(DESCRIPTIONS[surface.name].document)


@surfaces
def test_the_document_is_served_to_anybody(surface: Surface, http: httpx.Client, server: str) -> None:
    response = http.get(f"{server}{surface.prefix}/openapi.json")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == DESCRIPTIONS[surface.name].document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What the native surface says of itself."""
    return DESCRIPTIONS["native"].document


UNKEYED = {
    "backtestRules",
    "createApiKey",
    "createSignOnCode",
    "createTenant",
    "createTenantKey",
    "previewEvent",
    "previewOrder",
    "putImportPart",
    "validateRules",
}
"""A secret is not kept for a repeat, a part is what was sent last, and the others write nothing."""


def test_an_idempotency_key_goes_with_every_write_and_with_nothing_else(document: dict[str, Any]) -> None:
    for _, method, operation in operations(document):
        keys = [p for p in operation["parameters"] if p["in"] == "header" and p["name"] == "Idempotency-Key"]
        assert len(keys) == (0 if method == "get" or operation["operationId"] in UNKEYED else 1)
        assert all(key["schema"] == {"type": "string", "minLength": 1, "maxLength": 255} for key in keys)


BOUNDED = {"listIdentifiers", "listMemberships", "listTiers", "listOffers"}
"""Lists of what a member or a program has few of."""

UNCONDITIONAL = {"putImportPart", "removeIdentifier", "revokeApiKey"}
"""What they end has no other state; a part is what was sent last."""


def test_lists_have_pages_and_changes_may_be_conditional(document: dict[str, Any]) -> None:
    for _, method, operation in operations(document):
        name, parameters = operation["operationId"], {each["name"] for each in operation["parameters"]}
        is_paged = method == "get" and name.startswith("list") and name not in BOUNDED
        assert ({"limit", "cursor"} <= parameters) == is_paged, name
        is_conditional = method in ("patch", "put", "delete") and name not in UNCONDITIONAL
        assert "If-Match" in parameters or not is_conditional, name


def test_query_parameters_have_types_bounds_and_words(document: dict[str, Any]) -> None:
    parameters = {p["name"]: p for p in document["paths"]["/memberships/{membership_id}/entries"]["get"]["parameters"]}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert parameters["cursor"]["schema"] == {"type": "string", "minLength": 1, "maxLength": 1_500}
    assert parameters["membership_id"]["schema"] == {"type": "string", "format": "uuid"}
    assert all(p["description"] for _, _, op in operations(document) for p in op["parameters"])


def test_native_times_ids_and_amounts_say_what_they_are(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, said in [pair for schema in schemas.values() for pair in schema.get("properties", {}).items()]:
        plain = next((kind for kind in said.get("anyOf", [said]) if kind.get("type") != "null"), said)
        if name.endswith("_at"):
            assert plain["format"] == "date-time", name
        elif name.endswith("_id") and name != "request_id":
            assert plain["format"] == "uuid", name
        elif name in ("points", "posted", "held", "available", "lifetime", "remaining", "balance_after"):
            assert plain["type"] == "number", name


def test_every_native_refusal_is_a_problem_document(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        refusals = {status: said for status, said in operation["responses"].items() if status not in ("200", "204")}
        assert {"401", "default"} <= set(refusals)
        for said in refusals.values():
            assert list(said["content"]) == ["application/problem+json"]
        for status, name in (("503", "Retry-After"), ("429", "Retry-After"), ("401", "WWW-Authenticate")):
            assert status not in refusals or name in refusals[status]["headers"]


def test_every_native_example_fits_its_schema(document: dict[str, Any]) -> None:
    description = DESCRIPTIONS["native"]
    examples = list(_examples(document))
    assert len(examples) > 20
    for schema, example in examples:
        assert description.invalid(schema, example) == []


def _examples(node: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("examples"), list):
            for example in node["examples"]:
                yield node, example
        for value in node.values():
            yield from _examples(value)
    elif isinstance(node, list):
        for item in node:
            yield from _examples(item)


@pytest.mark.parametrize(
    ("schema", "value", "right"),
    [
        ("BalanceAfter", {"posted": 1, "held": 0, "available": 1}, True),
        ("BalanceAfter", {"posted": "1", "held": 0, "available": 1}, False),
        ("BalanceAfter", {"posted": 1, "held": 0}, False),
        ("BalanceAfter", {"posted": 1, "held": 0, "available": 1, "more": 1}, False),
        ("EarnRequest", {"points": 0}, False),
        ("EarnRequest", {"points": 1, "effective_at": "yesterday"}, False),
        ("EarnRequest", {"points": 1, "reason": None}, True),
    ],
)
def test_the_check_of_answers_sees_what_is_wrong(schema: str, value: object, right: bool) -> None:  # noqa: FBT001
    wrong = DESCRIPTIONS["native"].invalid({"$ref": f"#/components/schemas/{schema}"}, value)
    assert (wrong == []) is right
