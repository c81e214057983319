"""Listens to what a whole run logs, in every process of it, for the personal values and secrets that its tests use.

Each process of the run writes down what is logged (by structlog, by `logging`, by PostgreSQL, by servers and workers
that tests start), and which values passed by that nobody may find in a log. At the end of the run, the one that started
it compares the two, and fails it.
"""

import base64
import json
import logging
import re
import shutil
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import httpx
import pytest
import structlog
import structlog.testing

import guerdon
from guerdon.core.members import Profile
from guerdon.engine.founding import NewCredential

SHORTEST, SHORTEST_NUMBER = 6, 9
"""Shorter values are words, and digits of times, that logs have anyway."""

PERSONAL = ("first_name", "last_name", "full_name", "email", "phone", "address_line_1", "address_line_2")
SENSITIVE = re.compile(
    r"e-?mail|phone|password|secret|token|username|(first|last|full|given|family).?name|street|address", re.IGNORECASE
)
"""Names of members and parameters whose texts are such values."""

FOR_PEOPLE = "curl "
"""What a line begins with that the demo's server prints to be pasted, with well-known names and tokens in it."""

_WORD = re.compile(r"\w+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+( UTC| \[\w+|Z)?")

_MEMBER = re.compile(r"(?<=unknown member)\s+member=\w+")
"""The name of a member that no model has is logged on purpose; generated requests use one word for names and texts."""


def secrets(values: Iterable[str]) -> set[str]:
    """Those that are not in the source, whose words are in its log: a test that calls somebody `nobody` proves nothing.

    Requests that are drawn take texts from the source, too.
    """
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(guerdon.__file__).parent.rglob("*.py"))
    return {value for value in values if value not in source}


def leaks(lines: Iterable[str], values: Iterable[str]) -> list[tuple[str, str]]:
    """Values that stand in a line by themselves, with the first line of each."""
    kept = list(dict.fromkeys(_MEMBER.sub("", _TIME.sub("", line)) for line in lines))
    words = set(_WORD.findall("\n".join(kept)))
    found = []
    for value in values:
        if _WORD.findall(value) and words.issuperset(_WORD.findall(value)):
            alone = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
            found += [(value, line) for line in kept if alone.search(line)][:1]
    return found


def counts(value: object) -> bool:
    """Whether a value is long enough to be told from other words."""
    if not isinstance(value, str):
        return False
    return len(value) >= (SHORTEST_NUMBER if value.isdigit() else SHORTEST) and value.strip() == value


