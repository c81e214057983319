"""The files of this project, and what the house rules need to know of a Python file."""

import ast
import fnmatch
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import guerdon

SOURCE = Path(guerdon.__file__).parent
ROOT = SOURCE.parent.parent
SURFACES = SOURCE / "surfaces"
VENDORS = sorted({path.name for path in SURFACES.iterdir() if path.is_dir()} - {"native", "__pycache__"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _ignored() -> list[str]:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    return [".git", *(line.rstrip("/") for line in lines if line)]


def _walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _walk(path, ignored)
        else:
            yield path


@cache
def every_file() -> tuple[Path, ...]:
    """All files that git keeps or would keep."""
    return tuple(_walk(ROOT, _ignored()))


def python(*tops: str) -> list[Path]:
    """The Python files below some folders of the project."""
    roots = [ROOT / top for top in tops]
    return [path for path in every_file() if path.suffix == ".py" and any(root in path.parents for root in roots)]


def named(path: Path) -> str:
    """A path as it is written in messages: from the project's root."""
    return path.relative_to(ROOT).as_posix()


def module_files(folder: Path, name: str) -> list[Path]:
    """The file of a module, or all files of it where it is a folder."""
    return [folder / f"{name}.py"] if (folder / f"{name}.py").exists() else sorted((folder / name).glob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> list[Function]:
    """Every function and method in a file."""
    return [node for node in ast.walk(parsed(path)) if isinstance(node, Function)]


def lines_of(path: Path) -> int:
    """How long a file is."""
    return len(path.read_text(encoding="utf-8").splitlines())


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants in a file, f-strings as their fixed parts, docstrings not: line number and text."""
    tree = parsed(path)
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements:
            yield node.lineno, node.value
