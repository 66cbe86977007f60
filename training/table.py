"""The table: checked, and folded into distinct rows with counts, the same whichever source it is read from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import InputError
from training.problem import Column, Problem
from training.sources.chunks import CHUNK_ROWS, COUNT
from training.sources.source import Source, open_source
from training.sources.texts import MISSING_WORDS, read_numeral

NUMBERS_PER_ODD_TEXT = 4  # and the column was probably meant to be a number


@dataclass(frozen=True)
class Table:
    """The distinct rows of a table, sorted, and how often each occurs.

    `rows` holds the features and the target as texts (missing: NaN), `counts` one whole number per row of it. `sha256`
    is that of the file, None for a database; `content_sha256` that of rows and counts, equal for every source of the
    same table: a line of JSON for each column, its name and then its texts (missing: null), and one of the counts.
    """

    rows: pd.DataFrame
    counts: NDArray[np.int64]
    source: str
    sha256: str | None
    content_sha256: str
    notices: tuple[str, ...]


def read_table(source: str, problem: Problem) -> Table:
    """Read the table at `source` and fold identical rows; memory grows with the distinct rows, not with the rows.

    `source` is a path, file:// URI or s3://bucket/key of a CSV (.csv, .csv.gz, .csv.zst) or Parquet file, or the URL of
    a database, of which `problem.query` is read. The numbers of a column of numbers are written in one way, 0.1 for
    0.10, in whatever way the source writes them.

    Raises:
        InputError: the source cannot be read, lacks a column, or has a value that cannot be used.
    """
    with open_source(source, problem) as opened:
        columns, weight, notices = _choose_columns(opened, problem)
        folded = _fold_all(opened.chunks(columns, weight), columns)
    if folded is None:
        raise InputError(f"{opened.name} has a header but no rows")
    folded = folded[folded[COUNT] > 0]
    if folded.empty:
        raise InputError(f"{opened.name}: all counts of the weight {weight!r} are 0")
    folded[columns] = folded[columns].mask(folded[columns].isin(problem.missing_values))
    notices += [notice for name in columns for notice in _unify_numbers(folded, name, problem)]
    folded = _fold(folded, columns).sort_values(columns, ignore_index=True)
    missing = int(folded.loc[folded[problem.target].isna(), COUNT].sum())
    if missing:
        raise InputError(
            f"{opened.name}: the target {problem.target!r} is missing in {missing:,} rows; fill or drop them"
        )
    rows, counts = folded[columns].astype(object), folded[COUNT].to_numpy(np.int64)
    return Table(rows, counts, opened.title, opened.sha256, _content_sha256(rows, counts), tuple(notices))


def _choose_columns(source: Source, problem: Problem) -> tuple[list[str], str | None, list[str]]:
    """Return the columns to read, in the table's order, the weight if the table has it, and what there is to say."""
    header, weight, notices = source.header, problem.weight, []
    if weight is not None and weight not in header:
        notices.append(f"{source.title} has no column {weight!r}: each of its lines counts as one row")
        weight = None
    if problem.query is not None and source.sha256 is not None:
        notices.append(f"{source.title} is a file: the query of problem.toml is not used")
    # a sensitive column that is no feature is still what figures are told apart by
    ignored = {name for name, column in problem.columns.items() if column.ignore} - set(problem.sensitive)
    columns = [name for name in header if name not in ignored and name != weight]
    found = f"its columns are {', '.join(header)}"
    if problem.target not in columns:
        raise InputError(f"{source.name} lacks the target {problem.target!r}; {found}")
    for name in [*problem.columns, *problem.sensitive]:
        if name not in header:
            raise InputError(f"{source.name} lacks the column {name!r} of problem.toml; {found}")
    if len(columns) < 2:
        raise InputError(f"{source.name} has no feature beside the target {problem.target!r}; {found}")
    return columns, weight, notices


def _fold_all(chunks: Iterable[pd.DataFrame], columns: list[str]) -> pd.DataFrame | None:
    """Fold chunk by chunk, and what was folded anew only when it has doubled, so that each row is folded few times."""
    folded: list[pd.DataFrame] = []
    size = limit = 0
    for chunk in chunks:
        folded.append(_fold(chunk, columns))
        size += len(folded[-1])
        if size > limit:
            folded = [_fold(pd.concat(folded), columns)]
            size = len(folded[0])
            limit = 2 * size + CHUNK_ROWS
    return _fold(pd.concat(folded), columns) if size else None


def _fold(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the distinct rows of `rows`, with their counts added up."""
    return rows.groupby(columns, dropna=False, sort=False)[COUNT].sum().reset_index()


def _unify_numbers(rows: pd.DataFrame, name: str, problem: Problem) -> list[str]:
    """Write the numbers of a column in one way, if it holds nothing else; return a notice if there are a few texts."""
    if problem.is_quoted(name):
        return []
    written = {text: read_numeral(text) for text in rows[name].dropna().unique().tolist()}
    odd = sorted(text for text, number in written.items() if number is None)
    if not odd:
        numbers = rows[name].map(written)
        rows[name] = numbers.mask(numbers.isin([read_numeral(text) or text for text in problem.missing_values]))
        return []
    inferred = name != problem.target and problem.columns.get(name, Column()).kind is None
    numbers_are_few = len(written) - len(odd) < NUMBERS_PER_ODD_TEXT * len(odd)
    if not inferred or len(written) == len(odd) or (numbers_are_few and not MISSING_WORDS.issuperset(odd)):
        return []
    shown = ", ".join(map(repr, odd[:3])) + (", ..." if len(odd) > 3 else "")
    return [
        f"the column {name!r} holds {len(written) - len(odd):,} different numbers, but also {shown}: it is taken for a "
        'category; if that means missing, add it to missing_values in problem.toml, else set kind = "category" for it'
    ]


def _content_sha256(rows: pd.DataFrame, counts: NDArray[np.int64]) -> str:
    digest = hashlib.sha256()
    for name in rows.columns:
        texts = rows[name]
        digest.update(f"{json.dumps([name, *texts.where(texts.notna(), None)])}\n".encode())
    digest.update(json.dumps(counts.tolist()).encode())
    return digest.hexdigest()
