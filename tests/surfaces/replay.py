"""Replays recorded requests against a surface, and compares answers with what was recorded.

A case is a JSON file `tests/surfaces/<surface>/fixtures/NN_what.json`; the cases of a surface are replayed in the order
of their names, against one server whose demo tenant nobody has touched:

    {"operation": "Loyalty/Earn",                  the name in the surface's declaration
     "source": "where the request and the answer are documented",
     "request":  {"method": "POST", "path": "/Loyalty/Earn",       below the surface's prefix
                  "headers": {...},                                optional; credentials are sent unless it is null
                  "sign": {"header": "X-Signature", "secret": "..."},  optional: HMAC-SHA256 of the body, in hexadecimal
                  "json": {...}  or  "text": "..."},               optional
     "response": {"status": 204, "headers": {...}, "json": {...}}} optional members are not compared

In every text of a request `{{facts.counterpoint.customer}}` stands for a fact of `guerdon demo --json` and `{{name}}`
for a value saved earlier. In a response `"<any>"`, `"<text>"`, `"<integer>"`, `"<uuid>"` and `"<today>"` (MM/dd/yyyy)
match values that differ at each run, and `"<save:name>"` matches any text and saves it. Everything else must be equal:
members, their order, types and numbers to the last digit.
"""

import hmac
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec

HERE = Path(__file__).parent
_VARIABLE = re.compile(r"\{\{([\w.]+)\}\}")


@dataclass(frozen=True)
class Case:
    """One recorded request with its answer."""

    name: str
    operation: str
    request: dict[str, Any]
    response: dict[str, Any]


def cases(surface: str) -> list[Case]:
    """The recorded cases of a surface, in order."""
    found = []
    for path in sorted((HERE / surface / "fixtures").glob("*.json")):
        recorded = json.loads(path.read_text(), parse_float=Decimal)
        found.append(Case(path.stem, recorded["operation"], recorded["request"], recorded["response"]))
    return found


def expanded(node: Any, values: Mapping[str, Any]) -> Any:
    """A recorded request with its variables filled in."""
    if isinstance(node, dict):
        return {key: expanded(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [expanded(item, values) for item in node]
    if isinstance(node, str):
        return _VARIABLE.sub(lambda match: str(_value(match[1], values)), node)
    return node


def _value(name: str, values: Mapping[str, Any]) -> Any:
    node: Any = values
    for part in name.split("."):
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


def send(
    http: httpx.Client, base_url: str, request: Mapping[str, Any], credentials: Mapping[str, str]
) -> httpx.Response:
    """Sends an expanded request."""
    headers = {} if request.get("headers", {}) is None else {**credentials, **request.get("headers", {})}
    content = None
    if "json" in request:
        content = _exact(request["json"])
        headers.setdefault("Content-Type", "application/json")
    elif "text" in request:
        content = request["text"].encode()
    if sign := request.get("sign"):
        headers[sign["header"]] = hmac.new(sign["secret"].encode(), content or b"", "sha256").hexdigest()
    return http.request(request["method"], base_url + request["path"], headers=headers, content=content)


def _exact(node: Any) -> bytes:
    """JSON with every digit of a Decimal."""
    return msgspec.json.Encoder(decimal_format="number").encode(node)


def differences(expected: Any, actual: Any, saved: dict[str, Any], where: str = "$") -> list[str]:
    """What differs between a recorded and a real answer, in words; saves what is to be saved."""
    if isinstance(expected, str) and expected.startswith("<") and expected.endswith(">"):
        return _wildcard(expected[1:-1], actual, saved, where)
    if type(expected) is not type(actual):
        return [f"{where}: {expected!r} expected, got {actual!r}"]
    if isinstance(expected, dict):
        if list(expected) != list(actual):
            return [f"{where}: members {list(expected)} expected, got {list(actual)}"]
        pairs = [(f"{where}.{key}", expected[key], actual[key]) for key in expected]
    elif isinstance(expected, list) and len(expected) == len(actual):
        pairs = [(f"{where}[{index}]", expected[index], actual[index]) for index in range(len(expected))]
    else:
        return [] if expected == actual else [f"{where}: {expected!r} expected, got {actual!r}"]
    return [line for place, want, got in pairs for line in differences(want, got, saved, place)]


def _wildcard(kind: str, actual: Any, saved: dict[str, Any], where: str) -> list[str]:
    if kind.startswith("save:"):
        saved[kind.removeprefix("save:")] = actual
        return []
    return [] if _FITS[kind](actual) else [f"{where}: {kind} expected, got {actual!r}"]


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and bool(uuid.UUID(value))


_FITS: dict[str, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "text": lambda value: isinstance(value, str) and value != "",
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "uuid": _is_uuid,
    "today": lambda value: bool(value == datetime.now(UTC).strftime("%m/%d/%Y")),
}


def check(case: Case, response: httpx.Response, saved: dict[str, Any]) -> list[str]:
    """What differs between a case's recorded answer and the real one."""
    wanted = case.response
    found = (
        [] if response.status_code == wanted["status"] else [f"status {response.status_code}: {response.text[:500]}"]
    )
    for name, value in wanted.get("headers", {}).items():
        found += differences(value, response.headers.get(name), saved, f"header {name}")
    if "json" in wanted:
        found += differences(wanted["json"], json.loads(response.text, parse_float=Decimal), saved)
    elif wanted["status"] == 204 and response.content:
        found.append(f"a body where none should be: {response.text[:200]}")
    return found
