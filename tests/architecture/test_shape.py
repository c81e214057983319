"""How the source is kept: a sentence heads each file, nothing grows too long, surfaces are alike, tests mirror it."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from statistics import median
from types import ModuleType

import pytest

from architecture.tree import (
    ROOT,
    SOURCE,
    SURFACES,
    VENDORS,
    Function,
    every_file,
    functions,
    lines_of,
    module_files,
    named,
    parsed,
    python,
)
from guerdon.core import commands
from guerdon.core.commands import Command
from guerdon.surfaces import SURFACES as DECLARED

EVERYWHERE = python("src", "tests", "bench", "tools")
SHIPPED = python("src")
MODULES = [path for path in SHIPPED if path.name not in {"__init__.py", "__main__.py"}]

SIX = {"__init__", "auth", "errors", "mapping", "routes", "wire"}
PARTED = {"mapping", "routes", "wire"}
"""What of the six may be a folder of that name, where one file would be too long: what grows with the operations."""

VERBS = {"earn", "adjust", "set", "hold", "capture", "void", "expire", "reverse", "transfer", "activate", "cancel"}


def test_one_sentence_heads_each_file() -> None:
    """The layout page is printed from these sentences: a reader finds a file by what it is for."""
    for path in EVERYWHERE:
        lines = path.read_text(encoding="utf-8").splitlines()
        docstring = ast.get_docstring(parsed(path)) or ""
        head, *rest = docstring.splitlines() or [""]
        assert lines, f"{named(path)}: an empty file has no sentence"
        assert lines[0].startswith('"""'), f"{named(path)}: the sentence is on the first line"
        assert re.fullmatch(r"[^\s].*\w.*\.", head), f"{named(path)}: not a sentence with its full stop: {head!r}"
        assert not re.search(r"[.!?] [A-Z]", head), f"{named(path)}: more than one sentence: {head!r}"
        assert path not in SHIPPED or not rest, f"{named(path)}: more than the sentence: say it where it applies"


def test_files_and_functions_stay_within_budget() -> None:
    """What fits on a few screens is read whole; a budget met early is cheaper than a split made late."""
    for path in EVERYWHERE:
        budget = 300 if SURFACES in path.parents else 400
        assert lines_of(path) <= budget, named(path)
        too_long = [f"{f.name}: {_span(f)} lines" for f in functions(path) if _span(f) > 50]
        assert too_long == [], named(path)


