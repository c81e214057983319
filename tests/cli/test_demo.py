"""The demo is told, or described for clients, by a command that finds the server of its folder."""

import asyncio
import json
from pathlib import Path

import pytest

from cli.commands import called, serving
from conftest import cloned, served
from guerdon.demo import client
from guerdon.storage import migrate


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where commands are called."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_finds_the_server_of_its_folder(cluster: str, template: str, folder: Path) -> None:
    """And tells the story there, also where another address is the default."""
    with (
        cloned(cluster, template) as address,
        serving("--demo", cwd=folder, GUERDON_DATABASE_URL=address) as server,
    ):
        code, told = called("demo", GUERDON_PORT="1")
        assert code == 0, told
        assert "Everything above happened to one member" in told
        assert json.loads(called("demo", "--json")[1]) == client.facts(server.base_url)


def test_without_a_server_it_describes_the_default_one(folder: Path) -> None:
    """The address that is given, set, or known to everybody; a slash at its end is one too many."""
    for (code, said), base_url in (
        (called("demo", "--json"), "http://127.0.0.1:8080"),
        (called("demo", "--json", GUERDON_HOST="127.0.0.2", GUERDON_PORT="81"), "http://127.0.0.2:81"),
        (called("demo", "--json", "--url", "https://demo.example/"), "https://demo.example"),
    ):
        assert code == 0
        assert json.loads(said) == client.facts(base_url)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://[", "ftp://127.0.0.1", "http://a b/"])
def test_where_no_server_answers_it_says_so(folder: Path, url: str) -> None:
    """And how to start one."""
    code, said = called("demo", "--url", url)
    assert code == 1
    assert f"no server answers at {url.rstrip('/')}" in said
    assert "make run" in said


def test_where_the_demo_is_not_it_says_what_was_answered(cluster: str, folder: Path) -> None:
    """By the surface that the story stopped at."""
    with cloned(cluster, "template1") as address:
        asyncio.run(migrate.migrate(address))
        with served(address) as base_url:
            code, said = called("demo", "--url", base_url)
    assert code == 1
    assert said.startswith("deliverect answered 401 to POST /loyalty/")


def test_a_setting_that_cannot_be_is_told(folder: Path) -> None:
    """As the server does."""
    code, said = called("demo", "--json", GUERDON_PORT="http")
    assert code == 2
    assert "GUERDON_PORT" in said
