"""The parity gate: the baked scorer has to agree with scikit-learn on every row before a model may leave training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline

from predict.scorer import LARGEST_NUMBER, Scorer
from training.bake import number_positions, thresholds_as_float64
from training.schema import Schema

TOLERANCE = 1e-12
MOST_ROWS = 100_000  # compared, each a call of the scorer
MOST_REACHING = 10_000  # searched for one that reaches a split
UNSEEN = "a category that no table has"


class ParityError(Exception):
    """The baked scorer and scikit-learn differ; the message shows the worst row."""


def check_parity(
    pipeline: Pipeline, estimator: dict[str, Any], features: pd.DataFrame, schema: Schema
) -> dict[str, Any]:
    """Compare the scorer of a baked `estimator` with the fitted `pipeline` it was baked from.

    Probabilities a (baked) and b (scikit-learn's) agree if |a - b| <= 1e-12 and the class is the same. Compared are the
    rows of `features` (evenly spaced ones beyond 100,000), rows at the edges of what is allowed, and for each split of
    a tree on a number a row that reaches it, with the number at the threshold and one ulp to either side.

    Returns:
        {rows, edge_rows, refused_rows, tolerance, largest_difference}.

    Raises:
        ParityError: one row differs by more, or one is answered that has to be refused.
    """
    scorer = Scorer(estimator)
    features = features.iloc[:: -(-len(features) // MOST_ROWS)]
    edges = pd.concat([_edge_rows(features, schema), _threshold_rows(pipeline, features)], ignore_index=True)
    rows = pd.concat([features, edges], ignore_index=True)
    with np.errstate(invalid="ignore"):  # scikit-learn's check for infinity adds up both ends of float32 in float32
        expected = pipeline.predict_proba(rows)[:, 1]
    baked = np.array([scorer.probability(row) for row in _records(rows)])
    difference = np.abs(baked - expected)
    same_class = ((baked > 0.5) == (expected > 0.5)) | (np.abs(expected - 0.5) <= TOLERANCE)
    agree = (difference <= TOLERANCE) & same_class
    if not agree.all():  # NaN agrees with nothing
        worst = int(np.argmax(np.where(agree, -1, np.nan_to_num(difference, nan=np.inf))))
        raise ParityError(
            f"the baked model answers {baked[worst]!r} where scikit-learn answers {expected[worst]!r}, "
            f"for {rows.iloc[worst].to_dict()}; this is a bug in the bake, no model was written"
        )
    refused = _records(_bad_rows(features, schema))
    for row in refused:
        _check_refused(scorer, row)
    return {
        "rows": len(features),
        "edge_rows": len(edges),
        "refused_rows": len(refused),
        "tolerance": TOLERANCE,
        "largest_difference": float(difference.max()),
    }


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as the API takes them: what is missing is None."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows.to_dict("records")
    ]


def _edge_rows(features: pd.DataFrame, schema: Schema) -> pd.DataFrame:
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


def _bad_rows(features: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the first row with one field changed to what no row may hold."""
    changed = []
    for name, value in schema["properties"].items():
        bad: list[Any] = [np.nan, np.inf] if value["x-kind"] == "number" else [UNSEEN]
        if value["x-kind"] == "category" and None not in value["enum"]:
            bad.append(np.nan)
        changed += [_with(features.iloc[:1], name, edge) for edge in bad]
    return pd.concat(changed, ignore_index=True)


def _with(rows: pd.DataFrame, name: str, value: Any) -> pd.DataFrame:
    return rows.assign(**{name: pd.Series([value] * len(rows), rows.index, rows[name].dtype)})


def _threshold_rows(pipeline: Pipeline, features: pd.DataFrame) -> pd.DataFrame:
    """Return, for each split on a number that a row reaches, that row at the threshold and one ulp to either side."""
    estimator = pipeline["estimator"]
    trees = estimator.estimators_[:, 0] if isinstance(estimator, GradientBoostingClassifier) else []
    numbers = number_positions(pipeline["encoder"])
    reaching = features.iloc[:: -(-len(features) // MOST_REACHING)]
    encoded = pipeline["encoder"].transform(reaching).astype(np.float32)
    changes: list[tuple[int, str, float]] = []
    for regressor in trees:
        paths = regressor.decision_path(encoded).tocsc()
        thresholds = thresholds_as_float64(regressor.tree_.threshold)
        for node, feature in enumerate(regressor.tree_.feature):
            through = paths.indices[paths.indptr[node] : paths.indptr[node + 1]]
            if feature in numbers and len(through):
                t = thresholds[node]
                changes += [
                    (through[0], numbers[feature], x) for x in (np.nextafter(t, -np.inf), t, np.nextafter(t, np.inf))
                ]
    rows = reaching.iloc[[row for row, _name, _value in changes]].reset_index(drop=True)
    for name in set(numbers.values()):
        at = [i for i, change in enumerate(changes) if change[1] == name]
        rows.loc[at, name] = [changes[i][2] for i in at]
    return rows


def _check_refused(scorer: Scorer, row: dict[str, Any]) -> None:
    try:
        answer = scorer.probability(row)
    except ValueError:
        return
    raise ParityError(f"the baked model answers {answer!r} to {row}, which has to be refused; no model was written")
