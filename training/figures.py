"""The figures: how good predictions are, for many weightings of the same rows at once.

Each function takes `weights` of shape (draws, n), how often each of n rows counts, and returns arrays of shape
(draws,). The counts themselves are one weighting, each bootstrap draw is another. Where a draw leaves a figure without
a meaning, it is NaN. tests/test_figures.py compares each with scikit-learn's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.calibration import SMALLEST_PROBABILITY, Floats, calibration_error, fit_calibration, sum_by

Figures = dict[str, Floats]


def binary_figures(
    target: NDArray[np.int64], probability: Floats, base: Floats, bins: NDArray[np.int64], weights: Floats
) -> Figures:
    """Return the figures of probabilities of the positive class.

    A skill is 1 - score / score of always answering the base rate. The calibration slope is the coefficient of the
    predicted log-odds in a logistic regression of the outcome, the calibration intercept that regression's intercept
    with the slope held at 1; perfect are 1 and 0 (Van Calster et al. 2019, doi:10.1186/s12916-019-1466-7). The expected
    calibration error is the mean over `bins` of |mean prediction - observed share|, weighted by rows. It cannot be
    below zero, and noise adds to it: the fewer the rows, and in bootstrap draws, the higher it leans.

    Args:
        target: 1 for a row of the positive class, 0 else, shape (n,).
        probability: of the positive class, shape (n, 2) with the negative class first.
        base: the share of each class that is always answered for comparison, shape (2,).
        bins: the bin of each row, shape (n,).
        weights: how often each row counts, shape (draws, n).
    """
    cells, of_row = np.unique(probability[:, 1], return_inverse=True)
    positive = sum_by(weights * target, of_row, len(cells))
    negative = sum_by(weights * (1 - target), of_row, len(cells))
    slope, intercept = fit_calibration(cells, positive, negative)
    return {
        **_scores(target, probability, base, weights),
        "roc_auc": _roc_auc(positive, negative),
        "average_precision": _average_precision(positive, negative),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "expected_calibration_error": calibration_error(target, probability[:, 1], bins, weights),
    }


def multiclass_figures(
    target: NDArray[np.int64], probability: Floats, base: Floats, bins: NDArray[np.int64], weights: Floats
) -> Figures:
    """Return the figures of the probabilities of several classes; arguments as in `binary_figures`, for k classes.

    The ROC AUC is the mean over the classes in `target` of each against the rest, and has no meaning in a draw without
    one of them; accuracy and calibration error are of the likeliest class.
    """
    likeliest = probability.argmax(axis=1)
    right = (likeliest == target).astype(float)
    areas = []
    for position in np.unique(target):
        cells, of_row = np.unique(probability[:, position], return_inverse=True)
        is_class = target == position
        areas.append(
            _roc_auc(sum_by(weights * is_class, of_row, len(cells)), sum_by(weights * ~is_class, of_row, len(cells)))
        )
    return {
        **_scores(target, probability, base, weights),
        "roc_auc": np.mean(areas, axis=0),
        "accuracy": _mean(right, weights),
        "expected_calibration_error": calibration_error(right, probability.max(axis=1), bins, weights),
    }


def regression_figures(target: Floats, value: Floats, weights: Floats) -> Figures:
    """Return the figures of predicted numbers, `target` and `value` of shape (n,).

    `bias` is the mean of value - target. R2 is 1 - squared errors / squared distances from the mean of the same rows.
    """
    errors = value - target
    squared = _mean(errors**2, weights)
    centred = target - target.mean()  # before squares are subtracted, for the sake of digits
    spread = _mean(centred**2, weights) - _mean(centred, weights) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = np.where(spread > 0, 1 - squared / spread, np.nan)
    return {"rmse": np.sqrt(squared), "mae": _mean(np.abs(errors), weights), "r2": r2, "bias": _mean(errors, weights)}


def _scores(target: NDArray[np.int64], probability: Floats, base: Floats, weights: Floats) -> Figures:
    """Return the proper scores and their skills; the Brier score of two classes is the half of that over classes."""
    figures = {}
    rows = np.arange(len(target))
    half = 1 if probability.shape[1] > 2 else 0.5
    for prefix, p in (("", probability), ("base ", np.broadcast_to(base, probability.shape))):
        outcome = np.zeros_like(probability)
        outcome[rows, target] = 1
        clipped = np.clip(p[rows, target], SMALLEST_PROBABILITY, 1)
        figures[prefix + "log_loss"] = _mean(-np.log(clipped), weights)
        figures[prefix + "brier_score"] = _mean(half * ((p - outcome) ** 2).sum(axis=1), weights)
    return {
        "log_loss": figures["log_loss"],
        "log_loss_skill": 1 - figures["log_loss"] / figures["base log_loss"],
        "brier_score": figures["brier_score"],
        "brier_skill": 1 - figures["brier_score"] / figures["base brier_score"],
    }


def _mean(values: Floats, weights: Floats) -> Floats:
    return np.asarray((weights @ values) / weights.sum(axis=1))


def _roc_auc(positive: Floats, negative: Floats) -> Floats:
    """Return the share of (positive, negative) pairs in the right order, ties half, from counts by rising score."""
    below = np.cumsum(negative, axis=1) - negative
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((positive * (below + negative / 2)).sum(axis=1) / pairs)


def _average_precision(positive: Floats, negative: Floats) -> Floats:
    """Return the sum over falling thresholds of precision times the gain in recall, from counts by rising score."""
    hits = np.cumsum(positive[:, ::-1], axis=1)
    flagged = hits + np.cumsum(negative[:, ::-1], axis=1)
    precision = hits / np.maximum(flagged, 1)
    with np.errstate(invalid="ignore"):
        return np.asarray((positive[:, ::-1] * precision).sum(axis=1) / positive.sum(axis=1))
