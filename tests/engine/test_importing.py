"""Files are checked as a whole, and written once however often they are begun; the ledger then is as any other."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from conftest import NOW, Shop, open_shop
from engine.people import enrolled, fetch
from guerdon.core.audits import Finding
from guerdon.core.imports import CHUNK_ROWS
from guerdon.core.members import Profile
from guerdon.core.programs import Expiry, ExpiryKind
from guerdon.core.refusals import ProgramNotFound
from guerdon.engine import Engine, auditing, erasing, importing, sifting
from guerdon.engine.importing import Plan, Prepared, Step, UnusableFileError
from guerdon.storage import imports as stored

ROLLING = Expiry(kind=ExpiryKind.ROLLING, count=2, unit="year", round_to="month")

ROWS: list[dict[str, str | None]] = [
    {"id": "C1", "email": "Ada@Example.com", "phone": "+4520123456", "first_name": "Ada", "points": "12.50"},
    {"id": "C2", "email": "ben@example.com", "points": "7", "earned_at": "2026-01-31", "expires_at": "2027-01-01"},
    {"id": "C3", "full_name": 'Chiara, "C"', "joined_at": "2020-05-01T10:00:00+02:00", "points": "0"},
    {"phone": "+4520123457"},
]


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """A file of rows, in the form that its name says."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist([{c: row.get(c) for c in columns} for row in rows]), path)
        return path
    lines = io.StringIO(newline="")
    if ".csv" in path.suffixes:
        writer = csv.DictWriter(lines, columns)
        writer.writeheader()
        writer.writerows(rows)
    else:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    text = lines.getvalue().encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def plan(shop: Shop, path: Path, kind: str = "members") -> Plan:
    return Plan(slug=shop.caller.tenant_id.hex, kind=kind, path=path)


async def prepared(engine: Engine, wanted: Plan) -> Prepared:
    """What came of reading and checking."""
    steps = [step async for step in importing.prepare(engine, wanted)]
    assert isinstance(steps[-1], Prepared)
    return steps[-1]


async def bad(engine: Engine, ready: Prepared) -> dict[int, str]:
    found: AsyncIterator[tuple[int, str]] = importing.bad_rows(engine, ready.made)
    return {row: error async for row, error in found}


async def imported(engine: Engine, wanted: Plan) -> int:
    """Reads, checks and writes; how many rows are written."""
    ready = await prepared(engine, wanted)
    steps = [step async for step in importing.write(engine, ready)]
    return steps[-1].done


async def people(engine: Engine, shop: Shop) -> list[Any]:
    return await fetch(
        engine,
        "SELECT m.serial, m.profile, m.created_at, a.posted, a.lifetime, a.version, a.due_at, s.number,"
        " (SELECT jsonb_object_agg(i.namespace, i.value) FROM identifiers i WHERE i.member_id = m.id) AS names"
        " FROM members m JOIN memberships s ON s.member_id = m.id JOIN accounts a ON a.id = s.account_id"
        " WHERE m.tenant_id = $1 ORDER BY m.serial",
        shop.caller.tenant_id,
    )


async def findings(engine: Engine, shop: Shop) -> list[Finding]:
    """What an audit of all accounts of a shop finds."""
    rows = await fetch(engine, "SELECT id FROM accounts WHERE tenant_id = $1", shop.caller.tenant_id)
    checked, found = await auditing.accounts(engine, [row["id"] for row in rows])
    assert checked >= len(rows) > 0
    return found


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.ndjson.gz", "a.parquet"])
async def test_members_come_with_names_and_points(engine: Engine, tmp_path: Path, name: str) -> None:
    """In any form of file; the ledger's own audit finds nothing to say."""
    shop = await open_shop(engine, expiry=ROLLING)
    assert await imported(engine, plan(shop, write(tmp_path / name, ROWS))) == 4
    ada, ben, chiara, nobody = await people(engine, shop)
    assert ada["names"] == {
        "external": "C1", "email": "Ada@example.com", "phone": "+4520123456", "number": ada["number"],
    }  # fmt: skip
    assert (ada["posted"], ada["lifetime"], ada["version"]) == (Decimal("12.50"), Decimal("12.50"), 1)
    assert ada["due_at"].isoformat() == "2028-08-01T00:00:00+00:00", "two years, to the end of the month"
    assert ben["due_at"].isoformat() == "2027-01-01T00:00:00+00:00", "its own day"
    assert (chiara["posted"], chiara["version"]) == (0, 0)
    assert chiara["created_at"].isoformat() == "2020-05-01T08:00:00+00:00"
    assert chiara["profile"] == {"full_name": 'Chiara, "C"'}
    assert nobody["names"].keys() == {"phone", "number"}
    assert [row["serial"] for row in (ada, ben, chiara, nobody)] == [1, 2, 3, 4]
    assert await findings(engine, shop) == []


