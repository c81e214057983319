"""A test that is killed leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

from torture.postgres import folder

KILLED = """
import os, signal
from torture.postgres import Postgres, folder
with folder() as path:
    server = Postgres(path / "data")
    server.start()
    print(path, server.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_test_started_is_ended() -> None:
    """The sweeper prints where the test does: when nothing more can come from either, it is done."""
    command = [sys.executable, "-c", KILLED]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=Path(__file__).parent.parent)
    path, pid = done.stdout.split()
    assert done.returncode < 0
    assert not Path(path).exists()
    assert not Path(f"/proc/{pid}/exe").exists()


def test_a_test_that_ends_leaves_its_folder_to_nobody() -> None:
    """Nor a sweeper."""
    with folder() as path:
        assert path.exists()
    assert not path.exists()
