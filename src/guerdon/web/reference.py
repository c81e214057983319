"""Writes a surface's description as a page for people: one HTML document that loads nothing."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from guerdon.web import encoding, examples

Json = dict[str, Any]

_NULL = {"type": "null"}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "maxProperties": "at most {} of them",
    "pattern": "matches <code>{}</code>",
}
_SAYS_NOTHING = {("minLength", 1)}
_EMPTY: tuple[object, ...] = (None, [], {})


def page(document: Json) -> bytes:
    """The page of an OpenAPI document: its operations with parameters, bodies, answers and a call, and its objects."""
    info, schemas = document["info"], document["components"]["schemas"]
    base = document["servers"][0]["url"].rstrip("/")
    by_tag: dict[str, list[tuple[str, str]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["Operations"])[0]
            shown = _operation(base, path, method, operation, schemas)
            by_tag.setdefault(tag, []).append((operation["operationId"], shown))
    objects = [(name, _object(name, schema)) for name, schema in sorted(schemas.items())]
    parts = {**by_tag, "Objects": objects}
    style = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    title = f"{_text(info['title'])} {_text(info['version'])}"
    menu = "".join(
        f'<details name="menu"><summary>{_text(part)}</summary>{"".join(_link(name) for name, _ in shown)}</details>'
        for part, shown in parts.items()
    )
    content = "".join(f"<h2>{_text(part)}</h2>{''.join(each for _, each in shown)}" for part, shown in parts.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{style}</style></head><body>'
        f'<nav><a href="#top">{title}</a>{menu}</nav><main id="top"><h1>{title}</h1>'
        f"<p>{_prose(info.get('description', ''))}</p><p>In the calls, <code>$GUERDON</code> is the address of "
        f"this server with <code>{_text(base)}</code> behind it, and <code>$KEY</code> is your key. "
        f'For machines: <a href="openapi.json">openapi.json</a>.</p>{content}</main></body></html>'
    ).encode()


def _operation(base: str, path: str, method: str, operation: Json, schemas: Json) -> str:
    name = operation["operationId"]
    told, sample = _body(operation, schemas)
    good, bad = _answers(operation)
    return (
        f'<section id="{_anchor(name)}"><div><h3><a href="#{_anchor(name)}">{_text(name)}</a></h3>'
        f"<p>{_prose(operation['summary'])}</p>"
        f'<p class="path"><b class="{method}">{method.upper()}</b> <code>{_text(base + path)}</code></p>'
        f"{_parameters(operation)}{told}{good}</div>"
        f"<div>{_call(path, method, operation, sample)}{bad}</div></section>"
    )


def _parameters(operation: Json) -> str:
    rows = [
        _row(
            each["name"],
            each["schema"],
            required=each["required"],
            description=each.get("description", ""),
            place=each["in"],
        )
        for each in operation["parameters"]
    ]
    return f"<h4>Parameters</h4><table>{''.join(rows)}</table>" if rows else ""


def _body(operation: Json, schemas: Json) -> tuple[str, str]:
    """What is said of the body, and how a call brings one."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if media_type != "application/json":
            return f"<h4>Body</h4><p><code>{_text(media_type)}</code></p>", " \\\n  --data-binary @FILE"
        # Within apostrophes of a shell, an apostrophe ends and begins them again.
        example = _json(content["example"]).replace("'", "'\\''")
        told = f"<h4>Body</h4><p>{_kind(content['schema'])}</p>{_fields(examples.plain(content['schema'], schemas))}"
        return told, f" \\\n  -d '{example}'"
    return "", ""