async def test_what_is_wrong_is_told_by_row_before_anything_is_written(engine: Engine, tmp_path: Path) -> None:
    """What is wrong with a row itself, with others of the file, and with members that are there."""
    shop = await open_shop(engine)
    await imported(engine, plan(shop, write(tmp_path / "first.csv", ROWS[:1])))
    rows = [
        {"id": "D1", "email": "ada@EXAMPLE.com"},
        {"id": "D2", "email": "no address"},
        {"id": "D3", "phone": "20123456"},
        {"id": "D4", "points": "NaN"},
        {"id": "D5", "points": "-1"},
        {"id": "D6", "points": "1" * 30},
        {"id": "D7", "points": "1", "earned_at": "2999-01-01"},
        {"id": "D8", "points": "1", "expires_at": "2026-07-01"},
        {"id": "D9", "points": "1", "expires_at": "soon"},
        {"id": "E1", "date_of_birth": "2999-01-01"},
        {"id": "E2", "first_name": "x" * 513},
        {"id": "E3"},
        {"id": "E3"},
        {"id": "C1"},
        {},
        {"id": "E4", "points": "0.00"},
    ]
    ready = await prepared(engine, plan(shop, write(tmp_path / "second.jsonl", rows)))
    found = await bad(engine, ready)
    assert list(found) == list(range(1, 16))
    assert found[1] == "email: a member has it already"
    assert found[2] == "email: 'no address' is none"
    assert found[3] == "phone: '20123456' is no number in E.164 form"
    assert all(found[row].startswith("points: ") for row in (4, 5, 6))
    assert (found[7], found[9]) == (
        "earned_at: is in the future",
        "expires_at: 'soon' is no ISO 8601 date or date-time",
    )
    assert found[12] == found[13] == "id: another row of the file has it"
    assert found[14] == "id: a member has it already"
    assert found[15] == "has nothing in it"
    assert len(await people(engine, shop)) == 1
    assert [step async for step in importing.write(engine, ready)][-1] == Step(1, 1)
    assert len(await people(engine, shop)) == 2


