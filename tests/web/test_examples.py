"""Every operation of the native API shows what it takes and what it answers, and the examples are good."""

from uuid import UUID

from guerdon.surfaces import native
from guerdon.web.examples import example
from web.described import DESCRIPTIONS


def test_every_body_has_an_example_that_fits() -> None:
    description = DESCRIPTIONS["native"]
    shown = 0
    for path, methods in description.document["paths"].items():
        for operation in methods.values():
            bodies = list(operation["responses"].values())
            bodies += [operation["requestBody"]] if "requestBody" in operation else []
            for content in [content for body in bodies for content in body.get("content", {}).values()]:
                if "example" in content:
                    assert description.invalid(content["schema"], content["example"]) == [], path
                    shown += 1
    assert shown > len(native.SURFACE.operations)


def test_what_is_shown_is_what_was_recorded() -> None:
    """What can be sent as it is, and not what merely fits; with an id in the place of each that was another one."""
    methods = DESCRIPTIONS["native"].document["paths"]["/orders"]
    sent = methods["post"]["requestBody"]["content"]["application/json"]["example"]
    assert len(sent["lines"]) > 1
    assert UUID(sent["membership_id"])
    refused = methods["post"]["responses"]["409"]["content"]["application/problem+json"]["example"]
    assert refused["status"] == 409


def test_an_example_has_what_must_be_there_and_what_is_said_best() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "minimum": 3},
            "b": {"type": "string", "default": "x"},
            "c": {"type": "string", "default": "x", "examples": ["best"]},
        },
        "required": ["a"],
    }
    assert example(schema, {}, whole=False) == {"a": 3, "c": "best"}
    assert example({"anyOf": [{"type": "null"}, {"$ref": "#/x/S"}]}, {"S": schema}, whole=True) == {
        "a": 3,
        "b": "text",
        "c": "best",
    }
