"""Runs `guerdon` as a command, in a folder and an environment of the test's own."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guerdon.cli import app
from scanning import heard

READY = re.compile(r"guerdon is ready at (\S+) after \d+\.\d s")


def environment(**settings: str) -> dict[str, str]:
    """Ours, without any setting that is not given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GUERDON_")}
    return {**kept, "COLUMNS": "60", **settings}


def guerdon(*arguments: str, cwd: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command that ends by itself, in a process of its own; `stdout` has what it says about errors too."""
    return subprocess.run(
        [sys.executable, "-m", "guerdon", *arguments],
        cwd=cwd,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def called(*arguments: str, **settings: str) -> tuple[int, str]:
    """The exit code and the words of a command that ends before it serves, run here: a process costs a second.

    A command that ends by anything but an exit of its own fails the test.
    """
    others = dict.fromkeys(set(os.environ) - set(environment()), None)
    result = CliRunner().invoke(app, arguments, env={**others, "COLUMNS": "60", **settings}, catch_exceptions=False)
    return result.exit_code, result.output


class Serving:
    """A server that has said where it is; what it has printed is known once it has been stopped."""

    def __init__(self, *arguments: str, cwd: Path, **settings: str) -> None:
        command = [sys.executable, "-m", "guerdon", "serve", "--port", "0", *arguments]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=cwd, env=environment(**settings), stdout=pipe, stderr=subprocess.STDOUT, text=True, bufsize=1
        )
        self.pid = self._process.pid
        self.printed = ""
        self.base_url = ""
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._up.wait(60)
        if not self.base_url:
            self.stop()
            pytest.fail(f"the server did not start: {self.printed}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                heard(line)
                self.printed += line
                if found := READY.search(line):
                    self.base_url = found[1]
                    self._up.set()
        self._up.set()

    def stop(self, number: int = signal.SIGINT) -> int:
        """Interrupts it and returns its exit code; once more does nothing."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(30)
        self._reader.join()
        return code


@contextmanager
def serving(*arguments: str, cwd: Path, **settings: str) -> Iterator[Serving]:
    """A server on a free port, for the block."""
    server = Serving(*arguments, cwd=cwd, **settings)
    try:
        yield server
    finally:
        server.stop()
