"""The parity gate: the baked scorer has to agree with scikit-learn on every row before a model may leave training."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from predict.scorer import LARGEST_NUMBER, Scorer
from training.schema import Schema

TOLERANCE = 1e-12
UNSEEN = "a category that no table has"


class ParityError(Exception):
    """The baked scorer and scikit-learn differ; the message shows the worst row."""


def check_parity(
    pipeline: Pipeline, estimator: dict[str, Any], features: pd.DataFrame, schema: Schema
) -> dict[str, Any]:
    """Compare the scorer of a baked `estimator` with the fitted `pipeline` it was baked from.

    Probabilities a (baked) and b (scikit-learn's) agree if |a - b| <= 1e-12, the class is the same, and rows that
    scikit-learn refuses are refused. The rows are all of `features` and edge rows around the typical ones.

    Returns:
        {rows, edge_rows, refused_rows, tolerance, largest_difference}.

    Raises:
        ParityError: one row differs by more.
    """
    scorer = Scorer(estimator)
    edges, refused = _edge_rows(estimator, features, schema)
    rows = pd.concat([features, edges], ignore_index=True)
    with np.errstate(invalid="ignore"):  # scikit-learn's check for infinity adds up both ends of float32 in float32
        expected = pipeline.predict_proba(rows)[:, 1]
    baked = np.array([scorer.probability(row) for row in _records(rows)])
    difference = np.abs(baked - expected)
    worst = int(np.argmax(difference))
    wrong_class = (baked > 0.5) != (expected > 0.5)
    if difference[worst] > TOLERANCE or (wrong_class & (np.abs(expected - 0.5) > TOLERANCE)).any():
        raise ParityError(
            f"the baked model answers {baked[worst]!r} where scikit-learn answers {expected[worst]!r}, "
            f"for {rows.iloc[worst].to_dict()}; this is a bug in the bake, no model was written"
        )
    for row in _records(refused):
        _check_refused(pipeline, scorer, row)
    return {
        "rows": len(features),
        "edge_rows": len(edges),
        "refused_rows": len(refused),
        "tolerance": TOLERANCE,
        "largest_difference": float(difference[worst]),
    }


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as the API takes them: what is missing is None."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows.to_dict("records")
    ]


def _edge_rows(estimator: dict[str, Any], features: pd.DataFrame, schema: Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows at the edges of what is allowed, and rows that have to be refused; each varies one field of a row."""
    base = features.iloc[[0, len(features) // 2, len(features) - 1]]
    allowed, refused = [base], []
    for name, value in schema["properties"].items():
        if value["x-kind"] == "number":
            edges = [*value["x-range"], 0.0, -0.0, LARGEST_NUMBER, -LARGEST_NUMBER, *_thresholds(estimator, name)]
            bad: list[Any] = [np.nan, np.inf]
        else:
            edges = value["enum"]
            bad = [UNSEEN] if None in edges else [UNSEEN, np.nan]
        allowed += [
            base.assign(**{name: pd.Series([edge] * len(base), base.index, features[name].dtype)}) for edge in edges
        ]
        refused += [
            base.iloc[:1].assign(**{name: pd.Series([edge], base.index[:1], features[name].dtype)}) for edge in bad
        ]
    return pd.concat(allowed, ignore_index=True), pd.concat(refused, ignore_index=True)


def _thresholds(estimator: dict[str, Any], name: str) -> list[float]:
    """Return the thresholds that trees compare the number `name` with, and their neighbours one ulp away."""
    widths = (len(entry.get("one_hot", [None])) for entry in estimator["inputs"])
    positions = [0, *itertools.accumulate(widths)]
    position = next(p for p, entry in zip(positions, estimator["inputs"], strict=False) if entry["field"] == name)
    found = {
        threshold
        for tree in estimator["model"].get("trees", [])
        for feature, threshold in zip(tree["feature"], tree["threshold"], strict=True)
        if feature == position
    }
    return [edge for t in sorted(found) for edge in (np.nextafter(t, -np.inf), t, np.nextafter(t, np.inf))]


def _check_refused(pipeline: Pipeline, scorer: Scorer, row: dict[str, Any]) -> None:
    def refuses(answer: Any) -> bool:
        try:
            answer()
        except ValueError:
            return True
        return False

    if refuses(lambda: pipeline.predict_proba(pd.DataFrame([row]))) and not refuses(lambda: scorer.probability(row)):
        raise ParityError(f"scikit-learn refuses {row}, but the baked model answers; no model was written")