def sensitive_in(node: Any, *, told: bool = False) -> Iterator[str]:
    """The texts in a JSON tree that are below a sensitive name."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from sensitive_in(value, told=told or bool(SENSITIVE.search(name)))
    elif isinstance(node, list):
        for item in node:
            yield from sensitive_in(item, told=told)
    elif told and isinstance(node, str):
        yield node


def sensitive_of(request: httpx.Request) -> Iterator[str]:
    """What a request says of persons, and the secrets that it shows."""
    for name in ("authorization", "piitoken"):
        scheme, _, shown = request.headers.get(name, "").rpartition(" ")
        yield shown
        if scheme.lower() != "bearer":
            try:
                text = base64.b64decode(shown, validate=True).decode()
            except ValueError:
                continue
            yield from re.split(r";?(?:password|username)?:", text)
    yield from (value for name, value in request.url.params.multi_items() if SENSITIVE.search(name))
    yield from (part for part in unquote_plus(request.url.path).split("/") if "@" in part)
    try:
        raw = request.content.decode()
    except (httpx.RequestNotRead, UnicodeDecodeError):
        return
    if len(raw) > 1 << 20:
        return
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        yield from (value for name, value in parse_qsl(raw) if SENSITIVE.search(name))
        return
    try:
        yield from sensitive_in(json.loads(raw))
    except (ValueError, RecursionError):
        return


_writers: list[Callable[[object], None]] = []


def heard(line: str) -> None:
    """Writes down a line that was printed by a server or worker in a process of its own."""
    if not line.startswith(FOR_PEOPLE):
        for write in _writers:
            write(line.rstrip("\n"))


class Scan:
    """The plugin: one in each process of a run."""

    def __init__(self, config: pytest.Config, folder: Path, postgres: Path) -> None:
        given = getattr(config, "workerinput", {}).get("scan")
        self.is_first = given is None
        self._folder = Path(given) if given else folder / f"{id(self)}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._name = getattr(config, "workerinput", {}).get("workerid", "main")
        self._lines = (self._folder / f"{self._name}.log").open("a", encoding="utf-8", errors="backslashreplace")
        self._values: set[str] = set()
        self._postgres = postgres
        self._from = postgres.stat().st_size if postgres.exists() else 0
        self._found: list[tuple[str, str]] = []
        self._listen()

    # --- while the tests run

    def _listen(self) -> None:
        _writers.append(self._write)
        _after(Profile, "__init__", lambda profile, *_a, **_k: self._note(getattr(profile, n) for n in PERSONAL))
        _after(
            NewCredential,
            "__init__",
            lambda made, *_a, **_k: self._note([made.secret, *made.tokens, *made.signing_secrets]),
        )
        _after(httpx.Client, "send", lambda _client, request, *_a, **_k: self._note(sensitive_of(request)))
        _after(httpx.AsyncClient, "send", lambda _client, request, *_a, **_k: self._note(sensitive_of(request)))
        _after(structlog.testing.LogCapture, "__call__", lambda _self, _l, _m, event: self._write(str(event)))
        _after(structlog.PrintLogger, "msg", lambda _logger, message: self._write(message))
        for level in ("log", "debug", "info", "warn", "warning", "error", "critical", "fatal", "exception"):
            setattr(structlog.PrintLogger, level, structlog.PrintLogger.msg)
        made = logging.getLogRecordFactory()

        def record(*arguments: Any, **named: Any) -> logging.LogRecord:
            told = made(*arguments, **named)
            self._write(told.getMessage())
            if told.exc_info and told.exc_info[0]:
                self._write("".join(traceback.format_exception(*told.exc_info)))
            return told

        logging.setLogRecordFactory(record)

    def _note(self, values: Iterable[object]) -> None:
        self._values.update(value for value in values if isinstance(value, str) and counts(value))

    def _write(self, text: object) -> None:
        self._lines.write(f"{text}\n")

    # --- in a run of several processes, and at the end

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tells a process of the run where to write."""
        node.workerinput["scan"] = str(self._folder)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Compares, once all others have written down what they know."""
        self._lines.close()
        (self._folder / f"{self._name}.json").write_text(json.dumps(sorted(self._values)))
        if self.is_first:
            self._found = leaks(self._all_lines(), secrets(self._all_values()))
            shutil.rmtree(self._folder)
            if self._found:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Names what was found."""
        if self._found:
            terminalreporter.section("personal values or secrets in the log", red=True, bold=True)
            for value, line in self._found:
                terminalreporter.line(f"{value!r} in {line[:300]!r}")

    def _all_lines(self) -> Iterator[str]:
        for path in self._folder.glob("*.log"):
            yield from path.read_text(encoding="utf-8").splitlines()
        if self._postgres.exists():
            with self._postgres.open(errors="replace") as log:
                log.seek(self._from if self._postgres.stat().st_size >= self._from else 0)
                yield from log.read().splitlines()

    def _all_values(self) -> set[str]:
        return {value for path in self._folder.glob("*.json") for value in json.loads(path.read_text())}


def _after(owner: Any, name: str, note: Callable[..., None]) -> None:
    """Has every call of a method noted too."""
    method = getattr(owner, name)

    def noted(*arguments: Any, **named: Any) -> Any:
        answer = method(*arguments, **named)
        note(*arguments, **named)
        return answer

    setattr(owner, name, noted)
