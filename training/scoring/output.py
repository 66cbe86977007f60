"""The output: what is written of each row, to a CSV or Parquet file that grows chunk by chunk."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cells import FORMULA, disarm
from training.errors import InputError
from training.scoring.chunk import Scored


class Output(Protocol):
    """A kind of file: `start` is what records begin with, `encode` what is added for a chunk, row by row."""

    start: bytes

    def encode(self, first: int, kept: pd.DataFrame, scored: Scored) -> bytes:
        """Return the records of a chunk whose first row has the number `first`; `kept` are the columns to repeat."""

    def finish(self, records: Path, whole: Path) -> None:
        """Make the file `whole` of all records."""


def make_output(path: Path, document: dict[str, Any], keep: Sequence[str]) -> Output:
    """Return the kind of file that the name of `path` asks for.

    Its columns are `row`, counted from 1, the columns `keep`, and of the model's answer `value`, or `label` and
    `probability`, and of more than two classes the probability of each.

    Raises:
        InputError: there is no such kind, or `keep` has a name twice, or one of the others.
    """
    labels = document["target"].get("labels", [])
    answer = ["label", "probability"] if labels else ["value"]
    columns = ["row", *keep, *answer, *(f"probabilities.{label}" for label in labels if len(labels) > 2)]
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise InputError(f"the output would have two columns {twice!r}; keep {twice!r} out of --keep")
    kinds: dict[str, type[CsvOutput | ParquetOutput]] = {".csv": CsvOutput, ".parquet": ParquetOutput}
    if path.suffix.lower() not in kinds or re.match(r"\w+:/", str(path)):
        raise InputError(f"{path} cannot be written: --out is a file here, and its name ends in .csv or .parquet")
    return kinds[path.suffix.lower()](columns, labels)


def answer_columns(answers: NDArray[np.float64], labels: list[str]) -> list[list[Any]]:
    """Return what is written of each answer, column by column; None where there is none."""
    finite = np.isfinite(answers.sum(axis=1))
    if not labels:
        return [[value if ok else None for value, ok in zip(answers[:, 0].tolist(), finite, strict=True)]]
    likeliest = np.where(finite, np.argmax(np.where(np.isfinite(answers), answers, -1), axis=1), 0)
    shown = answers[:, 1] if len(labels) == 2 else answers[np.arange(len(answers)), likeliest]
    shares = [shown, *(answers.T if len(labels) > 2 else ())]
    return [
        [labels[at] if ok else None for at, ok in zip(likeliest.tolist(), finite, strict=True)],
        *([share if ok else None for share, ok in zip(each.tolist(), finite, strict=True)] for each in shares),
    ]


class CsvOutput:
    """CSV (RFC 4180, but for line ends as Unix has them). A text that a spreadsheet would compute begins with '."""

    def __init__(self, columns: list[str], labels: list[str]) -> None:
        """Take the names of all columns, and the labels of the classes."""
        self._labels = labels
        self.start = write_lines([columns])

    def encode(self, first: int, kept: pd.DataFrame, scored: Scored) -> bytes:
        """Return a line for each row."""
        import pyarrow as pa
        from pyarrow import compute

        answers = [_write(column) for column in answer_columns(scored.answers, self._labels)]
        ends = _join(answers, ",").take(pa.array(scored.position))
        rows = pa.array(np.arange(first, first + len(scored.position))).cast(pa.large_string())
        lines = _join([_join([rows, *(_quote(kept[name]) for name in kept), ends], ","), ""], "\n")
        size = compute.sum(compute.binary_length(lines)).as_py() or 0
        return memoryview(lines.buffers()[2])[:size].tobytes()  # where the lines lie one behind the other

    def finish(self, records: Path, whole: Path) -> None:
        """Take the records as they are."""
        records.replace(whole)


class ParquetOutput:
    """Parquet. As a file of it cannot be added to, records are those of an Arrow stream until the end."""

    def __init__(self, columns: list[str], labels: list[str]) -> None:
        """Take the names of all columns, and the labels of the classes."""
        import pyarrow as pa

        width = (2 + len(labels) * (len(labels) > 2)) if labels else 1
        types = [pa.int64(), *[pa.string()] * (len(columns) - 1 - width), *[pa.float64()] * width]
        if labels:
            types[-width] = pa.string()
        self._labels = labels
        self._schema = pa.schema(list(zip(columns, types, strict=True)))
        self.start = self._schema.serialize().to_pybytes()

    def encode(self, first: int, kept: pd.DataFrame, scored: Scored) -> bytes:
        """Return a record batch."""
        import pyarrow as pa

        answer_types = self._schema.types[1 + len(kept.columns) :]
        answers = zip(answer_columns(scored.answers, self._labels), answer_types, strict=True)
        position = pa.array(scored.position)
        arrays = [
            pa.array(np.arange(first, first + len(scored.position))),
            *(pa.array(kept[name].astype(object), pa.string(), from_pandas=True) for name in kept),
            *(pa.array(values, kind).take(position) for values, kind in answers),
        ]
        batch = pa.record_batch(arrays, schema=self._schema)
        return bytes(batch.serialize().to_pybytes())

    def finish(self, records: Path, whole: Path) -> None:
        """Write the batches, one after the other, as row groups."""
        import pyarrow as pa
        from pyarrow import parquet

        unnamed = records.with_name("whole")
        with records.open("rb") as file, parquet.ParquetWriter(unnamed, self._schema) as writer:
            for batch in pa.ipc.open_stream(file):
                writer.write_batch(batch)
        unnamed.replace(whole)


def write_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return rows as lines of CSV, whose texts no spreadsheet takes for a formula."""
    file = io.StringIO()
    disarmed = ([disarm(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    csv.writer(file, lineterminator="\n").writerows(disarmed)
    return file.getvalue().encode()


def _write(column: list[Any]) -> Any:
    """Return numbers as Python writes them, and texts, as cells of CSV; None is nothing."""
    import pyarrow as pa

    if any(isinstance(cell, str) for cell in column):
        return _quote(pd.Series(column, dtype=str))
    return pa.array(["" if cell is None else repr(cell) for cell in column], pa.large_string())


def _quote(texts: pd.Series) -> Any:
    """Return texts as cells of CSV, so that no spreadsheet takes one for a formula; a class may be called -1."""
    import pyarrow as pa
    from pyarrow import compute

    given = pa.array(texts.astype(object), pa.large_string(), from_pandas=True)
    is_suspect = compute.match_substring_regex(given, f"^[{re.escape(''.join(FORMULA))}]")
    disarmed = pa.array(map(disarm, given.filter(is_suspect).to_pylist()), pa.large_string())
    safe = compute.replace_with_mask(given, is_suspect, disarmed)
    quoted = _join(['"', compute.replace_substring(safe, '"', '""'), '"'], "")
    return compute.if_else(compute.match_substring_regex(safe, '[",\r\n]'), quoted, safe).fill_null("")


def _join(cells: Sequence[Any], separator: str) -> Any:
    """Return texts row by row with a separator between; a plain text is that of every row."""
    import pyarrow as pa
    from pyarrow import compute

    scalars = [pa.scalar(cell, pa.large_string()) if isinstance(cell, str) else cell for cell in [*cells, separator]]
    return compute.binary_join_element_wise(*scalars)
