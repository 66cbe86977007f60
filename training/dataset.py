"""The dataset: a table made ready for estimators, with its schema and its split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import InputError
from training.problem import Problem
from training.schema import Schema, derive_schema, parse_features
from training.split import TEST, split_counts
from training.table import MOST_ROWS, Table

TEST_SHARE = 0.2
FOLDS = 5
FEWEST_PER_CLASS = 2 * FOLDS


@dataclass(frozen=True)
class Dataset:
    """A table made ready for estimators: its schema, and one row per distinct row and part of the split.

    `features` holds the schema's columns, `positive` whether the row is of the positive class, `part` the fold (0, 1,
    ...) or TEST, `counts` how many rows it stands for; all of shape (n,) or (n, features).
    """

    schema: Schema
    features: pd.DataFrame
    positive: NDArray[np.bool_]
    part: NDArray[np.int64]
    counts: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> Dataset:
        """Return the rows that `chosen`, of shape (n,), marks."""
        return Dataset(
            self.schema, self.features[chosen], self.positive[chosen], self.part[chosen], self.counts[chosen]
        )

    @property
    def train(self) -> Dataset:
        """The rows to choose and fit on."""
        return self.where(self.part != TEST)

    @property
    def test(self) -> Dataset:
        """The held-out rows."""
        return self.where(self.part == TEST)

    @property
    def base_rate(self) -> float:
        """The share of the positive class."""
        return float(self.counts[self.positive].sum() / self.counts.sum())


def prepare(table: Table, problem: Problem, seed: int) -> Dataset:
    """Derive the schema of `table` and split its rows by chance of `seed`.

    Raises:
        InputError: a column cannot be used, or a class has too few rows to be split.
    """
    classes = table.rows[problem.target].to_numpy(object)
    for name in sorted(set(classes)):
        rows = int(table.counts[classes == name].sum())
        if rows < FEWEST_PER_CLASS:
            raise InputError(f"the class {name!r} of {problem.target!r} has {rows} rows; {FEWEST_PER_CLASS} are needed")
        if rows >= MOST_ROWS:
            raise InputError(
                f"the class {name!r} of {problem.target!r} has {rows:,} rows; less than {MOST_ROWS:,} can be"
            )
    schema = derive_schema(table, problem)
    features = parse_features(table.rows, schema)
    parts = split_counts(table.counts, classes, TEST_SHARE, FOLDS, np.random.default_rng(seed))
    row = parts["row"].to_numpy()
    return Dataset(
        schema,
        features.iloc[row].reset_index(drop=True),
        classes[row] == problem.positive,
        parts["part"].to_numpy(),
        parts["count"].to_numpy(),
    )
