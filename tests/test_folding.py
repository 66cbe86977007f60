"""Folding: identical rows made one with a count, however they are cut into chunks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from training import folding
from training.folding import fold, fold_all, sort
from training.sources.chunks import COUNT

COLUMNS = ["a", "b", "c"]


def make_rows(seed: int, size: int = 500) -> pd.DataFrame:
    """Return rows of texts, some missing, most of them not distinct."""
    generator = np.random.default_rng(seed)
    choices = np.array(["x", "X", "", "é", "10", "9", None], dtype=object)
    rows = pd.DataFrame({name: pd.Series(generator.choice(choices, size), dtype=str) for name in COLUMNS})
    rows[COUNT] = generator.integers(0, 5, size)
    return rows


def contents(rows: pd.DataFrame) -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for row, count in zip(rows[COLUMNS].fillna("missing").itertuples(index=False), rows[COUNT], strict=True):
        counts[tuple(row)] += count
    return counts


def test_fold_is_that_of_a_dictionary_in_the_order_of_first_rows() -> None:
    rows = make_rows(0)
    folded = fold(rows, COLUMNS)
    assert contents(folded) == contents(rows)
    assert list(contents(folded)) == list(contents(rows))
    assert len(folded) == len(contents(rows)) < len(rows)


def test_distinct_rows_stay_as_they_are() -> None:
    distinct = fold(make_rows(0), COLUMNS)
    pd.testing.assert_frame_equal(fold(distinct, COLUMNS), distinct)


def test_rows_are_sorted_by_one_column_after_the_other_and_missing_ones_come_last() -> None:
    rows = fold(make_rows(0), COLUMNS)
    pd.testing.assert_frame_equal(sort(rows, COLUMNS), rows.sort_values(COLUMNS, ignore_index=True))
    other = ["c", "a", "b"]
    pd.testing.assert_frame_equal(sort(rows, other), rows.sort_values(other, ignore_index=True))


def test_chunks_change_nothing_and_each_row_is_folded_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = make_rows(1)
    whole = fold_all([rows], COLUMNS)
    monkeypatch.setattr(folding, "CHUNK_ROWS", 7)
    sizes: list[int] = []

    def counted(part: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        sizes.append(len(part))
        return fold(part, columns)

    monkeypatch.setattr(folding, "fold", counted)
    chunked = fold_all([rows[start : start + 7] for start in range(0, len(rows), 7)], COLUMNS)
    assert whole is not None
    assert chunked is not None
    pd.testing.assert_frame_equal(chunked, whole)
    assert sum(sizes) < 4 * len(rows)


def test_no_rows_fold_to_nothing() -> None:
    assert fold_all([], COLUMNS) is None
    assert fold_all([make_rows(0)[:0]], COLUMNS) is None