def _call(path: str, method: str, operation: Json, body: str) -> str:
    """A call as it is typed, and what comes back."""
    given = [each for each in operation["parameters"] if each["required"] and each["in"] == "query"]
    query = "&".join(f"{each['name']}={_first(each['schema'])}" for each in given)
    head = [] if method == "get" else [f"-X {method.upper()}"]
    head.append(f'"$GUERDON{path}{f"?{query}" if query else ""}"')
    head += ['\\\n  -H "Authorization: Bearer $KEY"'] if "security" in operation else []
    head += [f"\\\n  -H '{each['name']}: {each['example']}'" for each in operation["parameters"] if "example" in each]
    call = f"<pre>{_text(' '.join(['curl', *head]) + body)}</pre>"
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            call += f"<p>{_text(status)}</p>{_example(answer)}"
    return call


def _first(schema: Json) -> str:
    return str(next(iter([*schema.get("examples", []), *schema.get("enum", [])]), "..."))


def _answers(operation: Json) -> tuple[str, str]:
    """Those that are good, and the others, which are folded."""
    good, bad = "", ""
    for status, answer in operation["responses"].items():
        told = f"<b>{_text(status)}</b> {_prose(answer['description'])}"
        if status.startswith("2"):
            kinds = " ".join(_kind(content["schema"]) for content in answer.get("content", {}).values())
            good += f"<p>{told} {kinds}</p>"
        elif example := _example(answer):
            bad += f"<details><summary>{told}</summary>{example}</details>"
        else:
            bad += f'<p class="bad">{told}</p>'
    return f"<h4>Answer</h4>{good}", f"<h4>Refusals</h4>{bad}"


def _example(answer: Json) -> str:
    found = [content["example"] for content in answer.get("content", {}).values() if "example" in content]
    return "".join(f"<pre>{_text(_json(each))}</pre>" for each in found)


def _json(value: object) -> str:
    return msgspec.json.format(encoding.encode(value), indent=2).decode()


def _object(name: str, schema: Json) -> str:
    told = f"<p>{_prose(schema.get('description', ''))}</p>"
    shown = _fields(schema) or f"<p>{_kind(schema)}</p>"
    return f'<section id="{_anchor(name)}" class="object"><h3>{_text(name)}</h3>{told}{shown}</section>'


def _fields(schema: Json) -> str:
    required = schema.get("required", [])
    rows = [_row(field, about, required=field in required) for field, about in schema.get("properties", {}).items()]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(name: str, schema: Json, *, required: bool, description: str = "", place: str = "") -> str:
    facts = ", ".join([_kind(schema), *_limits(schema), *([f"in {place}"] if place else [])])
    told = f"{'<b>Required.</b> ' if required else ''}{_prose(description or _said(schema))}"
    return f"<tr><td><code>{_text(name)}</code><br><small>{facts}</small></td><td>{told}</td></tr>"


def _kind(schema: Json) -> str:
    """What a value is, with a link where it is an object of its own."""
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"<code>{_text(_json(each))}</code>" for each in schema["enum"])
    if "items" in schema:
        return f"list of {_kind(schema['items'])}"
    if isinstance(values := schema.get("additionalProperties"), dict):
        return f"object of {_kind(values)}"
    return _text(schema.get("format") or schema.get("type") or "anything")


def _parts(schema: Json) -> list[Json]:
    """A schema, or those that it is one of."""
    return [each for each in schema.get("anyOf", [schema]) if each != _NULL]


def _said(schema: Json) -> str:
    return next((each["description"] for each in [schema, *_parts(schema)] if "description" in each), "")


def _limits(schema: Json) -> Iterator[str]:
    for part in _parts(schema):
        for key, words in _LIMITS.items():
            if key in part and (key, part[key]) not in _SAYS_NOTHING:
                yield words.format(_text(str(part[key])))
    if schema.get("default") not in _EMPTY:
        yield f"<code>{_text(_json(schema['default']))}</code> unless said"


def _link(name: str) -> str:
    return f'<a href="#{_anchor(name)}">{_text(name)}</a>'


def _anchor(name: str) -> str:
    return _text(name.replace(" ", "-"))


def _prose(text: str) -> str:
    """Text, in which backticks stand around code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return html.escape(text)
