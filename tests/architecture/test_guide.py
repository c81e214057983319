"""The guide to adding a surface works to the letter: its files are taken from the page, checked, and served."""

import importlib
import json
import re
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

import guerdon.surfaces
from architecture.linting import copied, lint
from architecture.tree import ROOT
from conftest import NOW, Shop
from guerdon.core.members import Profile
from guerdon.core.refusals import REFUSALS
from guerdon.engine import Engine, admitting, enrolling
from guerdon.engine.enrolling import Enrolment
from guerdon.storage import credentials
from guerdon.storage.credentials import Credential
from guerdon.web.application import application
from guerdon.web.failures import FAILURES
from guerdon.web.surface import Surface
from surfaces import replay
from surfaces.replay import Case

CARD = "4242"


@pytest.fixture(scope="module")
def files() -> Mapping[str, str]:
    """The files that the page shows, by their paths."""
    text = (ROOT / "docs" / "adding-a-surface.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^`([\w/.-]+)`\n\n```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def written(files: Mapping[str, str], folder: Path) -> Path:
    """The guide's surface as a folder."""
    for path, text in files.items():
        if path.startswith("src/guerdon/surfaces/acme/"):
            file = folder / "acme" / Path(path).name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def acme(files: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surface]:
    """The guide's surface, imported as if its folder were among the others."""
    monkeypatch.setattr(guerdon.surfaces, "__path__", [*guerdon.surfaces.__path__, str(written(files, tmp_path))])
    surface: Surface = importlib.import_module("guerdon.surfaces.acme").SURFACE
    yield surface
    for name in [name for name in sys.modules if name.startswith("guerdon.surfaces.acme")]:
        del sys.modules[name]


@pytest.fixture
async def token(engine: Engine, shop: Shop) -> str:
    """A token of the shop for the guide's surface; somebody has the card."""
    granted = Credential(uuid.uuid4(), shop.caller.tenant_id, None, frozenset(), secret_hash="none")
    made = uuid.uuid4().hex
    async with engine.database.connection() as connection:
        await credentials.insert(connection, "acme", made, granted, NOW)
        await credentials.insert_token(
            connection, "acme", admitting.token_hash(made), granted.id, now=NOW, expires_at=None
        )
    ask = Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="acme.card", name=CARD)
    await enrolling.enrol(engine, ask)
    return made


def test_its_files_keep_the_contracts(files: Mapping[str, str], tmp_path: Path) -> None:
    """The six, and importing only what a surface may."""
    written(files, copied(tmp_path) / "surfaces")
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_table_of_errors_is_total(acme: Surface) -> None:
    """When a refusal comes or goes, the guide must follow."""
    spellings = importlib.import_module(f"guerdon.surfaces.{acme.name}.errors").SPELLINGS
    assert set(spellings) == {*REFUSALS, *FAILURES}


async def test_its_fixtures_get_their_answers(
    files: Mapping[str, str], acme: Surface, engine: Engine, token: str
) -> None:
    """In the order of their names, as the conformance suite replays them."""
    known = {"facts": {"acme": {"card": CARD}}}
    transport = httpx.ASGITransport(application(acme, engine, engine.clock))
    recorded = [json.loads(text) for path, text in sorted(files.items()) if "/fixtures/" in path]
    assert recorded
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"Authorization": f"Bearer {token}"}
    ) as http:
        for told in recorded:
            request = replay.expanded(told["request"], known)
            answer = await http.request(request["method"], request["path"], json=request["json"])
            case = Case(told["operation"], told["operation"], told["request"], told["response"])
            assert replay.check(case, answer, {}) == []


def test_its_tests_pass(files: Mapping[str, str], acme: Surface) -> None:
    """Those that need no server are run here."""
    assert acme.name == "acme"
    tested = {"__name__": "test_mapping"}
    exec(compile(files["tests/surfaces/acme/test_mapping.py"], "test_mapping.py", "exec"), tested)  # noqa: S102
    tests = [test for name, test in tested.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()  # type: ignore[operator]
