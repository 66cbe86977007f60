"""Files: CSV, plain or compressed, and Parquet, read in chunks of texts."""

from __future__ import annotations

import gzip
import io
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from training.errors import InputError
from training.sources.chunks import CHUNK_ROWS, check_header
from training.sources.texts import write_values

SUFFIXES = (".csv", ".csv.gz", ".csv.zst", ".parquet")
OTHER_SEPARATORS = (";", "\t", "|")
UNREADABLE = (OSError, EOFError, ValueError, NotImplementedError, zlib.error)


def read_header(path: Path, name: str) -> list[str]:
    """Return the names of the columns of a file; `name` is what messages call it.

    Raises:
        InputError: the file is missing, damaged, empty or of another kind, or a column has no name of its own.
    """
    try:
        if not path.exists():
            raise InputError(f"{name} does not exist; name the table with `data` in problem.toml or with --data")
        if not path.name.lower().endswith(SUFFIXES):
            raise InputError(
                f"{name} cannot be read: the name of a file ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
            )
        if _is_parquet(path):
            with _open_parquet(path) as file:
                return check_header(list(file.schema_arrow.names), name)
        with _open_csv(path) as file:
            first = pd.read_csv(file, header=None, nrows=1, dtype=str, na_filter=False)
    except pd.errors.EmptyDataError:
        raise InputError(f"{name} is empty: a CSV file with a header is expected") from None
    except UNREADABLE as error:
        raise _unreadable(path, name, error) from None
    header = first.iloc[0].tolist()
    for separator in OTHER_SEPARATORS:
        if len(header) == 1 and separator in header[0]:
            raise InputError(f"{name} has its values separated by {separator!r}; save it with commas between them")
    return check_header(header, name)


def read_chunks(path: Path, columns: list[str], name: str) -> Iterator[pd.DataFrame]:
    """Yield `columns` of a file in pieces of (at most CHUNK_ROWS, columns) texts.

    Values of a CSV file are the texts that stand in it; of a Parquet file, those of `write_values`, NaN where missing.

    Raises:
        InputError: the file is damaged, or a Parquet column holds lists or other nested values.
    """
    try:
        yield from _parquet_chunks(path, columns, name) if _is_parquet(path) else _csv_chunks(path, columns)
    except (*UNREADABLE, pd.errors.ParserWarning) as error:
        raise _unreadable(path, name, error) from None


def _is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(".parquet")


def _unreadable(path: Path, name: str, error: Exception) -> InputError:
    if isinstance(error, UnicodeDecodeError):
        return InputError(f"{name} is not in UTF-8 ({error.reason}: {error.object[error.start]:#x}); save it as UTF-8")
    lines = str(error).strip().splitlines() or [type(error).__name__]
    reason = lines[0].removeprefix("Error tokenizing data. C error: ")
    return InputError(f"{name} cannot be read as {'Parquet' if _is_parquet(path) else 'CSV'}: {reason}")


def _open_csv(path: Path) -> BinaryIO:
    suffix = path.suffix.lower()
    if suffix == ".zst":
        import pyarrow as pa  # its stream refuses a truncated file, zstandard's ends early

        stream: Any = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
        return io.BufferedReader(stream)
    if suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    return path.open("rb")


def _csv_chunks(path: Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    with (
        warnings.catch_warnings(),
        _open_csv(path) as file,
        pd.read_csv(file, dtype=str, na_filter=False, index_col=False, chunksize=CHUNK_ROWS) as reader,
    ):
        warnings.simplefilter("error", pd.errors.ParserWarning)  # a line with more values than the header has names
        for chunk in reader:
            yield chunk[columns]


def _open_parquet(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(path, page_checksum_verification=True)


def _parquet_chunks(path: Path, columns: list[str], name: str) -> Iterator[pd.DataFrame]:
    with _open_parquet(path) as file:
        for batch in file.iter_batches(CHUNK_ROWS, columns=columns, use_threads=False):
            yield pd.DataFrame({column: _texts(batch.column(column), column, name) for column in columns})


def _texts(values: Any, column: str, name: str) -> pd.Series:
    """Return the texts of a column of a Parquet file; only distinct values are turned into texts."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_nested(values.type):
        return pd.Series(write_values(values.to_pylist(), column, name), dtype=str)
    if not types.is_dictionary(values.type):
        values = values.dictionary_encode()
    distinct = values.dictionary
    if types.is_floating(distinct.type):  # the text of a 32-bit number has as many digits as that number has
        written = [text and float(text) for text in distinct.cast(pa.string()).to_pylist()]
    else:
        written = distinct.to_pylist()
    texts = pa.array(write_values(written, column, name), pa.string())
    return pd.Series(texts.take(values.indices).to_pandas(), dtype=str)
