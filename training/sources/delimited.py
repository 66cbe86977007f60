"""CSV files, plain or compressed."""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from training.errors import InputError
from training.sources.faults import (
    ENDLESS,
    MOST_BYTES,
    MOST_LINES,
    FaultError,
    check_head,
    check_header,
    check_row,
    check_rows,
    find_line,
    read_rows,
)


def read_names(path: Path, name: str) -> list[str]:
    """Return the names in the header of a CSV file; `name` is what messages call it.

    Raises:
        InputError: it is empty, or no CSV with commas.
    """
    return _read_header(path, name)[1]


def read_chunks(path: Path, columns: list[str], name: str) -> Iterator[pd.DataFrame]:
    """Yield `columns` of a CSV file as the texts that stand in it, in pieces of (n, columns).

    Raises:
        InputError: a row has a fault; the sentence says in which line.
    """
    import pyarrow as pa
    from pyarrow import csv

    line, header = _read_header(path, name)
    with open_csv(path) as file:
        watched = _Watched(file)
        try:
            with csv.open_csv(
                watched,
                csv.ReadOptions(
                    use_threads=False,
                    block_size=MOST_BYTES,
                    skip_rows=line - 1,
                    column_names=header,
                    skip_rows_after_names=1,
                ),
                csv.ParseOptions(newlines_in_values=True),
                csv.ConvertOptions(
                    column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, include_columns=columns
                ),
            ) as reader:
                for batch in reader:
                    yield batch.to_pandas()
        except FaultError as fault:
            _check(path, name)  # which says in which line
            raise InputError(f"{name}{fault}") from None
        except pa.ArrowInvalid as error:
            if _check(path, name):  # a header without a line end is an error, too
                raise InputError(f"{name} cannot be read as CSV: {_in_words(error)}") from None
    if watched.is_odd:
        _check(path, name)


def read_cells(path: Path, column: str) -> Iterator[tuple[str, str]]:
    """Yield where each value of a column is, and its text."""
    with open_csv(path) as file, contextlib.suppress(FaultError):
        rows = read_rows(file)
        _line, header = next(rows)
        position = header.index(column)
        for line, values in rows:
            yield f"line {find_line(line, values[:position]):,}", values[position]


def count_lines(path: Path) -> int:
    """Return how many line ends a file has, decompressed."""
    with open_csv(path) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(MOST_BYTES), b""))


def open_csv(path: Path) -> BinaryIO:
    """Open a CSV file, and decompress it."""
    suffix = path.suffix.lower()
    if suffix == ".zst":
        import pyarrow as pa  # its stream refuses a truncated file, zstandard's ends early

        stream: Any = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
        return io.BufferedReader(stream)
    if suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    return path.open("rb")


class _Watched:
    """A file that sees whether there is a NUL, or an odd number of quotes, so that one may not be closed.

    It fails for more empty lines than a table has, since a file of some kilobytes can unpack to millions of them.
    """

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._quotes, self._has_nul = file, 0, False

    @property
    def is_odd(self) -> bool:
        return self._has_nul or self._quotes % 2 == 1

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._quotes += data.count(b'"')
        self._has_nul = self._has_nul or b"\0" in data
        if any(2 * end in data and MOST_LINES * end in data for end in (b"\n", b"\r\n")):
            raise FaultError(f": {ENDLESS}")
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def _read_header(path: Path, name: str) -> tuple[int, list[str]]:
    """Return the header, and the line that it begins in."""
    try:
        with open_csv(path) as file:
            check_head(file.read(MOST_BYTES))
        with open_csv(path) as file:
            rows = list(itertools.islice(read_rows(file), 2))
        if not rows:
            raise InputError(f"{name} is empty: a CSV file with a header is expected")
        check_header(*rows[0])
        for line, values in rows[1:]:
            check_row(line, values, rows[0][1])
    except FaultError as fault:
        raise InputError(f"{name}{fault}") from None
    return rows[0]


def _check(path: Path, name: str) -> int:
    """Return how many rows a file without a fault has."""
    try:
        with open_csv(path) as file:
            return check_rows(file)
    except FaultError as fault:
        raise InputError(f"{name}{fault}") from None


def _in_words(error: Exception) -> str:
    if "straddl" in str(error):
        return f"a row has over {MOST_BYTES:,} bytes; shorten it"
    return str(error).splitlines()[0]
