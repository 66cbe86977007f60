"""The parity gate: the baked scorer has to agree with scikit-learn on every row before a model may leave training."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from predict.problems import RowError
from predict.row import RowValidator
from predict.scorer import Scorer
from training.edges import Row, bad_rows, edge_rows, encode, threshold_rows, to_records
from training.schema import Schema
from training.trees import FLOAT32, fitted_members

TOLERANCE = 1e-12
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
MOST_ROWS = 100_000  # compared, each a call of the scorer


class ParityError(Exception):
    """The baked scorer and scikit-learn differ; the message shows the worst row."""


def check_parity(
    pipeline: Pipeline, estimator: dict[str, Any], features: pd.DataFrame, schema: Schema, scale: float = 1.0
) -> dict[str, Any]:
    """Compare what the function answers by `schema` and a baked `estimator` with the `pipeline` this was baked from.

    Probabilities of every class, or values, a (baked) and b (scikit-learn's) agree if |a - b| <= 1e-12 * max(1, |b|,
    scale) and the likeliest class is the same, unless the two likeliest are that close. Compared are the rows of
    `features` (evenly spaced ones beyond 100,000), rows at the edges of what is allowed, and for each split of a tree
    on a number that a row reaches (evenly spaced ones beyond 20,000), that row with the number at the threshold and
    one ulp to either side. Behind an isotonic calibration, which may be as steep as a wall, they also agree if a score
    that is off by 1e-12 accounts for it: scikit-learn's own are off by more, one row against a batch.

    Args:
        pipeline: of encoders and an estimator, fitted.
        estimator: what training.bake.bake_estimator made of it.
        features: rows of the schema's columns, shape (n, columns).
        schema: what a row may hold.
        scale: the standard deviation of the training target of a regression.

    Returns:
        {rows, edge_rows, refused_rows, tolerance, scale, largest_difference}, the last as |a - b| / max(1, |b|, scale).

    Raises:
        ParityError: one row differs by more, or one is answered that has to be refused, or the other way round.
    """
    scorer, validator = Scorer(estimator), RowValidator(schema)
    features = features.iloc[:: -(-len(features) // MOST_ROWS)]
    edges, thresholds = (
        found[_are_taken(pipeline, found)]
        for found in (edge_rows(features, schema), threshold_rows(pipeline, features))
    )
    rows = pd.concat([features, edges, thresholds], ignore_index=True)
    expected = _predict(pipeline, rows)
    checked = len(features) + len(edges)  # beyond, a whole number may have a fraction, which no row that is sent has
    baked = np.array(
        [_answer(scorer, validator if at < checked else None, row) for at, row in enumerate(to_records(rows))]
    )
    if baked.shape != expected.shape:
        raise ParityError(f"the baked model gives {baked.shape[1]} numbers a row, scikit-learn {expected.shape[1]}")
    agree, unexplained, difference = compare_answers(baked, expected, estimator, rows, scale)
    if not agree.all():  # NaN agrees with nothing
        worst = int(np.argmax(np.where(agree, -1, np.nan_to_num(unexplained, nan=np.inf))))
        raise ParityError(
            f"the baked model answers {baked[worst].tolist()} where scikit-learn answers {expected[worst].tolist()}, "
            f"for {rows.iloc[worst].to_dict()}; this is a bug in the bake, no model was written"
        )
    refused = bad_rows(features, schema)
    for row in refused:
        _check_refused(scorer, validator, row)
    return {
        "rows": len(features),
        "edge_rows": len(edges) + len(thresholds),
        "refused_rows": len(refused),
        "tolerance": TOLERANCE,
        "scale": scale,
        "largest_difference": float(difference.max()),
    }


def compare_answers(
    baked: NDArray[np.float64],
    expected: NDArray[np.float64],
    estimator: dict[str, Any],
    rows: pd.DataFrame,
    scale: float,
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Compare the answers of a baked `estimator` for `rows` with scikit-learn's, of shape (n, classes), too.

    Returns:
        Whether they agree, shape (n,), the largest difference that nothing accounts for, (n,), and all, (n, classes).
    """
    slack = _slack(estimator, rows)
    difference, size = np.abs(baked - expected), np.maximum(np.maximum(1, np.abs(expected)), scale)
    unexplained = (np.maximum(difference - slack, 0) / size).max(axis=1)
    return (unexplained <= TOLERANCE) & _same_class(baked, expected, slack), unexplained, difference / size


def _are_taken(pipeline: Pipeline, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows scikit-learn answers: its trees refuse what scaling takes beyond float32."""
    if rows.empty or not any(isinstance(member, FLOAT32) for member in fitted_members(pipeline[-1])):
        return np.ones(len(rows), dtype=bool)
    is_beyond = np.abs(encode(pipeline, rows)) > LARGEST_FLOAT32  # NaN is not
    return np.asarray(~is_beyond.any(axis=1))


def _predict(pipeline: Pipeline, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return scikit-learn's answers, shape (n, classes), or (n, 1) for a regression."""
    with np.errstate(invalid="ignore"):  # its check for infinity adds up both ends of float32 in float32
        if is_classifier(pipeline):
            return np.asarray(pipeline.predict_proba(rows))
        return np.asarray(pipeline.predict(rows)).reshape(-1, 1)


def _answer(scorer: Scorer, validator: RowValidator | None, row: Row) -> list[float]:
    try:
        return scorer.predict(validator.check(row) if validator else row)
    except (ValueError, RowError) as error:
        raise ParityError(f"the baked model refuses {row} ({error}), which scikit-learn answers") from None


def _slack(estimator: dict[str, Any], rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return how far answers move, shape (n, classes), when the points of isotonic calibrations do by the tolerance."""
    if not _find_isotonic(estimator):
        return np.zeros((len(rows), 1))
    moved = []
    for step in (-TOLERANCE, TOLERANCE):
        copy = deepcopy(estimator)
        for calibrator in _find_isotonic(copy):
            calibrator["x"] = [x + step * max(1, abs(x)) for x in calibrator["x"]]
        scorer = Scorer(copy)
        moved.append(np.array([scorer.predict(row) for row in to_records(rows)]))
    return np.asarray(np.abs(moved[1] - moved[0]))


def _find_isotonic(estimator: dict[str, Any]) -> list[dict[str, Any]]:
    members = estimator["model"].get("members", ())
    return [each for member in members for each in member["calibrators"] if "x" in each]


def _same_class(
    baked: NDArray[np.float64], expected: NDArray[np.float64], slack: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return for each row whether the likeliest class is the same, or the two likeliest are within the tolerance."""
    if expected.shape[1] == 1:
        return np.ones(len(expected), dtype=bool)
    first, second = np.sort(expected, axis=1)[:, [-1, -2]].T
    is_tie = first - second <= TOLERANCE + 2 * slack.max(axis=1)
    agree: NDArray[np.bool_] = (baked.argmax(axis=1) == expected.argmax(axis=1)) | is_tie
    return agree


def _check_refused(scorer: Scorer, validator: RowValidator, row: Row) -> None:
    try:
        answer = scorer.predict(validator.check(row))
    except (ValueError, RowError):
        return
    raise ParityError(f"the baked model answers {answer} to {row}, which has to be refused; no model was written")
