"""The edges: rows on which a baked model could differ from scikit-learn although it agrees on the table's own rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.pipeline import Pipeline

from predict.inputs import LARGEST_NUMBER
from training.bake import find_columns
from training.columns import Number
from training.schema import Schema
from training.trees import FittedTree, fitted_members, fitted_trees

MOST_REACHING = 10_000  # searched for one that reaches a split
MOST_SPLITS = 20_000  # tried at their thresholds, three rows each
UNSEEN = "a category that no table has"
DATES = ["0001-01-01", "2000-02-29", "2023-12-31", "2024-02-29", "9999-12-31"]
NO_DATES = ["2023-02-29", "2024-2-9", "20240229", "2024-W09-4", "2024-02-29T00:00:00", 19782, True]
NO_NUMBERS = [np.inf, -np.inf, 2 * LARGEST_NUMBER, "1", True]

Row = dict[str, Any]


def edge_rows(features: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the first, middle and last row with one field changed, and with nothing in any field that may be missing.

    A field is changed to each choice, an unseen text where any is allowed, a number's or date's extremes, and nothing.
    """
    base = features.iloc[[0, len(features) // 2, len(features) - 1]]
    bare = base.copy()
    changed = [base, bare]
    for name, value in schema["properties"].items():
        changed += [_with(base, name, np.nan if edge is None else edge) for edge in _edges(value)]
        if _may_be_missing(value):
            bare[name] = _with(base, name, np.nan)[name]
    return pd.concat(changed, ignore_index=True)


def _edges(value: Schema) -> list[Any]:
    missing = [None] if _may_be_missing(value) else []
    if value["x-kind"] == "date":
        return [*value["x-range"], *DATES, *missing]
    if value["x-kind"] == "number":
        low, high = value.get("minimum", -LARGEST_NUMBER), value.get("maximum", LARGEST_NUMBER)
        return [edge for edge in (*value["x-range"], 0.0, -0.0, low, high) if low <= edge <= high] + missing
    return list(value["enum"]) if "enum" in value else [*value["x-choices"], UNSEEN]


def bad_rows(features: pd.DataFrame, schema: Schema) -> list[Row]:
    """Return the first row with one field changed to what no row may hold, or left out where it must be given."""
    good = to_records(features.iloc[:1])[0]
    rows = []
    for name, value in schema["properties"].items():
        rows += [{**good, name: bad} for bad in _bad_values(value)]
        if not _may_be_missing(value):
            rows += [{**good, name: None}, {field: given for field, given in good.items() if field != name}]
    return rows


def _bad_values(value: Schema) -> list[Any]:
    if value["x-kind"] == "date":
        return NO_DATES
    if value["x-kind"] == "number":
        return [*NO_NUMBERS, 2.5] if "integer" in value["type"] else NO_NUMBERS
    if value["x-kind"] == "boolean":
        return [0, 1, "true"]
    return [1, True, ["a"]] if "x-choices" in value else [1, True, UNSEEN]


def _may_be_missing(value: Schema) -> bool:
    return "null" in value["type"]


def _with(rows: pd.DataFrame, name: str, value: Any) -> pd.DataFrame:
    changed = rows.copy()
    changed[name] = pd.Series([value] * len(rows), rows.index, rows[name].dtype)
    return changed


def to_records(rows: pd.DataFrame) -> list[Row]:
    """Return rows as the API takes them: what is missing is None."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows.to_dict("records")
    ]


def threshold_rows(pipeline: Pipeline, features: pd.DataFrame) -> pd.DataFrame:
    """Return, for each split on a number that a row reaches, that row at the threshold and one ulp to either side.

    A number that is scaled is brought as near to the threshold as scaling back does. Left out are splits on parts of
    dates and on codes of choices, which the rows at the edges lead to either side of, and, beyond 20,000 splits, all
    but evenly spaced ones; a row to reach a split is looked for among 10,000 evenly spaced ones.
    """
    trees = [tree for member in fitted_members(pipeline[-1]) for tree in fitted_trees(member)]
    columns = find_columns(pipeline) if trees else []
    numbers = {at: each for at, each in enumerate(columns) if isinstance(each, Number) and each.part is None}
    reaching = features.iloc[:: -(-len(features) // MOST_REACHING)]
    encoded = encode(pipeline, reaching) if numbers else np.empty((0, 0))
    splits = [
        (row, numbers[tree.feature[node]].field, numbers[tree.feature[node]].affine.invert(float(tree.threshold[node])))
        for tree in trees
        for node, row in _reached(tree, encoded).items()
        if tree.feature[node] in numbers and node not in tree.categories
    ]
    splits = [split for split in splits if abs(split[2]) < LARGEST_NUMBER]
    splits = splits[:: -(-len(splits) // MOST_SPLITS) or 1]
    changes = [
        (row, name, x) for row, name, t in splits for x in (np.nextafter(t, -np.inf), t, np.nextafter(t, np.inf))
    ]
    rows = reaching.iloc[[row for row, _name, _value in changes]].reset_index(drop=True)
    for name in {change[1] for change in changes}:
        at = [i for i, change in enumerate(changes) if change[1] == name]
        rows.loc[at, name] = [changes[i][2] for i in at]
    return rows


def encode(pipeline: Pipeline, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the numbers that the estimator of a fitted pipeline gets, shape (n, columns)."""
    encoded = pipeline[:-1].transform(rows)
    return np.asarray(encoded.toarray() if issparse(encoded) else encoded, dtype=np.float64)


def _reached(tree: FittedTree, encoded: NDArray[np.float64]) -> dict[int, int]:
    """Return the first row of `encoded` to reach each node that any row reaches: node -> row."""
    first: dict[int, int] = {}
    todo = [(0, np.arange(len(encoded)))]
    while todo:
        node, rows = todo.pop()
        if len(rows):
            first[node] = int(rows[0])
            if tree.feature[node] >= 0:
                left = tree.goes_left(node, encoded[rows, tree.feature[node]])
                todo += [(tree.right[node], rows[~left]), (tree.left[node], rows[left])]
    return first
