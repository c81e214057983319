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


def add(document: Json) -> None:
    """Puts an example beside the schema of every JSON body of a document, request or success."""
    schemas = document["components"]["schemas"]
    for operation in [operation for path in document["paths"].values() for operation in path.values()]:
        taken = [operation["requestBody"]] if "requestBody" in operation else []
        given = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        for body in (*taken, *given):
            for content in body.get("content", {}).values():
                content["example"] = example(content["schema"], schemas, whole=body in given)


def example(schema: Json, schemas: Json, *, whole: bool) -> Any:
    """A value that fits a schema.

    Args:
        schema: of an OpenAPI document.
        schemas: what it may refer to.
        whole: with all members; else with those that must be there, or that have an example of their own.
    """
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, whole=whole)
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
