"""The calls that the README and the pages print are answered as they say, one after the other, by one real server."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from architecture.tree import ROOT
from conftest import OPERATOR_KEY, cloned, served

PAGES = (
    "docs/surfaces/xomni.md",
    "README.md",
    "docs/surfaces/mews.md",
    "docs/surfaces/deliverect.md",
    "docs/surfaces/counterpoint.md",
    "docs/surfaces/native.md",
)
"""In this order: the first has the number of a member that is the next one of a demo."""

ADDRESS = "http://127.0.0.1:8080/"
SECONDS = 60
BEGINNING = 'set -euo pipefail; curl() { command curl --fail-with-body "$@"; echo; }\n'


@pytest.fixture(scope="module")
def demo(cluster: str, template: str) -> Iterator[str]:
    """A demo that nobody has touched yet."""
    with cloned(cluster, template) as address, served(address) as base_url:
        yield f"{base_url}/"


def blocks(page: str) -> list[tuple[str, str]]:
    """Each block of commands that calls the server, with the answer that is shown right behind it, if one is."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"^```(?:sh)?\n([^`]*?)^```\n(?:\n```json\n(.*?)^```)?", text, re.MULTILINE | re.DOTALL)
    return [(commands, shown) for commands, shown in found if ADDRESS in commands and "Host:" not in commands]


def shape(answer: Any) -> Any:
    """What an answer looks like, whatever is in it."""
    if isinstance(answer, dict):
        return {name: shape(member) for name, member in answer.items()}
    return [shape(item) for item in answer[:1]] if isinstance(answer, list) else None


def test_calls_are_answered(demo: str, tmp_path: Path) -> None:
    """Each with a success, and in the shape that is shown."""
    count = 0
    for page in PAGES:
        told = blocks(page)
        script = "echo ---\n".join(commands for commands, _ in told).replace(ADDRESS, demo)
        done = subprocess.run(
            ["bash", "-c", BEGINNING + script],
            cwd=tmp_path,
            env={**os.environ, "GUERDON_OPERATOR_KEY": OPERATOR_KEY},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert told, page
        assert done.returncode == 0, f"{page}: {done.stdout[-2000:]} {done.stderr[-500:]}"
        for (_, shown), printed in zip(told, done.stdout.split("---\n"), strict=True):
            if shown:
                assert shape(json.loads(shown)) == shape(json.loads(printed.strip().splitlines()[-1])), page
        count += len(told)
    assert count > 15
