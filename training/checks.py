"""The checks: columns that a statistician would set aside or ask about before fitting anything."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.tree import DecisionTreeRegressor

from training.amounts import find_amount
from training.dataset import Dataset, Rows
from training.errors import InputError
from training.folding import fold, sort
from training.kinds import Kind, find_distinct, find_kind
from training.problem import Column, Problem
from training.sources.chunks import COUNT
from training.sources.texts import parse_numbers
from training.split import draw_parts
from training.table import Table

IDENTIFIER_SHARE = 0.95
TEXT_SHARE = 0.5
SPREAD = 3  # times as wide a range as there are rows
LEAKS = {"ROC AUC": 0.99, "R2": 0.97}  # from which on a feature alone is too good to be true
PLAIN = "write them plainly, such as 1234.5, to have it as a number"
MOST_LEAVES = 64  # of the tree that tells a class; a number takes as many as there are


def set_aside(table: Table, problem: Problem) -> tuple[Table, dict[str, str]]:
    """Return `table` without the columns that nothing can be learnt from, and why each of them is left out.

    These are empty and constant ones, identifiers, which are texts or whole numbers with a different value in over 95 %
    of the rows, and free texts, which are seldom the same twice. Whole numbers that are spread wide, as a price is,
    stay: they may be a measurement. So does a column whose kind or choices problem.toml gives.

    Raises:
        InputError: no feature is left.
    """
    left_out: dict[str, str] = {}
    for name in table.rows.columns:
        column = problem.columns.get(name, Column())
        if name == problem.target or column.ignore or column.kind is not None or column.choices is not None:
            continue
        if reason := _find_reason(table.rows[name], table.counts, column):
            left_out[name] = reason
    if not left_out:
        return table, left_out
    kept = [name for name in table.rows.columns if name not in left_out]
    if kept == [problem.target]:
        reasons = "; ".join(f"{name!r}: {reason}" for name, reason in left_out.items())
        raise InputError(f"{table.source} has no feature to learn from: {reasons}")
    rows = table.rows[kept].copy()
    rows[COUNT] = table.counts
    rows = sort(fold(rows, kept), kept)
    return dataclasses.replace(table, rows=rows[kept], counts=rows[COUNT].to_numpy(np.int64)), left_out


def _find_reason(texts: pd.Series, counts: NDArray[np.int64], column: Column) -> str | None:
    """Return why nothing can be learnt from a column, None if something may be."""
    distinct = find_distinct(texts)
    if not distinct:
        return "it is empty"
    if len(distinct) == 1 and texts.notna().all():
        return f"it is {distinct[0]!r} in every row, which tells nothing"
    total, present = int(counts.sum()), int(counts[texts.notna()].sum())
    kind = find_kind(texts, counts, column)
    if kind.name == "integer":
        spread = np.ptp(parse_numbers(distinct)) > SPREAD * total
        if len(distinct) > IDENTIFIER_SHARE * total and not spread:
            return f'{_share(distinct, total)}, as an identifier has; if it is a quantity, set kind = "number" for it'
    if kind.name != "category":
        return None
    is_key, is_text = len(distinct) > IDENTIFIER_SHARE * total, kind.other and len(distinct) > TEXT_SHARE * present
    if (is_key or is_text) and (amount := find_amount(distinct)):
        return f"{_mixed(distinct, amount)}; {PLAIN}"
    keep = 'to keep it nevertheless, set kind = "category" for it'
    if is_key:
        return f"{_share(distinct, total)}, as an identifier or free text has; {keep}"
    if is_text:
        of_those = " that have one" if present < total else ""
        return f"{_share(distinct, present)}{of_those}, as free text has; {keep}"
    return None


def _mixed(distinct: list[str], amount: str) -> str:
    """Return in words that a column of numbers has some, or all of them, written as texts."""
    numbers = int(np.isfinite(parse_numbers(distinct)).sum())
    if amount != amount.strip():
        return f"its numbers have spaces beside them, such as {amount!r}"
    if 2 * numbers > len(distinct):
        return f"it holds texts such as {amount!r} beside {numbers:,} different numbers"
    return f"its numbers are written as texts, such as {amount!r}"


def _share(distinct: list[str], rows: int) -> str:
    return f"it has a different value in {len(distinct) / rows:.0%} of the rows"


def find_doubts(table: Table, problem: Problem) -> list[str]:
    """Return a notice for each feature that may be meant in another way than it is read."""
    notices = []
    for name in table.rows.columns:
        column = problem.columns.get(name, Column())
        if name != problem.target and not column.ignore:
            kind = find_kind(table.rows[name], table.counts, column)
            notices += _find_doubts(name, kind, find_distinct(table.rows[name]), int(table.counts.sum()), column)
    return notices


def _find_doubts(name: str, kind: Kind, distinct: list[str], total: int, column: Column) -> list[str]:
    notices = []
    if column.kind is None and kind.name == "integer" and len(distinct) > IDENTIFIER_SHARE * total:
        notices.append(
            f"the column {name!r} is kept as a number, but {_share(distinct, total)}, as an identifier has; if it is "
            "one, set ignore = true for it"
        )
    inferred = column.kind is None and column.choices is None and kind.name in ("category", "ordered")
    if inferred and (amount := find_amount(distinct)):
        notices.append(f"the column {name!r} is taken for a category, for {_mixed(distinct, amount)}; {PLAIN}")
    elif kind.other and column.other is None:
        notices.append(
            f"the column {name!r} has {len(distinct):,} different texts: the {len(kind.choices)} most common are told "
            "apart, all else counts as one other; set other = false for it to tell them all apart, or ignore = true to "
            "leave it out"
        )
    if kind.doubtful:
        notices.append(
            f"the dates of {name!r} are read as {kind.format}, but could be {kind.doubtful} as well; if they are, set "
            f'kind = "date" and format = "{kind.doubtful}" for it'
        )
    return notices


def find_leaks(dataset: Dataset) -> dict[str, str]:
    """Return each feature that alone all but gives the target away, with a warning that has its solo figure.

    A regression tree is fitted on one half of the training rows for each class (or the number), and judged on the
    other half: by the ROC AUC, averaged over classes, or by R2.
    """
    train = dataset.train
    halves = draw_parts(train.counts, dataset.strata, [0.5, 0.5], np.random.default_rng([dataset.seed, 2]))
    first, second = (train.take(np.flatnonzero(half), half[half > 0]) for half in halves.T)
    figure = "ROC AUC" if dataset.target.classes else "R2"
    warnings = {}
    for name in dataset.schema["properties"]:
        solo = float(np.mean([_solo(name, first, second, position) for position in _positions(dataset)]))
        if solo >= LEAKS[figure]:
            warnings[name] = (
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
