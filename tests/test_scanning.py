"""What is personal or secret is found in the log of a whole run, whichever process wrote it, and nothing else is."""

import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import httpx

from scanning import leaks, secrets, sensitive_of

CONFTEST = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import scanning
from pathlib import Path

def pytest_configure(config):
    config.pluginmanager.register(scanning.Scan(config, Path("logs"), Path("server.log")))
"""

TEST = """
import logging, httpx, pytest, scanning, structlog
from pathlib import Path
from guerdon.core.members import Profile
from guerdon.engine.founding import NewCredential

def asks(**told):
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as http:
        http.post("http://test/", **told)

@pytest.mark.parametrize("number", range(4))
def test_uses(number):
    Profile(email=f"anna{number}@example.org", phone="+4512345678", first_name="Anneliese")
    NewCredential(surface="native", name="n", secret=f"plum-{number}-orchard", tokens=(f"token{number}", "__dict__"))
    asks(json={"Password": f"quince-{number}"})
    asks(json={"Password": f"pear-{number}"}, headers={"Authorization": f"Bearer bear{number}er"})

@pytest.mark.parametrize("number", range(4))
def test_logs(number):
    structlog.get_logger().warning("enrolled", who=f"anna{number}@example.org", other="annabel@example.org")
    logging.getLogger("x").warning("bad %s", f"plum-{number}-orchard")
    scanning.heard(f"curl -d Password=quince-{number}")
    scanning.heard("unknown member member=__dict__")
    scanning.heard(f"[warning] enrolled who=pear-{number}\\n")
    with Path("server.log").open("a") as log:
        log.write("Key (phone)=(+4512345678)\\n")
"""


def test_lines_that_hold_one_fail_the_run(tmp_path: Path) -> None:
    """Though every test passes, whoever logs it, and though another process may have used the value."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "8 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1
    told = done.stdout.partition("personal values or secrets in the log")[2]
    values = set(re.findall(r"^'(.+?)' in ", told, re.MULTILINE))
    wanted = {f"anna{n}@example.org" for n in range(4)} | {f"plum-{n}-orchard" for n in range(4)}
    assert values == wanted | {f"pear-{n}" for n in range(4)} | {"+4512345678"}
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_value_is_found_where_it_stands_by_itself() -> None:
    """In any line, once; not in the middle of another word."""
    lines = [
        "2026-07-02 12:00:00 [info] a anna@example.org",
        "2026-07-02 12:00:01 [info] a anna@example.org",
        "xplum-7x",
    ]
    assert leaks(lines, {"anna@example.org", "plum-7"}) == [("anna@example.org", "] a anna@example.org")]
    assert leaks(["it's plum-7."], {"plum-7"}) == [("plum-7", "it's plum-7.")]


def test_what_a_request_holds() -> None:
    """In its headers, its address, and its body, below the names that say so."""
    basic, pii = (b64encode(text.encode()).decode() for text in ("till-7:pear-1", "username:mira.k;password:plum-7"))
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}", "PIIToken": pii}
    requests = [
        httpx.Request(
            "GET", "http://t/c/a@b.example/?email=b@b.example&skip=1", headers={"Authorization": "Bearer bear"}
        ),
        httpx.Request("POST", "http://t/", json={"Customer": {"Email": "c@b.example", "Note": "n"}, "Tokens": ["tok"]}),
        httpx.Request("POST", "http://t/", content=b"client_secret=sec&scope=all", headers=form),
        httpx.Request("POST", "http://t/", content=b"\\xff{"),
    ]
    found = {value for request in requests for value in sensitive_of(request) if value}
    assert found >= {"bear", "a@b.example", "b@b.example", "c@b.example", "tok", "pear-1", "mira.k", "plum-7", "sec"}
    assert not found & {"n", "all", "1"}


def test_what_is_in_the_source_is_no_secret() -> None:
    """It is in its log."""
    assert secrets({"nobody", "crashed", "loyaltyTiers/getAll", "Lindqvist-Marchetti"}) == {"Lindqvist-Marchetti"}
