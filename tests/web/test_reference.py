"""The page of a surface: every operation is on it, what is said is text, and it loads nothing from anywhere."""

import re

import httpx

from guerdon.surfaces import native
from guerdon.web.openapi import describe
from guerdon.web.reference import page


def test_the_page_has_every_operation_and_loads_nothing(http: httpx.Client, server: str) -> None:
    got = http.get(f"{server}/v1/reference")
    assert (got.status_code, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert got.headers["content-security-policy"].startswith("default-src 'none'")
    for operation in native.SURFACE.operations:
        assert f'id="{operation.name}"' in got.text
    assert not re.search(
        r"<(script|link|img|iframe)|src=|url\(|@import|https?://", got.text.replace("https://shop.", "")
    )
    assert http.get(f"{server}/mews/reference").status_code == 404


def test_what_is_said_is_text() -> None:
    document = describe(native.SURFACE)
    document["info"]["description"] = "<b>&"
    assert b"<p>&lt;b&gt;&amp;</p>" in page(document)
