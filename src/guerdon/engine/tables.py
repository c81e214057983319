"""Reads files of rows: CSV, JSON Lines and Parquet, plain or gzip; a few rows at a time, however long the file is."""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Never, TypeVar, cast

import msgspec

from guerdon.core.imports import BESIDE, LINES, UnusableFileError
from guerdon.engine.sifting import Wrong

BATCH_ROWS = 10_000
LONGEST_FIELD = 200_000
"""The lines of an order are one."""

LONGEST_LINE = 1_000_000
"""Of a file: what is compressed may be as long as it likes."""

Text = TypeVar("Text", str, bytes)
Rows = Iterator[Sequence[str | None]]


class Broken(Sequence[str | None]):
    """A row that cannot be read, where those behind it can: whoever looks into it is told what is wrong with it."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __len__(self) -> int:
        return 1

    def __getitem__(self, _: object) -> Never:
        raise Wrong(self.why)


def digest(path: Path) -> bytes:
    """What tells a file from every other.

    Raises:
        UnusableFileError: it cannot be read.
    """
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").digest()
    except OSError as error:
        raise UnusableFileError(f"{path}: {error.strerror}") from None


def rows(path: Path, columns: Sequence[str]) -> Rows:
    """The rows of a file as texts, in the order of columns; what is absent, null or empty is None.

    Args:
        path: its name says what it is: .csv, .jsonl or .ndjson, each with or without .gz, or .parquet.
        columns: all that it may have.

    Raises:
        UnusableFileError: it is none of these, or has other columns; while it is read, where it breaks off.
    """
    suffixes = [suffix for suffix in path.suffixes[-2:] if suffix != ".gz"]
    kind = suffixes[-1] if suffixes else ""
    try:
        if kind == ".parquet":
            yield from _parquet(path, columns)
            return
        with ExitStack() as stack:
            source: IO[bytes] = stack.enter_context(path.open("rb"))
            if path.suffix == ".gz":
                source = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=source)))
            if kind == ".csv":
                text = stack.enter_context(io.TextIOWrapper(source, encoding="utf-8-sig", newline=""))
                yield from _csv(text, columns)
            elif kind in {".jsonl", ".ndjson"}:
                yield from _lines(source, columns)
            else:
                raise UnusableFileError(f"{path.name} is none of .csv, .jsonl, .ndjson (or those with .gz), .parquet")
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableFileError(f"{path.name}: {error}") from None


def _known(names: Sequence[str], columns: Sequence[str]) -> None:
    if strange := [name for name in names if name not in columns]:
        raise UnusableFileError(f"there is no column {strange[0]!r}, only {', '.join(columns)}")
    if len(set(names)) < len(names):
        raise UnusableFileError("a column is there twice")


def _csv(source: IO[str], columns: Sequence[str]) -> Rows:
    csv.field_size_limit(LONGEST_FIELD)
    lines = csv.reader(_bounded(source), strict=True)
    try:
        names = next(lines, None)
        if not names:
            raise UnusableFileError("the first line must name the columns")
        _known([name for name in names if name not in BESIDE], columns)
        places = [names.index(column) if column in names else None for column in columns]
        width = len(names)
        for line in lines:
            if not line:
                continue
            if len(line) != width:
                yield Broken(f"line {lines.line_num}: {len(line)} fields, and not {width}")
                continue
            yield [None if place is None else line[place] or None for place in places]
    except UnicodeDecodeError as error:
        raise UnusableFileError(f"it is not in UTF-8: it has a byte 0x{error.object[error.start]:02x}") from None
    except csv.Error as error:
        raise UnusableFileError(f"line {lines.line_num}: {error}") from None


def _bounded(source: IO[Text]) -> Iterator[Text]:
    """Lines, none of which fills the memory.

    Raises:
        UnusableFileError: one would.
    """
    read = source.readline
    while line := read(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise UnusableFileError(f"a line has more than {LONGEST_LINE:,} characters")
        yield line


def _lines(source: IO[bytes], columns: Sequence[str]) -> Rows:
    value: Any = str | int | float | bool | None
    model = dict[str, value | list[dict[str, value]]] if LINES in columns else dict[str, value]
    decoder = msgspec.json.Decoder(model, float_hook=str)
    for number, line in enumerate(_bounded(source), 1):
        if not line.strip():
            continue
        try:
            row = decoder.decode(line if number > 1 else line.removeprefix(codecs.BOM_UTF8))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Broken(f"line {number}: {error}"[:300])
            continue
        if not row.keys() <= set(columns):
            _known(list(row), columns)
        yield [_text(row.get(column)) for column in columns]


def _parquet(path: Path, columns: Sequence[str]) -> Rows:
    try:
        from pyarrow import ArrowException, parquet, timestamp, types  # noqa: PLC0415 - an extra of its own
    except ImportError:
        raise UnusableFileError("Parquet needs more: pip install 'guerdon[parquet]'") from None
    try:
        with parquet.ParquetFile(path) as opened:
            names = opened.schema_arrow.names
            _known(names, columns)
            for batch in opened.iter_batches(BATCH_ROWS):
                given = {
                    # Moments are as exact as ours: what is finer than a microsecond has no other way to Python.
                    name: (
                        column.cast(timestamp("us", column.type.tz), safe=False)
                        if types.is_timestamp(column.type)
                        else column
                    ).to_pylist()
                    for name, column in zip(names, batch.columns, strict=True)
                }
                empty = [None] * batch.num_rows
                yield from (
                    [_text(value) for value in row]
                    for row in zip(*(given.get(column, empty) for column in columns), strict=True)
                )
    except UnusableFileError:
        raise
    except (ArrowException, ValueError, OverflowError) as error:
        raise UnusableFileError(f"{path.name}: {error}") from None


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    if isinstance(value, Decimal):  # 0 with as many places as the column has is 0E-8 else
        return format(value, "f")
    if isinstance(value, bytes):  # a column of texts that does not say that it is one
        return value.decode()
    return value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else str(value)