def _span(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def test_the_usual_file_is_short() -> None:
    """Half of all files can be taken in at a glance."""
    assert median(lines_of(path) for path in SHIPPED) < 120


@pytest.mark.parametrize("surface", DECLARED, ids=lambda surface: surface.name)
def test_routes_only_parse_map_ask_and_map(surface: ModuleType) -> None:
    """A route that needs more than a dozen lines holds a rule that belongs to mapping or to the engine."""
    for path in module_files(SURFACES / surface.name, "routes"):
        text = path.read_text(encoding="utf-8").splitlines()
        for function in functions(path):
            described = function.body[0] if ast.get_docstring(function) else None
            told = range(described.lineno, (described.end_lineno or 0) + 1) if described else range(0)
            numbers = [n for n in range(function.lineno, (function.end_lineno or 0) + 1) if n not in told]
            code = [n for n in numbers if text[n - 1].strip() and not text[n - 1].strip().startswith("#")]
            assert len(code) <= 12, f"{function.name}: {len(code)} lines"


def test_every_surface_is_six_modules_and_is_declared() -> None:
    """The conformance suite finds surfaces in the list: a folder outside it would go unchecked."""
    folders = {path.name: path for path in SURFACES.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(folders) == {surface.name for surface in DECLARED}
    for folder in folders.values():
        assert {path.stem for path in folder.iterdir()} - {"__pycache__", "examples"} == SIX, folder.name
    beside = {path.name for path in SURFACES.iterdir() if path.is_file()}
    assert beside == {"__init__.py"}, "what surfaces share belongs to web, or is repeated"


def test_a_module_of_a_surface_is_parted_by_resource_and_only_where_it_must_be() -> None:
    """Who reads about holds in one part finds them under that name in the others; two short files are one file."""
    for surface in DECLARED:
        for name in sorted(SIX):
            files = module_files(SURFACES / surface.name, name)
            if len(files) == 1:
                continue
            assert name in PARTED, f"{surface.name}: {name} is one file"
            budget = 300
            assert sum(map(lines_of, files)) > budget, f"{surface.name}: {name} fits into one file"
            resources = {path.stem for path in module_files(SURFACES / surface.name, "routes")} - {"told"}
            assert resources <= {path.stem for path in files}, f"{surface.name}: {name} is parted otherwise than routes"


# --- tests mirror the source

MIRRORED_ELSEWHERE = {
    "storage/answers.py": "tests/engine/test_answering.py",
    "storage/changes.py": "tests/engine/test_answering.py",
    "storage/deeds.py": "tests/engine/test_placing.py",
    "storage/merges.py": "tests/engine/test_merging.py",
    "storage/pools.py": "tests/engine/test_pooling.py",
    "cli/work.py": "tests/workers/test_jobs.py",
    "engine/queueing.py": "tests/workers/test_jobs.py",
    "workers/expiry.py": "tests/workers/test_jobs.py",
    "engine/sifting.py": "tests/engine/test_importing.py",
    "engine/tables.py": "tests/engine/test_importing.py",
    "core/imports.py": "tests/engine/test_importing.py",
    "engine/recounting.py": "tests/engine/test_importing_orders.py",
    "engine/uploading.py": "tests/surfaces/native/test_imports.py",
    "engine/exporting.py": "tests/surfaces/native/test_imports.py",
    "storage/exports.py": "tests/surfaces/native/test_imports.py",
    "storage/imports.py": "tests/engine/test_importing.py",
    "engine/erasing.py": "tests/engine/test_porting.py",
    "storage/erasures.py": "tests/engine/test_porting.py",
    "storage/portable.py": "tests/engine/test_porting.py",
    "engine/delivering.py": "tests/workers/test_webhooks.py",
    "engine/subscribing.py": "tests/surfaces/native/test_webhooks.py",
    "storage/outbox.py": "tests/engine/test_notifying.py",
    "storage/webhooks.py": "tests/surfaces/native/test_webhooks.py",
    "core/refusals.py": "tests/surfaces/test_conformance.py",
    "web/failures.py": "tests/surfaces/test_conformance.py",
    "web/application.py": "tests/surfaces/test_conformance.py",
    "web/surface.py": "tests/surfaces/test_conformance.py",
}
"""Modules whose behaviour only shows in the whole, and the test that sees it there."""


def places_of(module: Path) -> list[Path]:
    """Where the tests of a module may be: in any of these. A module without a function has nothing to test."""
    relative = module.relative_to(SOURCE)
    if not functions(module):
        return []
    if elsewhere := MIRRORED_ELSEWHERE.get(relative.as_posix()):
        return [ROOT / elsewhere]
    if relative.parts[0] != "surfaces":
        return [ROOT / "tests" / relative.parent / f"test_{relative.name}"]
    tests, part = ROOT / "tests" / "surfaces" / relative.parts[1], Path(relative.parts[2]).stem
    own = tests / f"test_{part}.py"
    if part == "mapping":
        return [own]
    if part in {"errors", "wire"}:  # the table is proved total, the models by replaying fixtures
        return [own, ROOT / "tests" / "surfaces" / "test_conformance.py"]
    return [own, tests / "test_operations.py"]


def test_tests_mirror_the_source() -> None:
    """Whoever changes a file knows where its tests are, and sees when there are none."""
    for places in filter(None, map(places_of, MODULES)):
        assert any(place.exists() for place in places), f"there is no {' or '.join(map(named, places))}"


def test_the_list_of_exceptions_names_files_that_exist() -> None:
    """An exception outlives its reason easily."""
    for module, test in MIRRORED_ELSEWHERE.items():
        assert (SOURCE / module).exists(), module
        assert (ROOT / test).exists(), test


# --- words


def _undocumented(module: ModuleType, tree: ast.AST, owner: type | None = None) -> list[str]:
    found: list[str] = []
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        inherited = owner is not None and inspect.getdoc(getattr(owner, node.name, None))
        if not ast.get_docstring(node) and not inherited:
            found.append(f"line {node.lineno}: {node.name}")
        if isinstance(node, ast.ClassDef):
            found += _undocumented(module, node, getattr(module, node.name, None))
    return found


def test_what_is_public_is_documented() -> None:
    """What, in which units, and which errors: nobody should have to read a body to call a function."""
    for path in MODULES:
        name = ".".join(["guerdon", *path.relative_to(SOURCE).with_suffix("").parts])
        assert _undocumented(importlib.import_module(name), parsed(path)) == [], name


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_is_named_only_in_its_own_folder(vendor: str) -> None:
    """Code that asks which vendor is calling belongs to that vendor's surface."""
    pattern = re.compile(vendor, re.IGNORECASE)
    own = (SURFACES / vendor, SOURCE / "demo", SURFACES / "__init__.py")
    files = [path for path in every_file() if SOURCE in path.parents and not {path, *path.parents} & set(own)]
    files = [path for path in files if path.suffix != ".json"]  # what was recorded is no code
    assert [named(path) for path in files if pattern.search(path.read_text(encoding="utf-8"))] == []


UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K|NotImplemented(?:Error)?)\b")


def test_nothing_is_left_for_later() -> None:
    """What is not done is not there; a wish belongs in the tracker, not in a comment that nobody meets."""
    for path in EVERYWHERE:
        if path != Path(__file__):
            assert UNFINISHED.findall(path.read_text(encoding="utf-8")) == [], named(path)


def test_the_ledger_has_these_verbs_and_no_others() -> None:
    """One vocabulary from the wire to the entry: a new verb is a decision, not a convenience."""
    verbs = {kind.verb: kind for kind in Command.__subclasses__()}
    assert set(verbs) <= VERBS
    for verb, kind in verbs.items():
        assert kind.__name__.lower() == verb
        assert kind.__module__ == commands.__name__


def test_the_environment_is_read_in_one_place() -> None:
    """Every setting is on the settings page because there is no other way to make one."""
    for path in SHIPPED:
        reads = [
            n.lineno for n in ast.walk(parsed(path)) if isinstance(n, ast.Attribute) and n.attr in {"environ", "getenv"}
        ]
        assert reads == [] or path == SOURCE / "settings.py", named(path)
