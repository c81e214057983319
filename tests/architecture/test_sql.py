"""How SQL is kept: in files of its own, one function to a file, every state and every query known on both sides."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from architecture.tree import SOURCE, named, parsed, python, texts
from guerdon.core.refusals import REFUSALS
from guerdon.storage.queries import SQL
from guerdon.storage.refusals import STATES

FUNCTIONS = sorted((SQL / "functions").glob("*.sql"))
MIGRATIONS = sorted((SQL / "migrations").glob("*.sql"))
QUERIES = sorted((SQL / "queries").glob("*.sql"))
LEDGER = {"accounts": "id", "entries": "account_id", "holds": "account_id"}
"""The ledger's tables, and the column that has the account's id."""

STATEMENT = re.compile(
    r"^\s*(select\s+(\d|.+\bfrom\b)|insert\s+into\b|delete\s+from\b|update\s+\w+\s+set\b|truncate\s|with\s+\w+\s+as\s*\("
    r"|(create|alter|drop)\s+(or\s+replace\s+)?(table|index|function|type|schema|database|view)\b)",
    re.IGNORECASE | re.DOTALL,
)


def bare(path: Path) -> str:
    """The SQL of a file without its comments."""
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))


def test_sql_is_recognised() -> None:
    """The rule below would pass for good if its pattern matched nothing."""
    for statement in ("SELECT a\nFROM b", "select 1", "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DROP TABLE t"):
        assert STATEMENT.search(statement), statement
    for prose in ("Selects the tier from the ladder.", "update the profile", "with this as the key", "created at"):
        assert not STATEMENT.search(prose), prose


def test_no_sql_in_python() -> None:
    """SQL in files can be read, planned and reviewed as what it is, and is never put together from pieces."""
    for path in python("src"):
        assert [line for line, text in texts(path) if STATEMENT.search(text)] == [], named(path)


def test_only_the_storage_runs_statements() -> None:
    """A statement run elsewhere would be one that no named query knows."""
    verbs = {"fetch", "fetchrow", "fetchval", "execute", "executemany", "cursor", "copy_records_to_table"}
    for path in python("src"):
        calls = [
            n.func.attr for n in ast.walk(parsed(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
        ]
        assert not verbs & set(calls) or SOURCE / "storage" in path.parents, named(path)


def test_migrations_are_numbered_without_gaps() -> None:
    """They are applied in the order of their names, once each: a gap or a twin would make the order a guess."""
    assert [path.name[:5] for path in MIGRATIONS] == [f"{number:04}_" for number in range(1, len(MIGRATIONS) + 1)]
    for path in MIGRATIONS:
        assert re.fullmatch(r"\d{4}_[a-z]+(_[a-z]+)*\.sql", path.name), path.name


@pytest.mark.parametrize("path", [*FUNCTIONS, *MIGRATIONS], ids=lambda path: path.name)
def test_a_sentence_heads_each_script(path: Path) -> None:
    """It is printed on the layout page, as those of the Python files are."""
    assert re.fullmatch(r"-- \S.+\.", path.read_text(encoding="utf-8").partition("\n")[0])


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.name)
def test_one_function_to_a_file(path: Path) -> None:
    """A function is replaced in place by its file: its name says where it is."""
    created = re.findall(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)", bare(path), re.IGNORECASE)
    assert created == [path.stem]


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.name)
def test_functions_decide_from_what_they_are_given(path: Path) -> None:
    """The same text runs on one server and on many: no clock, no chance, no dynamic SQL, no locks by number."""
    forbidden = (
        r"\bEXECUTE\b|\bpg_(try_)?advisory|\bnextval\b|\bnow\s*\(|\b(clock|statement|transaction)_timestamp\b"
        r"|\bcurrent_(timestamp|date|time)\b|\blocaltime|\brandom\s*\(|\bgen_random_uuid\b|\buuidv[47]\b"
    )
    assert [match[0] for match in re.finditer(forbidden, bare(path), re.IGNORECASE)] == []


def test_every_state_of_ours_is_a_refusal_and_the_reverse() -> None:
    """A state nobody knows would reach the client as a crash; one that nobody raises is a promise not kept."""
    raised = {state for path in FUNCTIONS for state in re.findall(r"'(GD\d{3})'", bare(path))}
    assert raised == set(STATES)
    source = (SOURCE / "storage" / "refusals.py").read_text(encoding="utf-8")
    given = re.findall(r"no\.(\w+)\(", source)
    assert len(given) == len(set(given)) == len(STATES), "two states for one refusal"
    assert set(given) <= {kind.__name__ for kind in REFUSALS}


def test_states_are_known_in_one_place() -> None:
    """Above the storage a refusal is a type; its number is nobody's business."""
    for path in python("src"):
        known = [line for line, text in texts(path) if re.search(r"\bGD\d{3}\b", text)]
        assert known == [] or path == SOURCE / "storage" / "refusals.py", named(path)


def _loaded(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The variables of a module that hold queries, each with the file that they are from."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            called = node.value.func
            if (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "load":
                argument = node.value.args[0]
                assert isinstance(argument, ast.Constant)
                yield node.targets[0].id, str(argument.value)


def _used() -> set[tuple[str, str]]:
    used: set[tuple[str, str]] = set()
    for path in python("src/guerdon/storage"):
        variables = dict(_loaded(parsed(path)))
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in variables:
                used.add((variables[node.value.id], node.attr))
    return used


def test_every_named_query_is_used_and_every_use_is_named() -> None:
    """A query that nobody runs is read and kept for nothing; a name that is not there fails at the worst moment."""
    written = {
        (path.stem, name)
        for path in QUERIES
        for name in re.findall(r"^-- name: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert _used() == written


async def _column(dsn: str, query: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [str(row[0]) for row in await connection.fetch(query)]
    finally:
        await connection.close()


@pytest.mark.parametrize("table", LEDGER)
async def test_ledger_keys_begin_with_the_account_and_hold_the_bucket(dsn: str, table: str) -> None:
    """So the ledger can be spread over servers by bucket without a rewrite, and one account is read in one place."""
    query = """
        SELECT a.attname
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indisprimary AND i.indrelid = '{table}'::regclass
        ORDER BY k.n
    """
    columns = await _column(dsn, query.replace("{table}", table))
    assert columns[:2] == [LEDGER[table], "bucket"]


async def test_nothing_acts_behind_the_statements(dsn: str) -> None:
    """Sequences and triggers tie rows to one server, and do what no reader of a statement sees."""
    mine = "n.nspname = 'public'"
    relations = "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    assert await _column(dsn, f"SELECT c.relname {relations} WHERE {mine} AND c.relkind = 'S'") == []
    triggers = f"SELECT t.tgname {relations} JOIN pg_trigger t ON t.tgrelid = c.oid WHERE {mine} AND NOT t.tgisinternal"
    assert await _column(dsn, triggers) == []
    assert (
        await _column(dsn, f"SELECT r.rulename {relations} JOIN pg_rewrite r ON r.ev_class = c.oid WHERE {mine}") == []
    )


async def test_every_function_is_one_of_ours(dsn: str) -> None:
    """The database holds what the files hold: nothing left over, nothing twice."""
    query = "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"
    assert sorted(await _column(dsn, query)) == [path.stem for path in FUNCTIONS]


async def test_amounts_are_numeric(dsn: str) -> None:
    """A binary float cannot hold 0.1, and a balance that is nearly right is wrong."""
    query = """
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type IN ('real', 'double precision', 'money')
    """
    assert await _column(dsn, query) == []
