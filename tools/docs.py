"""Writes every generated page of the documentation: `make docs`, or `python tools/docs.py`."""

import ast
import asyncio
import dataclasses
import inspect
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import UUID

import asyncpg
import msgspec
import typer

from guerdon.cli import app
from guerdon.core.refusals import REFUSALS, Refusal
from guerdon.engine import housing
from guerdon.settings import Settings
from guerdon.surfaces import SURFACES
from guerdon.web import encoding, openapi, parsing
from guerdon.web.examples import ANY
from guerdon.web.failures import FAILURES, Failure
from guerdon.web.operations import Answer
from guerdon.web.surface import Surface

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "guerdon"
DOCS = ROOT / "docs"
NOTE = "<!-- Written by `make docs`; edit what it is written from. -->"

TESTS = {
    "architecture": "the house rules, each with its reason",
    "bench": "the benchmarks, at a small size",
    "client": "the Python client, with the examples of its page",
    "cli": "the command line, run as a command",
    "core": "pure rules, without a database",
    "demo": "the demo tenant and its story",
    "docs": "the worked examples of the concept pages, run on a real PostgreSQL",
    "engine": "every question and command, on a real PostgreSQL",
    "ledger_model": "the ledger's rules in plain Python, which the SQL is compared with",
    "storage": "SQL, migrations, the embedded server",
    "stories": "whole journeys across surfaces, over real sockets",
    "surfaces": "what every surface owes, and recorded requests replayed against each",
    "torture": "long rounds of faults on the ledger",
    "web": "what surfaces share of HTTP",
    "workers": "what a server does in the background",
}
"""What is kept in each folder of the tests; a new folder gets its line here."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def code(text: str) -> str:
    """Text as it is, in a cell of a table."""
    return f"`{text}`".replace("|", "\\|") if text else ""


# --- docs/layout.md

_NAME = re.compile(r"^-- name: (\w+)", re.MULTILINE)


def sentence(path: Path) -> str:
    """The sentence at the head of a file: of a docstring, or of a SQL comment; what a query file holds."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    if path.parent.name == "queries":
        return f"Named queries: {', '.join(_NAME.findall(text))}."
    return text.partition("\n")[0].removeprefix("-- ")


def _tree(folder: Path, depth: int) -> Iterator[str]:
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        if path.name in {"__init__.py", "__pycache__"} or path.suffix not in {".py", ".sql", ""}:
            continue
        link = f"../{path.relative_to(ROOT)}"
        if path.is_dir():
            head = path / "__init__.py"
            said = f": {sentence(head)}" if head.exists() else ""
            yield f"{'  ' * depth}- [**{path.name}/**]({link}){said}"
            yield from _tree(path, depth + 1)
        else:
            yield f"{'  ' * depth}- [{path.name}]({link}): {sentence(path)}"


def layout() -> str:
    """The tree of the source, each file with its own sentence, and what the other folders are."""
    folders = sorted(path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name[0] not in "_.")
    lines = [
        NOTE,
        "# Layout",
        "",
        "The tree of `src/guerdon`, each file with the sentence at its head. Imports go downwards only:",
        "`cli`, then `demo`, `serve` and `client`, then `settings`, then `surfaces` and `workers`, then `web` and",
        "`engine` beside each other, then `storage`, then `core`.",
        "",
        *_tree(SOURCE, 0),
        "",
        "`tests` mirrors it:",
        "",
        *(f"- [**{name}/**](../tests/{name}): {TESTS[name]}" for name in folders),
        "",
        "Beside them: `bench` measures, `tools` writes these pages, `docs` is where you are.",
    ]
    return "\n".join(lines) + "\n"


# --- docs/reference/settings.md


def settings() -> str:
    """Every setting, from the docstring of `Settings`."""
    described = re.findall(r"^ +\w+: `(\w+)`, (.+(?:\n {8,}.+)*)$", inspect.getdoc(Settings) or "", re.MULTILINE)
    lines = [NOTE, "# Settings", "", "Environment variables, read once at the start.", ""]
    rows = [[code(name), " ".join(what.split())] for name, what in described]
    return "\n".join([*lines, *table(["variable", "what it is"], rows)]) + "\n"


# --- docs/reference/cli.md


