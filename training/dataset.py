"""The dataset: a table made ready for estimators, with its schema, its target and its split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import InputError
from training.problem import Problem
from training.schema import Schema, derive_schema, label_column, parse_features
from training.sources.chunks import MOST_ROWS
from training.sources.texts import parse_numbers
from training.split import draw_parts
from training.table import Table
from training.target import Target, derive_target

TEST_SHARE = 0.2
FEWEST_ROWS = 50
FEWEST_PER_CLASS = 10


@dataclass(frozen=True)
class Rows:
    """Distinct rows: `features` (n, columns), `target` (n,), and `counts` (n,), how many rows each stands for.

    `target` holds positions in the target's classes, or numbers. `groups` (n, sensitive columns) holds the texts that
    figures are told apart by, also of columns that are no features.
    """

    features: pd.DataFrame
    target: NDArray[Any]
    counts: NDArray[np.int64]
    groups: pd.DataFrame

    def take(self, positions: NDArray[np.intp], counts: NDArray[np.int64] | None = None) -> Rows:
        """Return the rows at `positions`, with `counts` of their own where given."""
        features, groups = (part.iloc[positions].reset_index(drop=True) for part in (self.features, self.groups))
        return Rows(features, self.target[positions], self.counts[positions] if counts is None else counts, groups)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def total(self) -> int:
        """How many rows they stand for."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Dataset:
    """A table made ready for estimators: the rows to choose and fit on, and the rows held out.

    A table hardly folds if over half of its rows are distinct. `sensitive` has the label of each column of the groups.
    """

    schema: Schema
    target: Target
    train: Rows
    test: Rows
    sensitive: dict[str, str]
    hardly_folds: bool
    seed: int

    @property
    def strata(self) -> NDArray[np.int64]:
        """The stratum of each training row: its class; a number has none."""
        return strata(self.target, self.train.target)

    @property
    def class_rates(self) -> NDArray[np.float64]:
        """The share of each class in the training rows, shape (classes,)."""
        counts = np.bincount(self.train.target, self.train.counts, minlength=len(self.target.classes))
        return np.asarray(counts / counts.sum())

    @property
    def base_value(self) -> float:
        """The training rows' share of the positive class (binary) or mean (regression): what is usual."""
        return float(np.average(self.train.target, weights=self.train.counts))


def strata(target: Target, values: NDArray[Any]) -> NDArray[np.int64]:
    """Return what a split is stratified by: the class; a number has none."""
    return np.zeros(len(values), dtype=np.int64) if target.task == "regression" else values


def prepare(table: Table, problem: Problem) -> Dataset:
    """Derive the schema and the target of `table`, and hold out a fifth of its rows by chance of the problem's seed.

    Raises:
        InputError: a column cannot be used, or there are too few rows to hold some out and choose by the rest.
    """
    target = derive_target(table, problem)
    values = target.parse(table.rows[problem.target])
    check_rows(table, target, values)
    schema = derive_schema(table, problem)
    sensitive = [name for name in problem.sensitive if name in table.rows]  # a constant one was left out
    rows = Rows(parse_features(table.rows, schema), values, table.counts, table.rows[sensitive])
    generator = np.random.default_rng(problem.seed)
    drawn = draw_parts(table.counts, strata(target, values), [TEST_SHARE, 1 - TEST_SHARE], generator)
    test, train = (rows.take(np.flatnonzero(part), part[part > 0]) for part in drawn.T)
    labels = {name: label_column(name, problem) for name in sensitive}
    return Dataset(schema, target, train, test, labels, len(rows) > table.counts.sum() / 2, problem.seed)


def check_rows(table: Table, target: Target, values: NDArray[Any]) -> None:
    """Raise InputError for a table of too few rows, in all or of a class, or of too many."""
    total = int(table.counts.sum())
    if total < FEWEST_ROWS:
        raise InputError(
            f"{table.source} has {total} rows; at least {FEWEST_ROWS} are needed "
            "to hold some out and choose by the rest"
        )
    for position, name in enumerate(target.classes):
        rows = int(table.counts[values == position].sum())
        if rows < FEWEST_PER_CLASS:
            quantity = target.task == "multiclass" and np.isfinite(parse_numbers(target.classes)).all()
            cure = 'if it is a quantity, set task = "regression"' if quantity else "drop them, or merge it with another"
            raise InputError(
                f"the class {name!r} of {target.name!r} has {rows} row{'s' * (rows != 1)}; "
                f"{FEWEST_PER_CLASS} are needed; {cure}"
            )
        if rows >= MOST_ROWS:
            raise InputError(f"the class {name!r} of {target.name!r} has {rows:,} rows; less than {MOST_ROWS:,} can be")
    if not target.classes and total >= MOST_ROWS:
        raise InputError(f"{table.source} has {total:,} rows; less than {MOST_ROWS:,} can be")
