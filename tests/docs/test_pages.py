"""Pages whose commands are run as they are written, in their order, by a shell beside one real server."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from architecture.tree import ROOT
from cli.commands import environment, serving
from conftest import cloned
from workers.waiting import so

PAGES = ("quick-start.md", "operating/importing.md", "concepts/members.md", "concepts/programs.md")
SECONDS = 120
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def beside(cluster: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server as `make run` starts it, which may send webhooks to this machine: its address and its database's."""
    with cloned(cluster, template) as database:
        settings = {"GUERDON_DATABASE_URL": database, "GUERDON_WEBHOOK_NETWORKS": "127.0.0.1/32"}
        with serving("--demo", cwd=tmp_path_factory.mktemp("server"), **settings) as server:
            yield server.base_url, database


def blocks(page: str, kind: str) -> list[str]:
    """The blocks of one kind on a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def missing(printed: str, shown: list[str]) -> list[str]:
    """The first line of each block that was not printed behind those before it."""
    found = []
    for block in shown:
        lines = iter([line.strip() for line in printed.splitlines()])
        found += [line for line in block.splitlines() if line.strip() not in lines][:1]
    return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_the_quick_start_begins_with_this_server() -> None:
    """What is typed in the first terminal is what the fixture starts."""
    (first,) = blocks("quick-start.md", "console")
    assert first.splitlines()[-1] == "GUERDON_WEBHOOK_NETWORKS=127.0.0.1/32 make run"
    assert "guerdon serve --demo" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_does_what_it_says(page: str, beside: tuple[str, str], tmp_path: Path) -> None:
    """Every command ends well, and what a page shows is printed, also by what it has left running."""
    server, database = beside
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(BIN)
    script = "\n".join(blocks(page, "sh")).replace("http://127.0.0.1:8080", server).replace("9000", str(free_port()))
    out = tmp_path / "printed"
    settings = environment(GUERDON_DATABASE_URL=database, PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    with out.open("w") as printing:
        process = subprocess.Popen(  # noqa: ASYNC220 - it is waited for in a thread
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=settings,
            stdout=printing,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    async def is_all_told() -> bool:
        return not missing(out.read_text(), blocks(page, "text"))

    try:
        assert await asyncio.to_thread(process.wait, SECONDS) == 0, out.read_text()
        with suppress(TimeoutError):
            await so(is_all_told)
        assert missing(out.read_text(), blocks(page, "text")) == [], out.read_text()
        # What comes by itself is shown whole: a page that prints some of it promises less than there is.
        told = [line.strip() for line in out.read_text().splitlines() if line.startswith("webhook:")]
        shown = [line for block in blocks(page, "text") for line in block.splitlines()]
        assert told == [line for line in shown if line.startswith("webhook:")]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
