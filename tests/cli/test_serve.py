"""The server is started and stopped as a command: it says where it is, or why it cannot be."""

import json
import os
import shutil
import signal
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.commands import called, serving
from conftest import FOLDER, cloned
from guerdon.cli import serve
from guerdon.demo import client
from guerdon.surfaces import SURFACES


@pytest.fixture(scope="module")
def address(cluster: str, template: str) -> Iterator[str]:
    """A database that has the demo already; no test here writes to it."""
    with cloned(cluster, template) as own:
        yield own


def test_it_starts_tells_the_first_calls_and_stops(address: str, tmp_path: Path, http: httpx.Client) -> None:
    """Each call on one line, however narrow the screen; word of where it is left for as long as it runs.

    It stops by the signal that services are stopped by; all others here are interrupted.
    """
    state = tmp_path / serve.STATE
    with serving("--demo", cwd=tmp_path, GUERDON_DATABASE_URL=address) as server:
        assert http.get(f"{server.base_url}/health/ready").json() == {"status": "ready"}
        assert json.loads(state.read_text()) == {"base_url": server.base_url, "pid": server.pid}
        assert server.stop(signal.SIGTERM) == 0
    assert not state.exists()
    lines = server.printed.splitlines()
    for surface in SURFACES:
        told = lines[lines.index(surface.name) + 1]
        known = client.first_calls(server.base_url)[surface.name]
        assert told.split(" -d ")[0] == known.split(" -d ")[0]
        assert told.count("'") % 2 == 0
    assert "Traceback" not in server.printed


def test_it_runs_a_database_of_its_own(tmp_path: Path, http: httpx.Client) -> None:
    """In the folder that it is told, whose name it prints as it is; the second start finds what the first has made."""
    data = FOLDER / f"cli-[{uuid.uuid4().hex[:8]}]"
    try:
        for turn in range(2):
            with serving("--demo", "--data", str(data), cwd=tmp_path) as server:
                facts = client.facts(server.base_url)["xomni"]
                basic = (facts["user_name"], facts["password"])  # type: ignore[index]
                got = http.get(f"{server.base_url}/xomni/private/pii/loyalty/1", auth=basic)
                assert got.status_code == 200
                assert server.stop() == 0
            assert f"starting PostgreSQL in {data}" in server.printed
            assert ("schema files" in server.printed) is (turn == 0)
            assert not (data / "postgres" / "postmaster.pid").exists()
    finally:
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where commands are called."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.com"])  # noqa: S104 - these are refused
def test_the_demo_is_for_this_machine_only(folder: Path, host: str) -> None:
    """However the address is given; nothing has been started by then."""
    for code, said in (
        called("serve", "--demo", "--port", "0", "--host", host),
        called("serve", "--demo", "--port", "0", GUERDON_HOST=host),
    ):
        assert code == 2
        assert "well-known passwords" in " ".join(said.split())
        assert host in said
    assert list(folder.iterdir()) == []


def test_a_port_that_is_taken_is_told(address: str, folder: Path) -> None:
    """With its number, and no traceback; no word is left of a server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = called("serve", "--port", port, GUERDON_DATABASE_URL=address)
    assert code == 1
    assert "guerdon cannot start" in said
    assert f"127.0.0.1, port {port}: " in said
    assert "Traceback" not in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (("--port", "65536"), {}),
        (("--port", "-1"), {}),
        (("--port", "http"), {}),
        ((), {"GUERDON_PORT": "http"}),
        ((), {"GUERDON_DATABASE_CONNECTIONS": "0"}),
        ((), {"GUERDON_RATE_LIMITS": "sometimes"}),
        ((), {"GUERDON_SWITCHES": "nobody.strict"}),
    ],
)
def test_a_setting_that_cannot_be_is_told(folder: Path, arguments: tuple[str, ...], settings: dict[str, str]) -> None:
    """By its name, before anything is started."""
    code, said = called("serve", *arguments, **settings)
    assert code == 2
    assert next(iter(arguments or settings)) in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("url", ["postgresql://u:hush@127.0.0.1:1/x", "postgresql://guerdon@/[x]?host=/nowhere", "x"])
def test_a_database_that_does_not_answer_is_told(folder: Path, url: str) -> None:
    """Without the password that is in the address."""
    code, said = called("serve", "--port", "0", GUERDON_DATABASE_URL=url)
    assert code == 1
    assert "guerdon cannot start: the database cannot be reached" in said
    assert "hush" not in said
    assert list(folder.iterdir()) == []


def test_of_two_servers_in_a_folder_the_later_is_known(address: str, tmp_path: Path) -> None:
    """Also once the earlier one has ended."""
    state = tmp_path / serve.STATE
    with (
        serving(cwd=tmp_path, GUERDON_DATABASE_URL=address) as first,
        serving(cwd=tmp_path, GUERDON_DATABASE_URL=address) as second,
    ):
        assert first.stop() == 0
        assert json.loads(state.read_text())["base_url"] == second.base_url
        assert second.stop() == 0
    assert not state.exists()


def test_where_no_word_can_be_left_it_serves_all_the_same(address: str, tmp_path: Path, http: httpx.Client) -> None:
    """A service is often started where it may write nothing; and without the demo, nothing is told of it."""
    (tmp_path / "var").write_text("in the way")
    with serving(cwd=tmp_path, GUERDON_DATABASE_URL=address) as server:
        assert http.get(f"{server.base_url}/health/ready").status_code == 200
        assert server.stop() == 0
    assert (tmp_path / "var").read_text() == "in the way"
    assert "curl" not in server.printed
    assert "founding" not in server.printed


@pytest.mark.parametrize("word", ["", "nonsense", "[]", "{}", '"x"', '{"pid": 1}', '{"pid": "x", "base_url": "x"}'])
def test_a_word_that_says_nothing_is_not_believed(folder: Path, word: str) -> None:
    """Nor is that of a server which is no more."""
    assert serve.last_known("default") == "default"
    serve.STATE.parent.mkdir()
    serve.STATE.write_text(word)
    assert serve.last_known("default") == "default"
    for pid, known in ((os.getpid(), "http://here"), (2**22 + 1, "default")):
        serve.STATE.write_text(json.dumps({"base_url": "http://here", "pid": pid}))
        assert serve.last_known("default") == known
