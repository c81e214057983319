"""Holds an answer against the surface's own OpenAPI document: the status, the type, the headers and every member."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

from guerdon.surfaces import SURFACES
from guerdon.web import encoding
from guerdon.web.openapi import describe
from guerdon.web.operations import OCTETS
from guerdon.web.surface import Surface


@dataclass(frozen=True)
class Description:
    """A surface's OpenAPI document, as it goes over the wire."""

    surface: Surface

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document."""
        decoded: dict[str, Any] = json.loads(encoding.encode(describe(self.surface)))
        return decoded

    @cached_property
    def _components(self) -> Any:
        return _closed(self.document["components"])

    @cached_property
    def _validators(self) -> dict[str, Draft202012Validator]:
        """Those that there are so far, by the text of their schema."""
        return {}

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """What is said of an operation; None where there is none."""
        for template, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]*", template), path):
                found: dict[str, Any] | None = methods.get(method.lower())
                return found
        return None

    def differences(self, response: httpx.Response, prefix: str) -> list[str]:
        """What an answer has that its description does not allow, in words; none for paths that are not described."""
        request = response.request
        operation = self.operation(request.method, request.url.path.removeprefix(prefix))
        if operation is None:
            return []
        said = operation["responses"]
        described = said.get(str(response.status_code), said.get("default") if response.is_error else None)
        if described is None:
            return [f"status {response.status_code} is not described"]
        return [*_headers(described, response), *self._body(described.get("content", {}), response)]

    def _body(self, content: Mapping[str, Any], response: httpx.Response) -> list[str]:
        kind = response.headers.get("content-type", "")
        if kind not in content:
            return [f"the type {kind!r} is not described"] if response.content or content else []
        if kind == OCTETS:
            return []
        return self.invalid(content[kind]["schema"], json.loads(response.text, parse_float=Decimal))

    def invalid(self, schema: Mapping[str, Any], value: object) -> list[str]:
        """What is wrong with a value by a schema of the document; members that it does not name are, too."""
        text = json.dumps(schema)
        if text not in self._validators:
            closed = {**_closed(schema), "components": self._components}
            self._validators[text] = Draft202012Validator(closed, validate_formats=True)
        return [f"{error.instance_path}: {error.message}" for error in self._validators[text].iter_errors(value)]


DESCRIPTIONS = {surface.name: Description(surface) for surface in SURFACES}
"""By the name of the surface: each document is made once in a process, when something is first asked of it."""


def _headers(described: Mapping[str, Any], response: httpx.Response) -> list[str]:
    """Headers that go with a status are there; one that marks a repeat need not be."""
    wanted = described.get("headers", {}) if response.is_error else {}
    return [f"the header {name} is missing" for name in wanted if name not in response.headers]


def _closed(node: Any) -> Any:
    """A schema that allows no other members than those it names."""
    if isinstance(node, dict):
        inside = {key: _closed(value) for key, value in node.items()}
        return {**inside, "additionalProperties": False} if "properties" in inside and "type" in inside else inside
    return [_closed(item) for item in node] if isinstance(node, list) else node
