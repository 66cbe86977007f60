"""The table: checked, and folded into distinct rows with counts, the same whichever source it is read from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import CellError, InputError
from training.folding import fold, fold_all, sort
from training.problem import Column, Problem
from training.sources.chunks import COUNT
from training.sources.names import suggest_name
from training.sources.places import locate
from training.sources.source import Opener, Source, open_source
from training.sources.texts import MISSING_WORDS, parse_numbers, read_numeral, write_number

MOST_COLUMNS = 200  # features, target and weight
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


def read_table(source: str, problem: Problem, opener: Opener = open_source) -> Table:
    """Read the table at `source` and fold identical rows; memory grows with the distinct rows, not with the rows.

    `source` is a path, file:// URI or s3://bucket/key of a CSV (.csv, .csv.gz, .csv.zst) or Parquet file, or the URL of
    a database, of which `problem.query` is read. The numbers of a column of numbers are written in one way, 0.1 for
    0.10, in whatever way the source writes them. `opener` is what opens the source.

    Raises:
        InputError: the source cannot be read, lacks a column, or has a value that cannot be used.
    """
    try:
        return _read(source, problem, opener)
    except CellError as error:
        raise locate(error, source, problem) from None


def _read(source: str, problem: Problem, opener: Opener) -> Table:
    with opener(source, problem) as opened:
        columns, weight, notices = _choose_columns(opened, problem)
        folded = fold_all(opened.chunks(columns, weight), columns)
    if folded is None:
        raise InputError(f"{opened.name} has a header but no rows")
    folded = folded[folded[COUNT] > 0]
    if folded.empty:
        raise InputError(f"{opened.name}: all counts of the weight {weight!r} are 0")
    folded[columns] = folded[columns].mask(folded[columns].isin(problem.missing_values))
    notices += [notice for name in columns for notice in _unify_numbers(folded, name, problem)]
    folded = sort(fold(folded, columns), columns)
    is_told = folded[problem.target].notna()
    if not is_told.any():
        raise InputError(f"{opened.name}: the target {problem.target!r} is missing in every row")
    if missing := int(folded.loc[~is_told, COUNT].sum()):
        lacking = f"{missing:,} row{'s' * (missing > 1)} without the target {problem.target!r}"
        notices.append(f"{lacking}: nothing can be learnt from what is not told, and such rows are left out")
    folded = folded[is_told].reset_index(drop=True)
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
    if problem.target not in columns:
        raise InputError(f"{source.name} lacks the target {problem.target!r}; {suggest_name(problem.target, header)}")
    for name in [*problem.columns, *problem.sensitive]:
        if name not in header:
            raise InputError(f"{source.name} lacks the column {name!r} of problem.toml; {suggest_name(name, header)}")
    if len(columns) < 2:
        raise InputError(
            f"{source.name} has no feature beside the target {problem.target!r}; {suggest_name('', header)}"
        )
    used = len(columns) + (weight is not None)
    if used > MOST_COLUMNS:
        raise InputError(
            f"{source.name} has {used:,} columns to read, {MOST_COLUMNS} at most can be; set ignore = true for others "
            "in problem.toml, or save the table without them"
        )
    return columns, weight, notices


def _unify_numbers(rows: pd.DataFrame, name: str, problem: Problem) -> list[str]:
    """Write the numbers of a column in one way, if it holds nothing else; return a notice if there are a few texts."""
    if problem.is_quoted(name):
        return []
    distinct = rows[name].dropna().unique().tolist()
    numbers = parse_numbers(distinct).tolist()
    odd = sorted(text for text, number in zip(distinct, numbers, strict=True) if number != number)
    if not odd:
        one_way = zip(distinct, map(write_number, numbers), strict=True)
        changed = {text: read_numeral(text) for text, number in one_way if text != number}
        missing = [number for number in map(read_numeral, problem.missing_values) if number is not None]
        unified = rows[name].map(lambda text: changed.get(text, text), na_action="ignore") if changed else rows[name]
        rows[name] = unified.mask(unified.isin(missing)) if missing else unified
        return []
    inferred = name != problem.target and problem.columns.get(name, Column()).kind is None
    usual = len(distinct) - len(odd)
    numbers_are_few = usual < NUMBERS_PER_ODD_TEXT * len(odd)
    if not inferred or not usual or (numbers_are_few and not MISSING_WORDS.issuperset(odd)):
        return []
    shown = ", ".join(map(repr, odd[:3])) + (", ..." if len(odd) > 3 else "")
    return [
        f"the column {name!r} holds {usual:,} different numbers, but also {shown}: it is taken for a "
        'category; if that means missing, add it to missing_values in problem.toml, else set kind = "category" for it'
    ]


def _content_sha256(rows: pd.DataFrame, counts: NDArray[np.int64]) -> str:
    digest = hashlib.sha256()
    for name in rows.columns:
        texts = rows[name]
        digest.update(f"{json.dumps([name, *texts.where(texts.notna(), None)])}\n".encode())
    digest.update(json.dumps(counts.tolist()).encode())
    return digest.hexdigest()
