"""The checks: columns that a statistician would set aside or ask about before fitting anything."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.tree import DecisionTreeRegressor

from training.dataset import Dataset, Rows
from training.errors import InputError
from training.problem import Column, Problem
from training.sources.chunks import COUNT
from training.sources.texts import parse_numbers
from training.split import draw_parts
from training.table import Table

IDENTIFIER_SHARE = 0.95
MANY_CHOICES = 50
SPREAD = 3  # times as wide a range as there are rows
LEAKS = {"ROC AUC": 0.99, "R2": 0.97}  # from which on a feature alone is too good to be true
MOST_LEAVES = 64  # of the tree that tells a class; a number takes as many as there are


def set_aside(table: Table, problem: Problem) -> tuple[Table, list[str]]:
    """Return `table` without constant and identifier-like columns, and a notice for each.

    An identifier is a text or whole number with a different value in over 95 % of the rows. Whole numbers that are
    spread wide, as a price is, stay with a notice: they may be a measurement. A column whose kind or choices
    problem.toml gives stays.

    Raises:
        InputError: no feature is left.
    """
    notices, left_out = [], []
    total = int(table.counts.sum())
    for name in table.rows.columns:
        column = problem.columns.get(name, Column())
        if name == problem.target or column.ignore or column.kind is not None or column.choices is not None:
            continue
        distinct = table.rows[name].unique()
        if len(distinct) == 1 and isinstance(distinct[0], str):
            notices.append(f"the column {name!r} is {distinct[0]!r} in every row and is left out: it can tell nothing")
            left_out.append(name)
        elif len(distinct) > IDENTIFIER_SHARE * total and _is_text_or_whole(distinct):
            found = f"it has a different value in {len(distinct) / total:.0%} of the rows, as an identifier has"
            if _is_spread(distinct, total):
                notices.append(f"the column {name!r} is kept as a number, but {found}; if so, set ignore = true for it")
                continue
            notices.append(
                f"the column {name!r} is left out: {found}; set its kind in problem.toml to keep it, "
                'kind = "number" for a quantity'
            )
            left_out.append(name)
    if not left_out:
        return table, notices
    kept = [name for name in table.rows.columns if name not in left_out]
    if len(kept) < 2:
        raise InputError(f"{table.source} has no feature to learn from: " + "; ".join(notices))
    rows = table.rows[kept].copy()
    rows[COUNT] = table.counts
    rows = rows.groupby(kept, dropna=False)[COUNT].sum().reset_index()
    return dataclasses.replace(table, rows=rows[kept], counts=rows[COUNT].to_numpy()), notices


def _is_text_or_whole(distinct: NDArray[Any]) -> bool:
    numbers = parse_numbers([text for text in distinct if isinstance(text, str)])
    return bool(np.isnan(numbers).any() or (numbers % 1 == 0).all())


def _is_spread(distinct: NDArray[Any], total: int) -> bool:
    """Return whether these are numbers over a range far wider than they are many, which keys are not."""
    numbers = parse_numbers([text for text in distinct if isinstance(text, str)])
    return bool(np.isfinite(numbers).all() and np.ptp(numbers) > SPREAD * total)


def find_wide_categories(dataset: Dataset, problem: Problem) -> list[str]:
    """Return a notice for each inferred category of so many choices that it may be a date, a number or a free text."""
    notices = []
    for name, value in dataset.schema["properties"].items():
        choices = len(value.get("enum", []))
        column = problem.columns.get(name, Column())
        if choices > MANY_CHOICES and column.kind is None and column.choices is None:
            notices.append(
                f"the column {name!r} is taken for a category of {choices:,} choices, such as {value['enum'][0]!r}; "
                "the function will refuse any other. If it is none, set ignore = true for it in problem.toml, "
                'else kind = "category"'
            )
    return notices


def find_leaks(dataset: Dataset) -> list[str]:
    """Return a warning for each feature that alone all but gives the target away, with its solo figure.

    A regression tree is fitted on one half of the training rows for each class (or the number), and judged on the
    other half: by the ROC AUC, averaged over classes, or by R2.
    """
    train = dataset.train
    halves = draw_parts(train.counts, dataset.strata, [0.5, 0.5], np.random.default_rng([dataset.seed, 2]))
    first, second = (train.take(np.flatnonzero(half), half[half > 0]) for half in halves.T)
    figure = "ROC AUC" if dataset.target.classes else "R2"
    warnings = []
    for name in dataset.schema["properties"]:
        solo = float(np.mean([_solo(name, first, second, position) for position in _positions(dataset)]))
        if solo >= LEAKS[figure]:
            warnings.append(
                f"WARNING: {name!r} alone gives {dataset.target.name!r} away ({figure} {solo:.3f}). If it is not known "
                "before the outcome, the figures are worthless: set ignore = true for it in problem.toml"
            )
    return warnings


def _positions(dataset: Dataset) -> list[int | None]:
    """Return what is to be told from the rest: the positive class, each of several classes, or None for a number."""
    if not dataset.target.classes:
        return [None]
    return [1] if dataset.target.task == "binary" else list(range(len(dataset.target.classes)))


def _solo(name: str, first: Rows, second: Rows, position: int | None) -> float:
    """Return how well one feature alone, fitted on the rows `first`, predicts in the rows `second`."""
    known, wanted = (rows.target if position is None else rows.target == position for rows in (first, second))
    values, other = first.features[name], second.features[name]
    if values.dtype == object:  # a choice stands for its mean outcome, one not seen for that of all
        sums = pd.DataFrame({"rows": first.counts, "outcome": first.counts * known}).groupby(values, dropna=False).sum()
        means = (sums["outcome"] / sums["rows"]).to_dict()
        average = float(np.average(known, weights=first.counts))
        values, other = (column.map(means).fillna(average) for column in (values, other))
    tree = DecisionTreeRegressor(max_leaf_nodes=None if position is None else MOST_LEAVES, random_state=0)
    tree.fit(values.to_numpy(float)[:, None], known, sample_weight=first.counts)
    predicted = tree.predict(other.to_numpy(float)[:, None])
    of = r2_score if position is None else roc_auc_score
    return float(of(wanted, predicted, sample_weight=second.counts))
