"""Makes a load with `wrk`, where it is installed."""

import json
import math
import shutil
import subprocess
from pathlib import Path

from bench.loads import BenchmarkError, Load, Outcome

NAME = "wrk"
SCRIPT = Path(__file__).with_name("wrk.lua")
MARK = "figures "
LONGEST_WAIT = "10s"
"""For one answer."""


def is_installed() -> bool:
    """Whether `wrk` can be run."""
    return shutil.which("wrk") is not None


def run(load: Load) -> Outcome:
    """Makes the load, on one thread; the time is rounded up to whole seconds.

    Raises:
        BenchmarkError: wrk failed.
    """
    done = subprocess.run(["wrk", *arguments(load)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"wrk failed: {done.stdout}{done.stderr}")
    return outcome(load, done.stdout)


def arguments(load: Load) -> list[str]:
    """What wrk is told: its own options, then what the script reads."""
    first, last = load.customers
    return [
        "-t", "1", "-c", str(load.connections), "-d", f"{math.ceil(load.seconds)}s", "--timeout", LONGEST_WAIT,
        "-s", str(SCRIPT), load.base_url,
        "--", load.method, load.path, load.body, str(first), str(last), str(load.seed), load.token,
    ]  # fmt: skip


def outcome(load: Load, said: str) -> Outcome:
    """What wrk says came of a load.

    Raises:
        BenchmarkError: the script's line is not there.
    """
    marked = [line for line in said.splitlines() if line.startswith(MARK)]
    if not marked:
        raise BenchmarkError(f"wrk said something unexpected: {said}")
    figures = json.loads(marked[0].removeprefix(MARK))
    return Outcome(
        acknowledged=figures["requests"] - figures["status"],
        failed=figures["status"] + figures["socket"],
        in_flight=load.connections,
        seconds=figures["duration"] / 1e6,
        p50_ms=figures["p50"] / 1e3,
        p99_ms=figures["p99"] / 1e3,
    )
