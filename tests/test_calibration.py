"""What chance makes of perfect probabilities is told from what a model gets wrong; figures are in test_figures.py."""

from __future__ import annotations

import numpy as np
import pytest

from training.calibration import calibration_error, error_if_calibrated


def test_error_if_calibrated_is_what_calibrated_outcomes_show() -> None:
    rows, predicted = np.array([100, 400, 50]), np.array([0.1, 0.3, 0.7])
    mean, high = error_if_calibrated(rows, predicted, 4_000, np.random.default_rng(0))
    # of a binomial share: E|x - p| is about sqrt(2 p (1 - p) / (pi n))
    expected = (rows * np.sqrt(2 * predicted * (1 - predicted) / (np.pi * rows))).sum() / rows.sum()
    assert mean == pytest.approx(expected, rel=0.03)
    assert mean < high < 3 * mean

    generator = np.random.default_rng(1)
    bins, p = np.repeat(np.arange(3), rows), np.repeat(predicted, rows)
    below = 0
    for _ in range(200):
        outcome = (generator.uniform(size=len(p)) < p).astype(float)
        below += calibration_error(outcome, p, bins, np.ones((1, len(p))))[0] <= high
    assert 185 <= below <= 200


def test_probabilities_that_are_off_show_more_than_chance() -> None:
    rows, predicted = np.array([1_000, 1_000]), np.array([0.2, 0.6])
    _mean, high = error_if_calibrated(rows, predicted, 1_000, np.random.default_rng(0))
    outcome = np.repeat([1.0, 0.0, 1.0, 0.0], [300, 700, 500, 500])
    error = calibration_error(outcome, np.repeat(predicted, 1_000), np.repeat([0, 1], 1_000), np.ones((1, 2_000)))[0]
    assert error == pytest.approx(0.1)
    assert high < 0.05