def cli() -> str:
    """Every command with its options, from the application that runs them."""
    group: Any = typer.main.get_command(app)
    where = (
        "In a checkout it is `.venv/bin/guerdon`; "
        "`export PATH=$PWD/.venv/bin:$PATH` makes it `guerdon`, as the pages write it."
    )
    lines: list[str] = [NOTE, "# Command line", "", str(group.help), "", where, ""]
    for name, command in sorted(_commands(group, "")):
        rows = [[code(_named(option)), option.help, code(_default(option))] for option in command.params]
        lines += [f"## `guerdon {name}`", "", command.help, "", *table(["option", "what it does", "default"], rows), ""]
    return "\n".join(lines[:-1]) + "\n"


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _named(option: Any) -> str:
    is_argument = option.param_type_name == "argument"
    return str(option.name).upper() if is_argument else " / ".join([*option.opts, *option.secondary_opts])


def _default(option: Any) -> str:
    if isinstance(option.default, bool):
        return str((option.opts if option.default else option.secondary_opts or ["off"])[0])
    return "" if option.default is None else str(option.default)


# --- docs/reference/errors.md

EXAMPLES: Mapping[str, Any] = {"field": "email", "name": "Points", "namespace": "email", "state": "voided"}
"""Facts that surfaces look up; any other is shown by its own name."""

_MOMENT = re.compile(r"\b\d{13,}\b")
"""Of an answer that says when it was given; the page must not change with the hour."""

REQUEST_ID = "00000000-0000-0000-0000-000000000000"


def example(kind: type[Refusal | Failure]) -> Refusal | Failure:
    """A refusal or failure with facts that can be recognised in an answer."""
    hints = get_type_hints(kind)
    facts: Sequence[dataclasses.Field[Any]] = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    return kind(*[_fact(fact.name, hints[fact.name]) for fact in facts if fact.default is dataclasses.MISSING])


def _fact(name: str, hint: Any) -> Any:
    kinds = get_args(hint) or (hint,)
    if UUID in kinds:
        return UUID(REQUEST_ID)
    return EXAMPLES.get(name, f"<{name}>") if str in kinds else kinds[0](1)


def _spelled(answer: Answer) -> tuple[str, str]:
    headers = [f"{name}: {value}" for name, value in answer.headers.items()]
    body = _MOMENT.sub("0", (answer.body or b"").decode())
    return str(answer.status), "<br>".join(map(code, [body, *headers]))


def spellings(surface: Surface, kind: type[Refusal | Failure]) -> list[list[str]]:
    """How a surface spells it: in general, and the operations that spell it in their own way."""
    general = _spelled(surface.spell(None, REQUEST_ID, example(kind)))
    own: dict[tuple[str, str], list[str]] = {}
    for operation in surface.operations:
        own.setdefault(_spelled(surface.spell(operation, REQUEST_ID, example(kind))), []).append(operation.name)
    if len(own) == 1:
        return [[surface.name, "", *next(iter(own))]]
    apart = [[surface.name, ", ".join(map(code, names)), *told] for told, names in own.items() if told != general]
    return [[surface.name, "", *general], *apart]


def errors() -> str:
    """Every refusal and failure, and how each surface spells it."""
    lines = [
        NOTE,
        "# Errors",
        "",
        "What can be refused, and what each surface answers. Facts are shown as `<name>`, ids and times as zeros.",
    ]
    for title, kinds in (("Refusals", REFUSALS), ("Failures", FAILURES)):
        lines += ["", f"## {title}"]
        for kind in kinds:
            code_ = f" `{kind.code}`" if issubclass(kind, Refusal) else ""
            said = (inspect.getdoc(kind) or "").partition("\n")[0]
            rows = [row for surface in SURFACES for row in spellings(surface, kind)]
            lines += ["", f"### {kind.__name__}{code_}", "", said, ""]
            lines += table(["surface", "operations", "status", "answer"], rows)
    return "\n".join(lines) + "\n"


# --- docs/reference/operations.md