async def test_public_numbers_are_drawn_again_until_each_is_its_members_own(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that a member has, and those that several rows were given."""
    shop = await open_shop(engine)
    await imported(engine, plan(shop, write(tmp_path / "first.csv", ROWS[:1])))
    (ada,) = await people(engine, shop)
    drawn = cycle(["1234567890", ada["number"], "1234567891"])
    monkeypatch.setattr(sifting, "_numbers", lambda: drawn)
    assert await imported(engine, plan(shop, write(tmp_path / "second.csv", [{"id": f"N{n}"} for n in range(7)]))) == 7
    numbers = [row["number"] for row in await people(engine, shop)]
    assert len(set(numbers)) == 8
    assert ada["number"] == numbers[0]
    assert {"1234567890", "1234567891"}.isdisjoint(numbers), "given to several rows"
    assert all(len(number) == 10 for number in numbers)


async def test_a_file_that_was_cut_off_is_gone_on_with(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written twice, also where two go on with it at once; once it is done it is done."""
    monkeypatch.setitem(CHUNK_ROWS, "members", 10)
    shop = await open_shop(engine)
    path = write(tmp_path / "many.csv", [{"id": f"M{n}", "points": str(n + 1)} for n in range(95)])
    ready = await prepared(engine, plan(shop, path))
    async with aclosing(importing.write(engine, ready)) as steps:
        async for step in steps:
            if step.done >= 30:
                break
    async with engine.database.connection() as connection:
        await stored.clear(connection, ready.made)  # as a crash of the database would
    again = [await prepared(engine, plan(shop, path)) for _ in range(2)]
    assert again[0].made.bad == 0
    assert len(again[0].chunks) < 10
    await asyncio.gather(*[_all(engine, each) for each in again])
    rows = await people(engine, shop)
    assert sorted(int(row["posted"]) for row in rows) == list(range(1, 96))
    assert (await prepared(engine, plan(shop, path))).made.state == "done"
    assert await findings(engine, shop) == []


async def _all(engine: Engine, ready: Prepared) -> None:
    async for _ in importing.write(engine, ready):
        pass


async def test_a_file_that_was_only_checked_is_asked_for_otherwise(engine: Engine, shop: Shop, tmp_path: Path) -> None:
    """What counts is what is said when it is written."""
    path = write(tmp_path / "a.csv", [{"id": "C1"}])
    assert (await prepared(engine, plan(shop, path))).made.namespace == "external"
    assert await imported(engine, replace(plan(shop, path), namespace="counterpoint.customer")) == 1
    (cleo,) = await people(engine, shop)
    assert cleo["names"] == {"counterpoint.customer": "C1", "number": cleo["number"]}
    assert (await prepared(engine, plan(shop, path))).made.namespace == "counterpoint.customer", "it is done"


async def test_balances_are_lots_of_members_that_are_there(engine: Engine, tmp_path: Path) -> None:
    """Several of one member, each with its day; by any name the member answers to."""
    shop = await open_shop(engine, expiry=ROLLING)
    await imported(engine, plan(shop, write(tmp_path / "members.csv", ROWS)))
    rows = [
        {"id": "C3", "points": "10", "earned_at": "2026-01-10", "expires_at": "2026-12-01"},
        {"phone": "+4520123457", "points": "4.25"},
        {"id": "C3", "points": "20", "earned_at": "2026-02-10"},
        {"email": "CHIARA@example.com", "points": "1"},
        {"id": "C3", "email": "ben@example.com", "points": "1"},
        {"id": "C3"},
        {"id": "C3", "points": "1", "earned_at": "2019-01-01"},
        {"id": "C3", "points": "0"},
    ]
    ready = await prepared(engine, plan(shop, write(tmp_path / "balances.csv", rows), "balances"))
    assert await bad(engine, ready) == {
        4: "nobody has this email",
        5: "one of id, number, email, phone must say whose it is",
        6: "points: missing",
        8: "points: '0' is no amount above 0",
    }
    assert [step async for step in importing.write(engine, ready)][-1].done == 3
    lots = await fetch(
        engine,
        "SELECT l.points, l.earned_at, l.expires_at FROM memberships s"
        " CROSS JOIN LATERAL ledger_lots(s.account_id, s.bucket, 0) l"
        " JOIN identifiers i ON i.member_id = s.member_id WHERE i.tenant_id = $1 AND i.value = 'C3' ORDER BY l.version",
        shop.caller.tenant_id,
    )
    assert [
        (int(lot["points"]), lot["earned_at"].date().isoformat(), lot["expires_at"].date().isoformat()) for lot in lots
    ] == [
        (10, "2026-01-10", "2026-12-01"),
        (20, "2026-02-10", "2028-03-01"),
    ]
    assert await findings(engine, shop) == []


async def test_what_is_taken_after_the_check_is_a_bad_row(engine: Engine, shop: Shop, tmp_path: Path) -> None:
    """A name that somebody got meanwhile, and a reference that another file brought: the others are written."""
    rows = [{"id": "C1", "email": "taken@meanwhile.example"}, {"id": "C2"}]
    ready = await prepared(engine, plan(shop, write(tmp_path / "a.csv", rows)))
    await enrolled(engine, shop, profile=Profile(email="taken@meanwhile.example"))
    assert [step async for step in importing.write(engine, ready)][-1].done == 1
    assert await bad(engine, ready) == {1: "email: a member has it already"}
    bought = [{"id": "C2", "reference": number, "at": "2026-01-01", "amount": "5"} for number in ("R1", "R2")]
    two = [
        await prepared(engine, plan(shop, write(tmp_path / f"{count}.csv", bought[:count]), "orders"))
        for count in (1, 2)
    ]
    for each in two:
        assert [step async for step in importing.write(engine, each)][-1].done == 1
    assert await bad(engine, two[1]) == {1: "reference: an order has it already"}


async def test_rows_that_are_written_are_not_bad_later(
    engine: Engine, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was cut off is gone on with, whatever has become of those whose rows are written."""
    await imported(engine, plan(shop, write(tmp_path / "a.csv", [{"id": "C1"}, {"id": "C2"}])))
    monkeypatch.setitem(CHUNK_ROWS, "balances", 1)
    monkeypatch.setattr(importing, "AT_ONCE", 1)
    rows = [{"id": "C1", "points": "1"}, {"id": "C2", "points": "2"}]
    wanted = plan(shop, write(tmp_path / "b.csv", rows), "balances")
    async with aclosing(importing.write(engine, await prepared(engine, wanted))) as steps:
        async for step in steps:
            if step.done:
                break
    (first,) = await fetch(
        engine, "SELECT member_id FROM identifiers WHERE tenant_id = $1 AND canonical = 'C1'", shop.caller.tenant_id
    )
    await erasing.erase(engine, shop.caller.tenant_id, first["member_id"])
    ready = await prepared(engine, wanted)
    assert (ready.made.bad, await bad(engine, ready)) == (0, {})
    assert [step async for step in importing.write(engine, ready)][-1].done == 2


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.txt", "id\n", "is none of"),
        ("a.csv", "", "must name the columns"),
        ("a.csv", "id,colour\n", "there is no column 'colour'"),
        ("a.csv", "id,id\n", "twice"),
        ("a.csv", 'id\n"C1\n', "line 2"),
        ("a.csv", "id\n\udcff\n", "not in UTF-8: it has a byte 0xff"),
        ("a.jsonl", '{"colour": "red"}\n', "there is no column 'colour'"),
        ("a.jsonl", '{"id": "' + "x" * 1_000_000, "a line has more"),
        ("a.csv", "id\n" + "x" * 1_000_000, "a line has more"),
        ("a.csv.gz", "id\n", "a.csv.gz"),
        ("b.csv.gz", "\x1f\udc8b\x08" + "\0" * 7 + "\7", "b.csv.gz: .*decompressing"),
        ("a.parquet", "id\n", "a.parquet"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused(
    engine: Engine, shop: Shop, tmp_path: Path, name: str, text: str, why: str
) -> None:
    """With the line where it breaks off; nothing is written."""
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UnusableFileError, match=why):
        await prepared(engine, plan(shop, path))
    assert await people(engine, shop) == []


async def test_columns_of_parquet_are_read_whatever_their_types(engine: Engine, shop: Shop, tmp_path: Path) -> None:
    """Texts that are bytes by their type, and moments to the nanosecond; what is no text or no day is told."""

    def put(name: str, **columns: object) -> Plan:
        parquet.write_table(pa.table(columns), tmp_path / name)
        return plan(shop, tmp_path / name)

    moment = pa.array([1_600_000_000_123_456_789], pa.timestamp("ns"))
    assert await imported(engine, put("a.parquet", id=pa.array([b"C1"]), joined_at=moment)) == 1
    (cleo,) = await people(engine, shop)
    assert cleo["names"]["external"] == "C1"
    assert cleo["created_at"].isoformat() == "2020-09-13T12:26:40.123456+00:00"
    points = pa.array([Decimal("0.00000000"), Decimal("0.00000001")], pa.decimal128(18, 8))
    assert await imported(engine, put("c.parquet", id=pa.array(["C2", "C3"]), points=points)) == 2
    assert {row["names"]["external"]: row["posted"] for row in await people(engine, shop)} == {
        "C1": 0, "C2": 0, "C3": Decimal("1E-8"),
    }  # fmt: skip
    for wrong in (
        {"id": pa.array([b"\xff"])},
        {"joined_at": pa.array([10**15], pa.timestamp("ms"))},
        {"joined_at": pa.array([1], pa.time64("ns"))},
    ):
        with pytest.raises(UnusableFileError, match=r"b\.parquet"):
            await prepared(engine, put("b.parquet", **wrong))


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "id\r\nC1\r\nC2\r\n"), ("a.jsonl", '{"id": "C1"}\r\n{"id": "C2"}\r\n')]
)
async def test_a_file_of_a_spreadsheet_is_read(
    engine: Engine, shop: Shop, tmp_path: Path, name: str, text: str
) -> None:
    """With a byte order mark, and lines that end as on Windows."""
    (tmp_path / name).write_text(text, encoding="utf-8-sig", newline="")
    assert await imported(engine, plan(shop, tmp_path / name)) == 2
    assert [row["names"]["external"] for row in await people(engine, shop)] == ["C1", "C2"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "name,email\nC1,\nC2\nC3,\nC4,,\nC5,\n"),
        ("a.jsonl", '{"name": "C1"}\n[]\n{"name": "C3"}\n{"name": {"a": 1}}\n{"name": "C5"}\n'),
        ("b.jsonl", '{"name": "C1"}\n{"name": \n{"name": "C3"}\nnull\n{"name": "C5"}\n'),
    ],
)
async def test_a_line_that_is_no_row_is_a_bad_row(
    engine: Engine, shop: Shop, tmp_path: Path, name: str, text: str
) -> None:
    """By its number, and with the line; those around it are good."""
    (tmp_path / name).write_text(text.replace("name", "id"))
    ready = await prepared(engine, plan(shop, tmp_path / name))
    assert (ready.made.rows, ready.made.bad) == (5, 2)
    found = [each async for each in importing.bad_rows(engine, ready.made)]
    assert [row for row, _ in found] == [2, 4]
    line = 3 if name.endswith(".csv") else 2
    assert found[0][1].startswith(f"line {line}: ")


async def test_a_program_that_there_is_not_is_told(engine: Engine, shop: Shop, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ROWS)
    wanted = Plan(slug=shop.caller.tenant_id.hex, kind="members", path=path, program="NONE")
    with pytest.raises(ProgramNotFound):
        await prepared(engine, wanted)
    assert (await prepared(engine, Plan(slug=wanted.slug, kind="members", path=path, program="P"))).made.rows == 4
    assert engine.clock() == NOW
