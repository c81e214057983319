"""The page of a surface: every operation is on it, what is said is text, and it loads nothing from anywhere."""

import html
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


def test_every_link_leads_to_one_place() -> None:
    shown = page(describe(native.SURFACE)).decode()
    places = re.findall(r'id="([^"]+)"', shown)
    assert len(places) == len(set(places))
    assert set(re.findall(r'href="#([^"]+)"', shown)) <= set(places)


def test_it_says_what_each_value_may_be() -> None:
    """With its limits, whether it must be there, and where it is an object of its own, a link to it."""
    shown = page(describe(native.SURFACE)).decode()
    earn = shown[shown.index('<section id="earn">') :].partition("</section>")[0]
    for row in (
        "<code>points</code><br><small>number, above 0</small></td><td><b>Required.</b> Points, above 0 and below",
        "<code>reason</code><br><small>string or null, at most 1000 characters</small></td><td>Free text",
        "<code>pending</code><br><small>boolean, <code>false</code> unless said</small></td>",
        "<code>membership_id</code><br><small>uuid, in path</small></td><td><b>Required.</b>",
        'and the balance after it. <a href="#EarnResult">EarnResult</a>',
    ):
        assert row in earn
    listed = shown[shown.index('<section id="Members"') :].partition("</section>")[0]
    assert '<small>list of <a href="#Member">Member</a></small>' in listed


def test_a_call_can_be_typed() -> None:
    """An apostrophe in an example does not end what the shell takes for it."""
    document = describe(native.SURFACE)
    earn = document["paths"]["/memberships/{membership_id}/earn"]["post"]
    earn["requestBody"]["content"]["application/json"]["example"] = {"reason": "Noor's"}
    told = html.unescape(page(document).decode())
    assert (
        'curl -X POST "$GUERDON/memberships/{membership_id}/earn" \\\n  -H "Authorization: Bearer $KEY" \\\n'
        "  -H 'Idempotency-Key: 0f3c9e1a-5d1e-4c0b-9a53-5f4f7f2f6f10' \\\n"
        """  -d '{\n  "reason": "Noor'\\''s"\n}'</pre>"""
    ) in told


def test_what_is_said_is_text() -> None:
    document = describe(native.SURFACE)
    document["info"]["description"] = "<b>&"
    assert b"<p>&lt;b&gt;&amp;</p>" in page(document)
