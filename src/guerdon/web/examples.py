"""Makes examples of bodies from their schemas, so that a description shows what every operation takes and answers."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

BY_FORMAT = {
    "uuid": "01a20a3e-5b1c-7d20-8f57-60e5d0f2c3a1",
    "date-time": "2026-07-02T12:00:00Z",
    "date": "2026-07-02",
}
BY_TYPE: Mapping[str, Any] = {"string": "text", "boolean": False, "null": None}


ANY = "<any>"
"""In a recorded example, what is another text each time: one that fits the schema is shown."""


def add(document: Json, recorded: Mapping[str, Json]) -> None:
    """Puts an example beside the schema of JSON bodies of a document: what was recorded, else a value that fits.

    Args:
        document: an OpenAPI document.
        recorded: by operation, the body of a `request`, that of its `answer`, and bodies of `problems` by status.
    """
    schemas = document["components"]["schemas"]
    for operation in [operation for path in document["paths"].values() for operation in path.values()]:
        known = recorded.get(operation["operationId"], {})
        problems = known.get("problems", {})
        if "requestBody" in operation:
            _show(operation["requestBody"], known.get("request", ANY), schemas, whole=False)
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                _show(answer, known.get("answer", ANY), schemas, whole=True)
            elif status in problems:
                _show(answer, problems[status], schemas, whole=True)


def _show(body: Json, known: Any, schemas: Json, *, whole: bool) -> None:
    for content in body.get("content", {}).values():
        content["example"] = _filled(known, content["schema"], schemas, whole=whole)


def _filled(known: Any, schema: Json, schemas: Json, *, whole: bool) -> Any:
    """What was recorded, with a value that fits in each gap."""
    if known == ANY:
        return example(schema, schemas, whole=whole)
    there = plain(schema, schemas)
    if isinstance(known, dict):
        members, others = there.get("properties", {}), there.get("additionalProperties")
        others = others if isinstance(others, dict) else {"type": "string"}
        return {name: _filled(value, members.get(name, others), schemas, whole=whole) for name, value in known.items()}
    if isinstance(known, list):
        return [_filled(value, there.get("items", {}), schemas, whole=whole) for value in known]
    return known


def plain(schema: Json, schemas: Json) -> Json:
    """A schema without references, and of several the first that is not null."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        else:
            schema = next(kind for kind in schema["anyOf"] if kind.get("type") != "null")
    return schema


def example(schema: Json, schemas: Json, *, whole: bool) -> Any:
    """A value that fits a schema.

    Args:
        schema: of an OpenAPI document.
        schemas: what it may refer to.
        whole: with all members; else with those that must be there, or that have an example of their own.
    """
    if "$ref" in schema:
        return example(plain(schema, schemas), schemas, whole=whole)
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind.get("type") != "null"]
        return example(kinds[0], schemas, whole=whole)
    if "properties" in schema:
        return {
            name: example(member, schemas, whole=whole)
            for name, member in schema["properties"].items()
            if whole or name in schema.get("required", ()) or _has_own(member)
        }
    return _plain(schema, schemas, whole=whole)


def _has_own(member: Json) -> bool:
    return "default" not in member or "examples" in member


def _plain(schema: Json, schemas: Json, *, whole: bool) -> Any:
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items")
        return [example(items, schemas, whole=whole)] if items else []
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 1), 1)
    if kind == "string" and schema.get("format") in BY_FORMAT:
        return BY_FORMAT[schema["format"]]
    return BY_TYPE.get(kind or "", {})
