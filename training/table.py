"""The table: read in chunks, checked, and folded into distinct rows with counts."""

from __future__ import annotations

import hashlib
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training import ROOT
from training.errors import InputError
from training.problem import Problem

CHUNK_ROWS = 100_000
MOST_ROWS = 10**9  # a line may stand for, and a class may have fewer: numpy's limit for an exact split
UNREADABLE = (OSError, EOFError, ValueError, zlib.error)
COUNT = 0  # a column of a CSV file is named by a text, so no column has this name


@dataclass(frozen=True)
class Table:
    """The distinct rows of a table, sorted, and how often each occurs.

    `rows` holds the features and the target as texts (missing: NaN), `counts` one whole number per row of it.
    """

    rows: pd.DataFrame
    counts: NDArray[np.int64]
    source: str
    sha256: str
    notices: tuple[str, ...]


def read_table(source: str, problem: Problem) -> Table:
    """Read the table at `source`, a path or file:// URI of a CSV or CSV.gz file, and fold identical rows.

    Memory grows with the distinct rows, not with the rows.

    Raises:
        InputError: the file is missing, empty or no CSV, lacks a column, or has a value that cannot be used.
    """
    path = locate(source)
    header = _header(path)
    notices = []
    weight = problem.weight
    if weight is not None and weight not in header:
        notices.append(f"{path.name} has no column {weight!r}: each of its lines counts as one row")
        weight = None
    ignored = {name for name, column in problem.columns.items() if column.ignore}
    columns = [name for name in header if name not in ignored and name != weight]
    _check_columns(columns, header, path, problem)

    folded: pd.DataFrame | None = None
    for chunk in _chunks(path):
        chunk[COUNT] = _whole_numbers(chunk[weight], path) if weight else 1
        part = _fold(chunk, columns)
        folded = part if folded is None else _fold(pd.concat([folded, part]), columns)
    if folded is None or folded.empty:
        raise InputError(f"{path} has a header but no rows")
    folded[columns] = folded[columns].mask(folded[columns].isin(problem.missing_values))
    folded = _fold(folded[folded[COUNT] > 0], columns).sort_values(columns, ignore_index=True)
    if folded.empty:
        raise InputError(f"{path}: all counts of the weight {weight!r} are 0")
    table = Table(
        folded[columns].astype(object), folded[COUNT].to_numpy(np.int64), path.name, _sha256(path), tuple(notices)
    )
    _check_target(table, path, problem)
    return table


def _fold(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the distinct rows of `rows`, with their counts added up."""
    return rows.groupby(columns, dropna=False, sort=False)[COUNT].sum().reset_index()


def locate(source: str) -> Path:
    """Return the path that `source` names; a relative one is looked for in the working folder, then in the root."""
    parts = urlsplit(source)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if "://" in source:
        raise InputError(f"{source} cannot be read: a path or a file:// URI of a CSV file is expected")
    return Path(source) if Path(source).exists() else ROOT / source


def _header(path: Path) -> list[str]:
    try:
        first = pd.read_csv(path, header=None, nrows=1, dtype=str, na_filter=False, compression=_compression(path))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; name the table with `data` in problem.toml or with --data") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} is empty: a CSV file with a header is expected") from None
    except UNREADABLE as error:
        raise InputError(f"{path} cannot be read as CSV: {error}") from None
    header = first.iloc[0].tolist()
    for position, name in enumerate(header):
        if not name:
            raise InputError(f"{path}: column {position + 1} has no name; name it, or leave it out")
        if name in header[:position]:
            raise InputError(f"{path} has more than one column named {name!r}; rename them")
    return header


def _compression(path: Path) -> Literal["gzip"] | None:
    return "gzip" if path.suffix == ".gz" else None


def _check_columns(columns: list[str], header: list[str], path: Path, problem: Problem) -> None:
    found = f"its columns are {', '.join(header)}"
    if problem.target not in columns:
        raise InputError(f"{path} lacks the target {problem.target!r}; {found}")
    for name in [*problem.columns, *problem.sensitive]:
        if name not in header:
            raise InputError(f"{path} lacks the column {name!r} of problem.toml; {found}")
    if len(columns) < 2:
        raise InputError(f"{path} has no feature beside the target {problem.target!r}; {found}")


def _chunks(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the table in pieces, each value a text, as it stands in the file."""
    try:
        with (
            warnings.catch_warnings(),
            pd.read_csv(
                path,
                dtype=str,
                na_filter=False,
                index_col=False,
                compression=_compression(path),
                chunksize=CHUNK_ROWS,
            ) as reader,
        ):
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a line with more values than the header has names
            yield from reader
    except (*UNREADABLE, pd.errors.ParserWarning) as error:
        raise InputError(f"{path} cannot be read as CSV: {error}") from None


def _whole_numbers(column: pd.Series, path: Path) -> NDArray[np.int64]:
    numbers = pd.to_numeric(column.astype(object), errors="coerce")
    bad = column[~((numbers >= 0) & (numbers % 1 == 0) & (numbers < MOST_ROWS))]
    if len(bad):
        given = repr(bad.iloc[0]) if bad.iloc[0] else "an empty value"
        raise InputError(
            f"{path}: the weight {column.name!r} holds {given}; counts are whole numbers from 0 to {MOST_ROWS - 1:,}"
        )
    return numbers.to_numpy(np.int64)


def _check_target(table: Table, path: Path, problem: Problem) -> None:
    target = table.rows[problem.target]
    missing = int(table.counts[target.isna()].sum())
    if missing:
        raise InputError(f"{path}: the target {problem.target!r} is missing in {missing:,} rows; fill or drop them")
    classes = sorted(target.unique())
    if len(classes) != 2:
        found = ", ".join(map(repr, classes[:5])) + (", ..." if len(classes) > 5 else "")
        count = "one class" if len(classes) == 1 else f"{len(classes)} classes" if classes else "no class"
        raise InputError(f"{path}: the target {problem.target!r} has {count} ({found}); two are needed")
    if problem.positive not in classes:
        raise InputError(
            f"{path}: positive = {problem.positive!r} is not a class of {problem.target!r}; "
            f"its classes are {', '.join(map(repr, classes))}"
        )
    if problem.labels and set(problem.labels) != set(classes):
        raise InputError(
            f"labels names the classes {', '.join(map(repr, problem.labels))}, "
            f"but {path} has {', '.join(map(repr, classes))}"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
