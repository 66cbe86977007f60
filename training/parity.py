"""The parity gate: the baked scorer has to agree with scikit-learn on every row before a model may leave training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from predict.scorer import Scorer
from training.edges import bad_rows, edge_rows, threshold_rows
from training.schema import Schema

TOLERANCE = 1e-12
MOST_ROWS = 100_000  # compared, each a call of the scorer


class ParityError(Exception):
    """The baked scorer and scikit-learn differ; the message shows the worst row."""


def check_parity(
    pipeline: Pipeline, estimator: dict[str, Any], features: pd.DataFrame, schema: Schema, scale: float = 1.0
) -> dict[str, Any]:
    """Compare the scorer of a baked `estimator` with the fitted `pipeline` it was baked from.

    Probabilities of every class, or values, a (baked) and b (scikit-learn's) agree if |a - b| <= 1e-12 * max(1, |b|,
    scale) and the likeliest class is the same, unless the two likeliest are that close. Compared are the rows of
    `features` (evenly spaced ones beyond 100,000), rows at the edges of what is allowed, and for each split of a tree
    on a number that a row reaches (evenly spaced ones beyond 20,000), that row with the number at the threshold and
    one ulp to either side.

    Args:
        pipeline: of an encoder and an estimator, fitted.
        estimator: what training.bake.bake_estimator made of it.
        features: rows of the schema's columns, shape (n, columns).
        schema: what a row may hold.
        scale: the standard deviation of the training target of a regression.

    Returns:
        {rows, edge_rows, refused_rows, tolerance, scale, largest_difference}, the last as |a - b| / max(1, |b|, scale).

    Raises:
        ParityError: one row differs by more, or one is answered that has to be refused, or the other way round.
    """
    scorer = Scorer(estimator)
    features = features.iloc[:: -(-len(features) // MOST_ROWS)]
    edges = pd.concat([edge_rows(features, schema), threshold_rows(pipeline, features)], ignore_index=True)
    rows = pd.concat([features, edges], ignore_index=True)
    expected = _predict(pipeline, rows)
    baked = np.array([_answer(scorer, row) for row in _records(rows)])
    if baked.shape != expected.shape:
        raise ParityError(f"the baked model gives {baked.shape[1]} numbers a row, scikit-learn {expected.shape[1]}")
    difference = (np.abs(baked - expected) / np.maximum(np.maximum(1, np.abs(expected)), scale)).max(axis=1)
    agree = (difference <= TOLERANCE) & _same_class(baked, expected)
    if not agree.all():  # NaN agrees with nothing
        worst = int(np.argmax(np.where(agree, -1, np.nan_to_num(difference, nan=np.inf))))
        raise ParityError(
            f"the baked model answers {baked[worst].tolist()} where scikit-learn answers {expected[worst].tolist()}, "
            f"for {rows.iloc[worst].to_dict()}; this is a bug in the bake, no model was written"
        )
    refused = _records(bad_rows(features, schema))
    for row in refused:
        _check_refused(scorer, row)
    return {
        "rows": len(features),
        "edge_rows": len(edges),
        "refused_rows": len(refused),
        "tolerance": TOLERANCE,
        "scale": scale,
        "largest_difference": float(difference.max()),
    }


def _predict(pipeline: Pipeline, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return scikit-learn's answers, shape (n, classes), or (n, 1) for a regression."""
    with np.errstate(invalid="ignore"):  # its check for infinity adds up both ends of float32 in float32
        if is_classifier(pipeline):
            return np.asarray(pipeline.predict_proba(rows))
        return np.asarray(pipeline.predict(rows)).reshape(-1, 1)


def _answer(scorer: Scorer, row: dict[str, Any]) -> list[float]:
    try:
        return scorer.predict(row)
    except ValueError as error:
        raise ParityError(f"the baked model refuses {row} ({error}), which scikit-learn answers") from None


def _same_class(baked: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each row whether the likeliest class is the same, or the two likeliest are within the tolerance."""
    if expected.shape[1] == 1:
        return np.ones(len(expected), dtype=bool)
    first, second = np.sort(expected, axis=1)[:, [-1, -2]].T
    agree: NDArray[np.bool_] = (baked.argmax(axis=1) == expected.argmax(axis=1)) | (first - second <= TOLERANCE)
    return agree


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as the API takes them: what is missing is None."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows.to_dict("records")
    ]


def _check_refused(scorer: Scorer, row: dict[str, Any]) -> None:
    try:
        answer = scorer.predict(row)
    except ValueError:
        return
    raise ParityError(f"the baked model answers {answer} to {row}, which has to be refused; no model was written")
