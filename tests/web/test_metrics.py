"""What is counted is told in Prometheus' words, for all processes together, and never falls."""

import asyncio
import re
import uuid
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from guerdon.web import drift, metrics
from guerdon.web.metrics import Figures


def told(figures: Figures) -> dict[tuple[str, ...], float]:
    """Every sample, by the values of its labels."""
    families = text_string_to_metric_families(figures.text().decode())
    return {
        tuple(
            sample.labels[name] for name in ("surface", "operation", "status", "member") if name in sample.labels
        ): sample.value
        for family in families
        for sample in family.samples
    }


def files_in(folder: Path) -> int:
    """How many there are."""
    return len(list(folder.iterdir()))


def test_requests_and_unknown_members_are_told(tmp_path: Path) -> None:
    """Whatever they are called."""
    surface = f'a "{uuid.uuid4()}"\n\\'
    for status in ("200", "200", "404"):
        metrics.count(surface, "Earn", status)
    drift.report(surface, "Earn", ["Colour", "Colour"])
    for figures in (Figures(), Figures(tmp_path)):
        seen = {labels[1:]: value for labels, value in told(figures).items() if labels[0] == surface}
        assert seen == {("Earn", "200"): 2, ("Earn", "404"): 1, ("Earn", "Colour"): 2}


async def test_processes_tell_the_same(tmp_path: Path) -> None:
    """Whichever is asked, and also of one that has ended; what one has told, no other tells less of."""
    key = (str(uuid.uuid4()), "Earn", "200")
    (tmp_path / "ended.json").write_text(f'{{"requests":[[["{key[0]}","Earn","200"],40]],"members":[]}}')
    one, other = Figures(tmp_path), Figures(tmp_path)
    async with one.written():
        metrics.count(*key)
        assert told(one)[key] == 41
        assert told(other)[key] == 42  # each has counted all that this process has
        metrics.count(*key)
    assert told(other)[key] == 44
    assert files_in(tmp_path) == 3


async def test_word_is_left_without_being_asked(tmp_path: Path) -> None:
    """For when another process is."""
    metrics.count(str(uuid.uuid4()), "Earn", "200")
    async with Figures(tmp_path).written():
        await asyncio.sleep(0)
        assert files_in(tmp_path) == 1


def test_a_server_counts_what_it_answers(http: httpx.Client, server: str) -> None:
    """Also what no operation answers; nothing of what was asked is told."""

    def count(operation: str, status: int) -> int:
        got = http.get(f"{server}/metrics")
        assert got.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        labels = re.escape(f'operation="{operation}",status="{status}",surface="native"')
        found = re.search(rf"guerdon_requests_total{{{labels}}} (\S+)", got.text)
        return int(float(found[1])) if found else 0

    before = count("", 404), count("openapi", 200)
    http.get(f"{server}/v1/nobody@example.com")
    http.get(f"{server}/v1/openapi.json")
    assert (count("", 404), count("openapi", 200)) == (before[0] + 1, before[1] + 1)
    assert "nobody@" not in http.get(f"{server}/metrics").text
