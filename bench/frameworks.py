"""Compares web frameworks at answering a small JSON POST, in a venv of their own; `python -m bench.frameworks`."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench import generator, hosting, wrk
from bench.loads import CUSTOMER, BenchmarkError, Load, Outcome, Request

FOLDER = Path("var/bench/frameworks")
APPLICATIONS = ("own", "bare", "falcon", "starlette", "litestar")
LIBRARIES = APPLICATIONS[2:]
NEEDED = ("falcon", "httptools", "msgspec", "structlog", "uvicorn", "uvloop")
CONNECTIONS = 64
LAST_CUSTOMER = 999_999

console = Console(highlight=False)


def main(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How often each framework is measured, in turns.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each measurement.")] = 5.0,
) -> None:
    """Measure our own connection, bare ASGI, Falcon, Starlette and Litestar in one run; ratios are to bare ASGI."""
    python = _environment(FOLDER / "venv")
    seen: dict[str, list[Outcome]] = {name: [] for name in APPLICATIONS}
    try:
        for index in range(1, rounds + 1):
            for name in APPLICATIONS:
                with _served(python, name) as base_url:
                    seen[name].append(_measured(base_url, seconds))
                console.print(f"round {index} of {rounds}: {name}: {seen[name][-1].rps:,.0f}/s")
    except BenchmarkError as error:
        console.print(f"[red]no figures:[/] {error}")
        raise typer.Exit(1) from None
    console.print(_table(seen, _versions(python)))


def _environment(venv: Path) -> Path:
    """The interpreter of a throwaway environment that has the frameworks; made the first time."""
    python = venv.absolute() / "bin" / "python"
    if not python.exists():
        console.print(f"installing the frameworks into {venv}")
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    ours = [f"{name}=={version(name)}" for name in NEEDED]
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, *ours, "litestar", "starlette"], check=True)
    return python


def _versions(python: Path) -> dict[str, str]:
    """What pip put there."""
    told = "from importlib.metadata import version; print(*[version(n) for n in {names!r}])"
    done = subprocess.run([str(python), "-c", told.format(names=LIBRARIES)], capture_output=True, text=True, check=True)
    return dict(zip(LIBRARIES, done.stdout.split(), strict=True))


@contextmanager
def _served(python: Path, name: str) -> Iterator[str]:
    """The base address of one of the applications, in a process of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [str(python), "-m", "bench.applications", name, str(port)]
    here = str(Path(__file__).parent.parent)
    process = subprocess.Popen(
        command, cwd=here, env={**os.environ, "PYTHONPATH": f"{here}/src"}, start_new_session=True
    )
    try:
        _wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchmarkError("the application did not start")


def _measured(base_url: str, seconds: float) -> Outcome:
    load = Load(
        base_url=base_url,
        token="-",  # noqa: S106 - nobody looks at it
        requests=(
            Request(
                method="POST",
                path="/counterpoint/Loyalty/Earn",
                body=f'{{"CustomerNumber":"{CUSTOMER}","Points":100,"Reason":"Facebook Share","Reference":"12345678"}}',
            ),
        ),
        customers=(0, LAST_CUSTOMER),
        connections=CONNECTIONS,
        seconds=seconds,
        seed=1,
    )
    outcome = wrk.run(load) if wrk.is_installed() else generator.run(load)
    if outcome.failed:
        raise BenchmarkError(f"{outcome.failed} requests failed: {outcome.first_failure}")
    return outcome


def _table(seen: dict[str, list[Outcome]], versions: dict[str, str]) -> Table:
    made = Table(title=f"a small JSON POST on uvicorn {version('uvicorn')}, {CONNECTIONS} connections")
    for name in ("framework", "requests/s", "p99", "share of bare ASGI"):
        made.add_column(name, justify="left" if name == "framework" else "right")
    for name, outcomes in seen.items():
        shares = [one.rps / bare.rps for one, bare in zip(outcomes, seen["bare"], strict=True)]
        rate, p99 = median(one.rps for one in outcomes), median(one.p99_ms for one in outcomes)
        made.add_row(f"{name} {versions.get(name, 'ASGI')}", f"{rate:,.0f}", f"{p99:.1f} ms", f"{median(shares):.2f}")
    return made


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
