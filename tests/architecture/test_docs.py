"""How the documentation is kept: generated pages are current, operations are described, links lead somewhere."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from architecture.tree import ROOT, every_file, named
from guerdon.core.refusals import REFUSALS
from guerdon.settings import Settings
from guerdon.surfaces import SURFACES
from guerdon.web.surface import Surface
from tools import docs

PAGES = [path for path in every_file() if path.suffix == ".md"]
REFRESH = "not current: run `make docs`"


def _on_disk(name: str) -> str:
    path = ROOT / "docs" / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.parametrize("name", docs.PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """A reference that may be stale is read by nobody twice."""
    assert _on_disk(name) == docs.PAGES[name](), REFRESH


@pytest.mark.parametrize("surface", [each for each in SURFACES if each.examples], ids=lambda surface: surface.name)
def test_recorded_examples_are_current(surface: Surface) -> None:
    """What a description shows is what the recorded requests are, which are sent to a server."""
    assert surface.examples is not None
    assert surface.examples.read_text(encoding="utf-8") == docs.examples(surface), REFRESH


async def test_the_schema_page_is_current(dsn: str) -> None:
    """Built from the migrations in a real database: what the page shows is what a server has."""
    assert _on_disk("reference/schema.md") == await docs.schema(dsn), REFRESH


def test_every_generated_page_is_found() -> None:
    """A page that nothing writes any more would look as current as the others."""
    written = {*docs.PAGES, "reference/schema.md"}
    marked = {path.relative_to(ROOT / "docs").as_posix() for path in PAGES if path.read_text().startswith(docs.NOTE)}
    assert marked == written


def test_every_setting_is_on_its_page() -> None:
    """A setting that is not written down is found by reading the source, or not at all."""
    page = _on_disk("reference/settings.md")
    assert page.count("| `GUERDON_") == len(dataclasses.fields(Settings))


def test_every_refusal_is_on_its_page() -> None:
    """Codes are what clients and operators search for."""
    page = _on_disk("reference/errors.md")
    for kind in REFUSALS:
        assert f"`{kind.code}`" in page, kind.code
    assert len({kind.code for kind in REFUSALS}) == len(REFUSALS), "two refusals with one code"


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_a_surface_is_described_operation_by_operation(surface: Surface) -> None:
    """Who points a client here looks for its calls by name, method and path."""
    path = ROOT / "docs" / "surfaces" / f"{surface.name}.md"
    assert path.exists(), f"{named(path)} is missing"
    rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    for operation in surface.operations:
        told = [row for row in rows if operation.name in row and operation.method in row and operation.paths[0] in row]
        assert told, f"no row has {operation.name}, {operation.method} and {operation.paths[0]}"


# --- links


def _outside_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _outside_code(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links(path: Path) -> Iterator[tuple[str, str]]:
    for link in re.findall(r"\]\(([^)\s]+)\)", _outside_code(path.read_text(encoding="utf-8"))):
        target, _, anchor = unquote(link).partition("#")
        if "://" not in target and not target.startswith("mailto:"):
            yield target, anchor


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_lead_somewhere(page: Path) -> None:
    """A reader who meets one dead link trusts no other."""
    for target, anchor in _links(page):
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{target} is not there"
        assert not anchor or anchor in _anchors(found), f"{target} has no heading {anchor}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_are_named_are_there(page: Path) -> None:
    """Prose names files in backticks: they move, and the prose should notice."""
    text = _outside_code(page.read_text(encoding="utf-8"))
    for mentioned in re.findall(r"`((?:src|tests|docs|tools|bench)/[\w./-]+)`", text):
        assert (ROOT / mentioned).exists() or "acme" in mentioned, mentioned  # the vendor that the guide makes up


# --- what must not be in it

ADDRESSES = re.compile(r"(?<![\w.}])/(?:home|Users|work|root|tmp/exp)/[\w.-]+")
REGISTRIES = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|(?:registry|npm)\.\w+\.(?:org|com)|proxy\.golang\.org)\b|--(?:extra-)?index-url\s+\S+://"
)
WORKPLACE = re.compile(
    r"\b(?:this|previous|earlier|last|next|another|my) (?:session|conversation)\b"
    r"|\b(?:issue|ticket|PR|pull request|merge request) ?#?\d+|\b(?:fixes|closes|resolves) #\d+"
    r"|\bshared/(?:specs|seeds|research)\b|\bspecs/\w+\.md\b|\bseeds/\w+",
    re.IGNORECASE,
)


def test_nothing_tells_where_it_was_made() -> None:
    """The project stands alone: what it says must be true on the reader's machine, and later."""
    for path in every_file():
        text = path.read_bytes().decode("utf-8", "replace")
        for pattern in (ADDRESSES, REGISTRIES, WORKPLACE):
            assert [match[0] for match in pattern.finditer(text)] == [], named(path)


def test_what_must_not_be_in_it_is_recognised() -> None:
    """The rule above would pass for good if its patterns matched nothing."""
    assert ADDRESSES.search("see /" + "home/somebody/notes")
    assert not ADDRESSES.search("GET /v1/members")
    assert REGISTRIES.search("https://" + "pypi" + ".org/simple")
    assert WORKPLACE.search("in the previous " + "session")
    assert WORKPLACE.search("see issue " + "#12")
    assert not WORKPLACE.search("a session-scoped fixture")
