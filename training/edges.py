"""The edges: rows on which a baked model could differ from scikit-learn although it agrees on the table's own rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from predict.scorer import LARGEST_NUMBER
from training.bake import number_positions
from training.schema import Schema
from training.trees import FittedTree, fitted_trees

MOST_REACHING = 10_000  # searched for one that reaches a split
MOST_SPLITS = 20_000  # tried at their thresholds, three rows each
UNSEEN = "a category that no table has"


def edge_rows(features: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the first, middle and last row with one field changed: to each choice, and to a number's extremes."""
    base = features.iloc[[0, len(features) // 2, len(features) - 1]]
    changed = [base]
    for name, value in schema["properties"].items():
        if value["x-kind"] == "number":
            edges = [*value["x-range"], 0.0, -0.0, LARGEST_NUMBER, -LARGEST_NUMBER]
        else:
            edges = [np.nan if choice is None else choice for choice in value["enum"]]
        changed += [_with(base, name, edge) for edge in edges]
    return pd.concat(changed, ignore_index=True)


def bad_rows(features: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the first row with one field changed to what no row may hold."""
    changed = []
    for name, value in schema["properties"].items():
        bad: list[Any] = [np.nan, np.inf] if value["x-kind"] == "number" else [UNSEEN]
        if value["x-kind"] == "category" and None not in value["enum"]:
            bad.append(np.nan)
        changed += [_with(features.iloc[:1], name, edge) for edge in bad]
    return pd.concat(changed, ignore_index=True)


def _with(rows: pd.DataFrame, name: str, value: Any) -> pd.DataFrame:
    changed = rows.copy()
    changed[name] = pd.Series([value] * len(rows), rows.index, rows[name].dtype)
    return changed


def threshold_rows(pipeline: Pipeline, features: pd.DataFrame) -> pd.DataFrame:
    """Return, for each split on a number that a row reaches, that row at the threshold and one ulp to either side.

    Beyond 20,000 splits, evenly spaced ones; a row to reach a split is looked for among 10,000 evenly spaced ones.
    """
    numbers = number_positions(pipeline["encoder"])
    reaching = features.iloc[:: -(-len(features) // MOST_REACHING)]
    trees = fitted_trees(pipeline["estimator"]) if numbers else []
    encoded = np.asarray(pipeline["encoder"].transform(reaching), dtype=np.float64) if trees else np.empty((0, 0))
    splits = [
        (row, numbers[tree.feature[node]], tree.threshold[node])
        for tree in trees
        for node, row in _reached(tree, encoded).items()
        if tree.feature[node] in numbers
    ]
    splits = splits[:: -(-len(splits) // MOST_SPLITS) or 1]
    changes = [
        (row, name, x) for row, name, t in splits for x in (np.nextafter(t, -np.inf), t, np.nextafter(t, np.inf))
    ]
    rows = reaching.iloc[[row for row, _name, _value in changes]].reset_index(drop=True)
    for name in set(numbers.values()):
        at = [i for i, change in enumerate(changes) if change[1] == name]
        rows.loc[at, name] = [changes[i][2] for i in at]
    return rows


def _reached(tree: FittedTree, encoded: NDArray[np.float64]) -> dict[int, int]:
    """Return the first row of `encoded` to reach each node that any row reaches: node -> row."""
    first: dict[int, int] = {}
    todo = [(0, np.arange(len(encoded)))]
    while todo:
        node, rows = todo.pop()
        if len(rows):
            first[node] = int(rows[0])
            if tree.feature[node] >= 0:
                goes_left = encoded[rows, tree.feature[node]] <= tree.threshold[node]
                todo += [(tree.right[node], rows[~goes_left]), (tree.left[node], rows[goes_left])]
    return first