def operations() -> str:
    """Every operation of the vendors' surfaces, with the statuses that its description has, and their switches."""
    lines = [
        NOTE,
        "# Operations of the vendors' surfaces",
        "",
        "As each is served and described at `openapi.json` below its prefix; what its statuses mean is there, too.",
    ]
    for surface in (each for each in SURFACES if each.examples is None):
        described = {
            operation["operationId"]: [status for status in operation["responses"] if status.isdigit()]
            for methods in openapi.describe(surface)["paths"].values()
            for operation in methods.values()
        }
        rows = [
            [each.name, each.method, ", ".join(map(code, each.paths)), ", ".join(described[each.name]), each.source]
            for each in surface.operations
        ]
        lines += ["", f"## {surface.title}", "", f"Below `{surface.prefix}`.", ""]
        lines += table(["operation", "method", "paths", "statuses", "documented in"], rows)
        if surface.times:
            times = [
                [code(f"{surface.name}.{name}"), str(time.minutes or "no end"), time.meaning]
                for name, time in surface.times.items()
            ]
            lines += ["", *table(["time", "minutes", "how long"], times)]
        if surface.switches:
            switches = [[code(f"{surface.name}.{name}"), meaning] for name, meaning in surface.switches.items()]
            lines += ["", *table(["switch", "what it does"], switches)]
    return "\n".join(lines) + "\n"


# --- the recorded examples of surfaces

_VARIES = re.compile(r"<\w[\w:]*>|\{\{.*\}\}")


def examples(surface: Surface) -> str:
    """Of each operation, the first recorded request that was carried out, its answer, and the first of each problem."""
    found: dict[str, dict[str, Any]] = {operation.name: {} for operation in surface.operations}
    for path in sorted((ROOT / "tests" / "surfaces" / surface.name / "fixtures").glob("*.json")):
        case = parsing.parse(path.read_bytes())
        known, request, answer = found[case["operation"]], case["request"], case["response"]
        if answer["status"] >= HTTPStatus.BAD_REQUEST:
            known.setdefault("problems", {}).setdefault(str(answer["status"]), _varying(answer.get("json", ANY)))
        elif "answer" not in known:
            known |= {"request": _varying(request.get("json", ANY)), "answer": _varying(answer.get("json", ANY))}
    return msgspec.json.format(encoding.encode(found), indent=1).decode() + "\n"


def _varying(node: Any) -> Any:
    """What was recorded, with a gap wherever there is another text each time."""
    if isinstance(node, dict):
        return {name: _varying(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_varying(value) for value in node]
    return ANY if isinstance(node, str) and _VARIES.search(node) else node


# --- docs/reference/schema.md

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname, a.attnum
"""
_CONSTRAINTS = """
SELECT c.relname, pg_get_constraintdef(k.oid)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f', 'c')
ORDER BY c.relname, strpos('pufc', k.contype::text), k.conname
"""
_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
WHERE c.relnamespace = 'public'::regnamespace AND k.oid IS NULL
ORDER BY c.relname, x.relname
"""
_FUNCTIONS = """
SELECT p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid)
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace
ORDER BY p.proname
"""


async def schema(dsn: str) -> str:
    """Tables, keys, indexes and functions, as the catalog of a migrated database has them."""
    connection = await asyncpg.connect(dsn)
    try:
        columns, constraints, indexes, functions = [
            await connection.fetch(query) for query in (_COLUMNS, _CONSTRAINTS, _INDEXES, _FUNCTIONS)
        ]
    finally:
        await connection.close()
    lines = [NOTE, "# Schema", "", "As the catalog of a migrated database has it."]
    for name in dict.fromkeys(row[0] for row in columns):
        rows = [
            [code(column), kind, "" if required else "null", code(default or "")]
            for relation, column, kind, required, default in columns
            if relation == name
        ]
        lines += ["", f"## {name}", "", *table(["column", "type", "", "default"], rows), ""]
        lines += [f"- `{rule}`" for relation, rule in constraints if relation == name]
        lines += [f"- `{index.replace('public.', '')}`" for relation, index in indexes if relation == name]
    for name, takes, gives in functions:
        head = sentence(SOURCE / "storage" / "sql" / "functions" / f"{name}.sql")
        lines += ["", f"## {name}()", "", head, "", f"- takes `{takes}`", f"- gives `{gives}`"]
    return "\n".join(lines) + "\n"


PAGES = {
    "layout.md": layout,
    "reference/cli.md": cli,
    "reference/errors.md": errors,
    "reference/operations.md": operations,
    "reference/settings.md": settings,
}
"""The pages that need no database; `reference/schema.md` does."""


def main() -> None:
    """Writes all of them."""
    pages = {name: page() for name, page in PAGES.items()}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with housing.database(None, Path(folder)) as dsn:
            pages["reference/schema.md"] = asyncio.run(schema(dsn))
    for surface in SURFACES:
        if surface.examples:
            surface.examples.write_text(examples(surface), encoding="utf-8")
    for name, text in pages.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
