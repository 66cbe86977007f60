"""Files: CSV, plain or compressed, and Parquet, read in chunks of texts."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from training.errors import InputError
from training.sources import delimited, parquet
from training.sources.chunks import CHUNK_ROWS
from training.sources.names import check_header

SUFFIXES = (".csv", ".csv.gz", ".csv.zst", ".parquet")
UNREADABLE = (OSError, EOFError, ValueError, NotImplementedError, zlib.error)


def read_header(path: Path, name: str) -> list[str]:
    """Return the names of the columns of a file; `name` is what messages call it.

    Raises:
        InputError: the file is missing, damaged, empty or of another kind, or a column has no name of its own.
    """
    try:
        if not path.exists():
            raise InputError(f"{name} does not exist; name the table with `data` in problem.toml or with --data")
        if path.is_dir():
            raise InputError(f"{name} is a folder; name the file in it that is the table")
        if not path.name.lower().endswith(SUFFIXES):
            raise InputError(
                f"{name} cannot be read: the name of a file ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
            )
        return check_header(parquet.read_names(path) if is_parquet(path) else delimited.read_names(path, name), name)
    except UNREADABLE as error:
        raise _unreadable(path, name, error) from None


def read_chunks(path: Path, columns: list[str], name: str) -> Iterator[pd.DataFrame]:
    """Yield `columns` of a file in pieces of (at most CHUNK_ROWS, columns) texts.

    Values of a CSV file are the texts that stand in it; of a Parquet file, those of `write_values`, NaN where missing.

    Raises:
        InputError: the file is damaged.
        CellError: a Parquet column holds lists or other nested values.
    """
    try:
        read = parquet.read_chunks(path, columns) if is_parquet(path) else delimited.read_chunks(path, columns, name)
        for chunk in read:
            for start in range(0, len(chunk), CHUNK_ROWS):
                yield chunk[start : start + CHUNK_ROWS].reset_index(drop=True)
    except UNREADABLE as error:
        raise _unreadable(path, name, error) from None


def read_cells(path: Path, column: str) -> Iterator[tuple[str, str | None]]:
    """Yield where each value of a column is, such as line 17, and its text; None is missing."""
    return parquet.read_cells(path, column) if is_parquet(path) else delimited.read_cells(path, column)


def count_rows(path: Path) -> int:
    """Return how many rows a file has; of a CSV file about that, since a line end may stand in a value."""
    try:
        return parquet.count_rows(path) if is_parquet(path) else delimited.count_lines(path) - 1
    except UNREADABLE as error:
        raise _unreadable(path, str(path), error) from None


def is_parquet(path: Path) -> bool:
    """Return whether a file is Parquet rather than CSV, by its name."""
    return path.name.lower().endswith(".parquet")


def _unreadable(path: Path, name: str, error: Exception) -> InputError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return InputError(f"{name} cannot be read as {'Parquet' if is_parquet(path) else 'CSV'}: {lines[0]}")
