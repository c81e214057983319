"""Several processes serve one address: one that is killed is replaced, and none outlives the others."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.commands import serving
from conftest import cloned
from guerdon.cli import serve
from guerdon.demo import client

LONGEST_WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def address(cluster: str, template: str) -> Iterator[str]:
    """A database that has the demo already; no test here writes to it."""
    with cloned(cluster, template) as own:
        yield own


def children_of(parent: int) -> set[int]:
    """The processes that a process has started and that have not ended."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return {int(pid) for pid, of, state in rows if int(of) == parent and not state.startswith("Z")}


def until(so: Callable[[], bool], what: str) -> None:
    """Looks until it is so."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not so():
        assert time.monotonic() < deadline, what


def is_there(pid: int) -> bool:
    """Whether a process has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """A client with a connection for each request, so that any of the processes may answer."""
    with httpx.Client(timeout=30, headers={"Connection": "close"}) as session:
        yield session


def described(http: httpx.Client, base_url: str) -> int:
    """How often one of the processes says that all of them have described the native API."""
    told = http.get(f"{base_url}/metrics").text
    found = re.search(
        r'^guerdon_requests_total\{operation="openapi",status="200",surface="native"\} (\d+)', told, re.MULTILINE
    )
    return int(found[1]) if found else 0


def shares(http: httpx.Client, base_url: str, facts: Any) -> int | None:
    """How many requests are left of the demo client's share after one more; None where that was one too many."""
    headers = {"Authorization": f"Bearer {facts['native']['token']}"}
    got = http.get(f"{base_url}/v1/programs", headers=headers)
    assert got.status_code in {200, 429}
    left = re.search(r"r=(\d+)", got.headers["RateLimit"])
    return int(left[1]) if left and got.status_code == 200 else None


def test_a_process_that_is_killed_is_replaced_and_a_stop_leaves_none(
    address: str, tmp_path: Path, http: httpx.Client
) -> None:
    """The others answer meanwhile; the address that is known is that of all of them, and so are figures and shares."""
    state = tmp_path / serve.STATE
    settings = {"GUERDON_DATABASE_URL": address, "GUERDON_RATE_LIMITS": "native=3/3600"}
    with serving("--demo", "--workers", "2", cwd=tmp_path, **settings) as server:
        assert json.loads(state.read_text()) == {"base_url": server.base_url, "pid": server.pid}
        facts = client.facts(server.base_url)
        ready = f"{server.base_url}/health/ready"
        before = children_of(server.pid)
        assert len(before) == 2
        for _ in range(12):
            assert http.get(f"{server.base_url}/v1/openapi.json").status_code == 200
        until(lambda: described(http, server.base_url) == 12, "figures are missing")
        assert [shares(http, server.base_url, facts) for _ in range(3)] == [2, 1, 0]
        os.kill(killed := min(before), signal.SIGKILL)
        assert {http.get(ready).status_code for _ in range(20)} == {200}
        until(lambda: len(children_of(server.pid) - {killed}) == 2, "nobody took the place of the one that was killed")
        after = children_of(server.pid)
        assert len(after & before) == 1
        assert {http.get(ready).status_code for _ in range(20)} == {200}
        assert {described(http, server.base_url) for _ in range(8)} == {12}
        assert {shares(http, server.base_url, facts) for _ in range(8)} == {None}
        assert server.stop(signal.SIGTERM) == 0
    assert not any(is_there(pid) for pid in before | after)
    assert not state.exists()
    assert "ended_by=SIGKILL" in server.printed
    assert "Traceback" not in server.printed


def test_without_their_parent_they_end(address: str, tmp_path: Path) -> None:
    """Nobody would replace them, nor stop them: a parent that is killed takes them along, after what they answer."""
    with serving(cwd=tmp_path, GUERDON_WORKERS="2", GUERDON_DATABASE_URL=address) as server:
        children = children_of(server.pid)
        assert len(children) == 2
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: not any(is_there(pid) for pid in children), "they live on")


def kept(work: str) -> "subprocess.CompletedProcess[str]":
    """What becomes of two processes that do a piece of work; it has `worker` and `times`, a file of its own."""
    script = f"""
import os, sys, time
from guerdon.cli.workers import WorkerError, keep
def work(worker):
    {work}
try:
    keep(2, work, lambda: print("all ready", flush=True))
except WorkerError as error:
    print(error)
"""
    return subprocess.run(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("raise OSError('no database')", "a server process ended by exit 1 before it was ready"),
        ("os.kill(os.getpid(), 9)", "a server process ended by SIGKILL before it was ready"),
        ("return", "a server process ended by exit 0 before it was ready"),
    ],
)
def test_a_process_that_cannot_begin_ends_them_all(work: str, said: str) -> None:
    """Starting it again and again would hide what is wrong."""
    done = kept(work)
    assert done.stdout.splitlines()[-1] == said
    assert "all ready" not in done.stdout
    assert done.returncode == 0
