"""Runs import-linter with our contracts, on the source or on a copy that a test has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from architecture.tree import ROOT, SOURCE

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Checks our contracts on the package `guerdon` in a folder."""
    return subprocess.run(
        [LINT, "--config", ROOT / "pyproject.toml", "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def copied(folder: Path) -> Path:
    """A copy of the source to break."""
    return Path(shutil.copytree(SOURCE, folder / "guerdon", ignore=shutil.ignore_patterns("__pycache__", "*.sql")))
