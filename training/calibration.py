"""Calibration: whether probabilities are what happens, for many weightings of the same rows at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
SMALLEST_PROBABILITY = np.finfo(np.float64).eps  # as scikit-learn's log_loss has it
CONVERGED = 1e-8
MOST_STEPS, MOST_HALVINGS = 100, 20
LARGEST_SHIFT = 100.0  # of log-odds, which lie within 36


def calibration_error(outcome: NDArray[np.number], p: Floats, bins: NDArray[np.int64], weights: Floats) -> Floats:
    """Return the mean over bins, weighted by rows, of |mean prediction - mean outcome|, shape (draws,).

    It cannot be below zero, and noise adds to it: see `error_if_calibrated` for how much.
    """
    used, of_row = np.unique(bins, return_inverse=True)  # a slice may have no row in some
    gaps = sum_by(weights * (p - outcome), of_row, len(used))
    return np.asarray(np.abs(gaps).sum(axis=1) / weights.sum(axis=1))


def error_if_calibrated(
    rows: NDArray[np.int64], predicted: Floats, draws: int, generator: np.random.Generator
) -> tuple[float, float]:
    """Return the mean and the 97.5th percentile of the calibration error, were the predictions perfectly calibrated.

    Outcomes are drawn from the mean prediction of each bin: consistency resampling (Broecker and Smith 2007,
    doi:10.1175/WAF993.1).

    Args:
        rows: of each bin, shape (bins,).
        predicted: mean prediction of each bin, shape (bins,).
        draws: how many to draw.
        generator: the source of chance.
    """
    cases = generator.binomial(rows, np.clip(predicted, 0, 1), size=(draws, len(rows)))
    errors = np.abs(cases - rows * predicted).sum(axis=1) / rows.sum()
    return float(errors.mean()), float(np.percentile(errors, 97.5))


def sum_by(weights: Floats, group: NDArray[np.intp], groups: int) -> Floats:
    """Return the sums of columns by group 0, 1, ..., none of them empty; shape (draws, groups)."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    return np.asarray(np.add.reduceat(weights[:, order], starts, axis=1))


def fit_calibration(probability: Floats, positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    """Return the calibration slope and intercept of each draw, shape (draws,); NaN where there is none.

    The slope is that of the outcome's log-odds on the predicted ones; the intercept is that with the slope held at 1.

    Args:
        probability: distinct predictions, rising, shape (cells,).
        positive: how many rows of the positive class have each, shape (draws, cells).
        negative: how many of the other class, shape (draws, cells).
    """
    p = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    log_odds = np.log(p / (1 - p))
    total = positive + negative
    with np.errstate(all="ignore"):  # a draw without a spread, or of one class, becomes NaN
        rows = total.sum(axis=1, keepdims=True)
        centred = log_odds - total @ log_odds[:, None] / rows
        spread = np.sqrt((total * centred**2).sum(axis=1, keepdims=True) / rows)
        return _fit_slope(centred / spread, positive, negative) / spread[:, 0], _fit_shift(log_odds, positive, negative)


def _fit_slope(x: Floats, positive: Floats, negative: Floats) -> Floats:
    """Return the slope of a logistic regression on one feature of shape (draws, cells), by Newton with halved steps."""
    total = positive + negative
    height, slope = np.log(positive.sum(axis=1) / negative.sum(axis=1)), np.zeros(len(x))

    def loss_at(height: Floats, slope: Floats) -> Floats:
        log_odds = height[:, None] + slope[:, None] * x
        return np.asarray((total * np.logaddexp(0, log_odds) - positive * log_odds).sum(axis=1))

    loss = loss_at(height, slope)
    for _ in range(MOST_STEPS):
        p = expit(height[:, None] + slope[:, None] * x)
        residual, curvature = positive - total * p, total * p * (1 - p)
        g0, g1 = residual.sum(axis=1), (residual * x).sum(axis=1)
        h00, h01, h11 = curvature.sum(axis=1), (curvature * x).sum(axis=1), (curvature * x**2).sum(axis=1)
        determinant = h00 * h11 - h01**2
        steps = np.stack([h11 * g0 - h01 * g1, h00 * g1 - h01 * g0]) / determinant
        for _halving in range(MOST_HALVINGS):
            tried = loss_at(height + steps[0], slope + steps[1])
            worse = tried > loss * (1 + CONVERGED)
            if not worse.any():
                break
            steps = np.where(worse, steps / 2, steps)
        height, slope, loss = height + steps[0], slope + steps[1], tried
        converged = (np.abs(steps) < CONVERGED).all(axis=0)
        if (converged | np.isnan(slope)).all():
            break
    return np.where(converged & ~_separated(positive, negative), slope, np.nan)


def _separated(positive: Floats, negative: Floats) -> NDArray[np.bool_]:
    """Return the draws in which all of one class lie at or above all of the other: no slope is steep enough."""
    first_positive, first_negative = ((counts > 0).argmax(axis=1) for counts in (positive, negative))
    last = positive.shape[1] - 1
    last_positive, last_negative = (last - (counts[:, ::-1] > 0).argmax(axis=1) for counts in (positive, negative))
    return np.asarray((first_positive >= last_negative) | (first_negative >= last_positive))


def _fit_shift(log_odds: Floats, positive: Floats, negative: Floats) -> Floats:
    """Return what added to `log_odds`, of shape (cells,), makes the mean prediction the observed share.

    By Newton's method within a bracket: a step that leaves it is replaced by its middle.
    """
    total = positive + negative
    cases = positive.sum(axis=1)
    low, high = np.full(len(total), -LARGEST_SHIFT), np.full(len(total), LARGEST_SHIFT)
    shift = np.zeros(len(total))
    for _ in range(MOST_STEPS):
        p = expit(shift[:, None] + log_odds)
        short = cases - (total * p).sum(axis=1)
        low, high = np.where(short >= 0, shift, low), np.where(short <= 0, shift, high)
        newton = shift + short / (total * p * (1 - p)).sum(axis=1)
        moved = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
        done = np.abs(moved - shift) < CONVERGED
        shift = moved
        if done.all():
            break
    one_class = (cases == 0) | (cases == total.sum(axis=1))
    return np.where(one_class, np.nan, shift)
