"""Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from training.sources.chunks import CHUNK_ROWS
from training.sources.texts import show_values, write_values

Write = Callable[[list[Any], str], list[str | None]]


def read_names(path: Path) -> list[str]:
    """Return the names of the columns."""
    with _open(path) as file:
        return list(file.schema_arrow.names)


def count_rows(path: Path) -> int:
    """Return the number of rows."""
    with _open(path) as file:
        return int(file.metadata.num_rows)


def read_chunks(path: Path, columns: list[str], write: Write = write_values) -> Iterator[pd.DataFrame]:
    """Yield `columns` of a Parquet file as the texts that `write` gives, NaN where missing, in pieces of (n, columns).

    Raises:
        CellError: a value is no single one, but a list, say.
    """
    with _open(path) as file:
        for batch in file.iter_batches(CHUNK_ROWS, columns=columns, use_threads=False):
            yield pd.DataFrame({column: _texts(batch.column(column), column, write) for column in columns})


def read_cells(path: Path, column: str) -> Iterator[tuple[str, str | None]]:
    """Yield where each value of a column is, and its text, whatever it is; None is missing."""
    row = 0
    for chunk in read_chunks(path, [column], lambda values, _column: show_values(values)):
        for text in chunk[column]:
            row += 1
            yield f"row {row:,}", text if isinstance(text, str) else None


def _open(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(path, page_checksum_verification=True)


def _texts(values: Any, column: str, write: Write) -> pd.Series:
    """Return the texts of a column; only distinct values are turned into texts."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_nested(values.type):
        return pd.Series(write(values.to_pylist(), column), dtype=str)
    if not types.is_dictionary(values.type):
        values = values.dictionary_encode()
    texts = pa.array(write(_read(values.dictionary), column), pa.string())
    try:
        return pd.Series(texts.take(values.indices).to_pandas(), dtype=str)
    except pa.ArrowIndexError as error:
        raise ValueError(f"its dictionary lacks a value: {error}") from None


def _read(distinct: Any) -> list[Any]:
    """Return values as Python has them; dates beyond its years are texts."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_floating(distinct.type):  # the text of a 32-bit number has as many digits as that number has
        return [text and float(text) for text in distinct.cast(pa.string()).to_pylist()]
    try:
        return list(distinct.to_pylist())
    except (ValueError, OverflowError):
        return [_read_date(value, text) for value, text in zip(distinct, distinct.cast(pa.string()), strict=True)]


def _read_date(value: Any, text: Any) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return text.as_py()
