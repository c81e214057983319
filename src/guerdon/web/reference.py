"""Writes a surface's description as a page for people: one HTML document that loads nothing."""

import html
import json
from typing import Any

Json = dict[str, Any]

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}
nav a{display:inline-block;margin-right:1rem}h2{border-top:1px solid #ccc;padding-top:1rem;margin-top:2.5rem}
code,pre{font:14px/1.45 ui-monospace,monospace;background:#f4f4f6;border-radius:4px}code{padding:.1em .3em}
pre{padding:.8rem;overflow-x:auto}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #e4e4e8}
.m{font-weight:700}@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#17171a}code,pre{background:#26262b}
td,th,h2{border-color:#3a3a40}a{color:#8ab4ff}}
""".strip()


def page(document: Json) -> bytes:
    """The page of an OpenAPI document: every operation with its parameters, bodies as examples, and answers."""
    info = document["info"]
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["Operations"])[0]
            by_tag.setdefault(tag, []).append(
                _operation(document["servers"][0]["url"].rstrip("/") + path, method, operation)
            )
    links = "".join(f'<a href="#{_anchor(tag)}">{_text(tag)}</a>' for tag in by_tag)
    parts = "".join(f'<h2 id="{_anchor(tag)}">{_text(tag)}</h2>{"".join(shown)}' for tag, shown in by_tag.items())
    title = f"{_text(info['title'])} {_text(info['version'])}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{_text(info.get('description', ''))}</p>"
        f'<p><a href="openapi.json">openapi.json</a></p><nav>{links}</nav>{parts}</body></html>'
    ).encode()


def _operation(path: str, method: str, operation: Json) -> str:
    name = operation["operationId"]
    shown = [
        f'<section><h3 id="{_anchor(name)}">{_text(name)}</h3><p>{_text(operation["summary"])}</p>',
        f'<p><code><span class="m">{method.upper()}</span> {_text(path)}</code></p>',
    ]
    if operation["parameters"]:
        rows = "".join(
            f"<tr><td><code>{_text(each['name'])}</code></td><td>{_text(each['in'])}</td>"
            f"<td>{'required' if each['required'] else ''}</td><td>{_text(each.get('description', ''))}</td></tr>"
            for each in operation["parameters"]
        )
        shown.append(f"<table><tr><th>parameter</th><th>in</th><th></th><th></th></tr>{rows}</table>")
    if "requestBody" in operation:
        shown.append(f"<p>Body</p>{_examples(operation['requestBody'])}")
    for status, answer in operation["responses"].items():
        told = f"<p><code>{_text(status)}</code> {_text(answer['description'])}</p>"
        shown.append(told + (_examples(answer) if status.startswith("2") else ""))
    return "".join([*shown, "</section>"])


def _examples(body: Json) -> str:
    found = [content["example"] for content in body.get("content", {}).values() if "example" in content]
    return "".join(f"<pre>{_text(json.dumps(each, indent=2, ensure_ascii=False))}</pre>" for each in found)


def _anchor(name: str) -> str:
    return _text(name.replace(" ", "-"))


def _text(text: str) -> str:
    return html.escape(text)
