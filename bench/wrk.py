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
    kinds = [kind for request in load.requests for kind in (request, request.then) if kind]
    looks = "look" if len(kinds) > 1 else ""
    return [
        "-t", "1", "-c", str(load.connections), "-d", f"{math.ceil(load.seconds)}s", "--timeout", LONGEST_WAIT,
        "-s", str(SCRIPT), load.base_url,
        "--", str(first), str(last), str(load.seed), load.token, looks,
        *[text for kind in kinds for text in (kind.method, kind.path, kind.body, str(kind.share))],
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
    acknowledged = figures["requests"] - figures["status"]
    groups = {name: figures[name] for name in ("written", "authorized", "read")}
    return Outcome(
        acknowledged=acknowledged,
        groups=groups if any(groups.values()) else {load.requests[0].group: acknowledged},
        failed=figures["status"] + figures["socket"],
        in_flight=load.connections,
        seconds=figures["duration"] / 1e6,
        p50_ms=figures["p50"] / 1e3,
        p99_ms=figures["p99"] / 1e3,
    )
