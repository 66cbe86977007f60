"""Each figure is scikit-learn's, for every weighting, ties and all; or follows from its definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from training.figures import binary_figures, multiclass_figures, regression_figures

Floats = NDArray[np.float64]
ROWS, DRAWS = 300, 5


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def weights(generator: np.random.Generator) -> Floats:
    return generator.integers(0, 20, size=(DRAWS, ROWS)).astype(float)


def both(p: Floats) -> Floats:
    return np.column_stack([1 - p, p])


@pytest.mark.parametrize("decimals", [1, 16])
def test_binary_figures_are_those_of_scikit_learn(
    generator: np.random.Generator, weights: Floats, decimals: int
) -> None:
    p = np.clip(generator.uniform(0.02, 0.98, ROWS).round(decimals), 0.01, 0.99)  # with one decimal, all are ties
    target = (generator.uniform(size=ROWS) < p).astype(np.int64)
    found = binary_figures(target, both(p), np.array([0.6, 0.4]), np.zeros(ROWS, dtype=np.int64), weights)
    for draw, weight in enumerate(weights):
        base = np.full(ROWS, 0.4)
        loss, base_loss = (log_loss(target, x, sample_weight=weight) for x in (p, base))
        brier, base_brier = (brier_score_loss(target, x, sample_weight=weight) for x in (p, base))
        expected = {
            "log_loss": loss,
            "log_loss_skill": 1 - loss / base_loss,
            "brier_score": brier,
            "brier_skill": 1 - brier / base_brier,
            "roc_auc": roc_auc_score(target, p, sample_weight=weight),
            "average_precision": average_precision_score(target, p, sample_weight=weight),
            "expected_calibration_error": abs(np.average(p - target, weights=weight)),
        }
        assert {name: found[name][draw] for name in expected} == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("slope", "offset"), [(0.7, 0.5), (0.05, 0), (4, 0), (1, 6), (0.1, -3)])
def test_calibration_slope_is_that_of_a_logistic_regression(
    generator: np.random.Generator, weights: Floats, slope: float, offset: float
) -> None:
    log_odds = generator.normal(-1, 1, ROWS) / slope**0.5
    p = 1 / (1 + np.exp(-log_odds))
    target = (generator.uniform(size=ROWS) < 1 / (1 + np.exp(-(offset / 3 + slope * log_odds)))).astype(np.int64)
    p = 1 / (1 + np.exp(-(log_odds + offset)))
    log_odds = np.log(p / (1 - p))
    found = binary_figures(target, both(p), np.array([0.5, 0.5]), np.zeros(ROWS, dtype=np.int64), weights)
    for draw, weight in enumerate(weights):
        fitted = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12)
        fitted.fit(log_odds[:, None], target, sample_weight=weight)
        assert found["calibration_slope"][draw] == pytest.approx(fitted.coef_[0, 0], abs=1e-7)
        # with the slope held at 1, the intercept makes the mean prediction the observed share
        shifted = 1 / (1 + np.exp(-(log_odds + found["calibration_intercept"][draw])))
        assert np.average(shifted - target, weights=weight) == pytest.approx(0, abs=1e-9)


def test_calibration_of_one_probability_or_of_a_perfect_ranking_has_no_slope() -> None:
    target, weights, bins = np.array([0, 0, 1, 1]), np.ones((1, 4)), np.zeros(4, dtype=np.int64)
    for p in ([0.4] * 4, [0.1, 0.2, 0.8, 0.9]):
        found = binary_figures(target, both(np.array(p)), np.array([0.5, 0.5]), bins, weights)
        assert np.isnan(found["calibration_slope"][0])
        assert np.isfinite(found["calibration_intercept"][0])


def test_certain_answers_that_are_sometimes_wrong_have_a_slope(generator: np.random.Generator) -> None:
    """As a forest gives them: the log-odds are clipped, and the slope is next to 0."""
    p = generator.integers(0, 2, ROWS).astype(float)
    wrong = generator.uniform(size=ROWS) < 0.1
    target = np.where(wrong, 1 - p, p).astype(np.int64)
    found = binary_figures(target, both(p), np.array([0.5, 0.5]), np.zeros(ROWS, np.int64), np.ones((1, ROWS)))
    assert 0 < found["calibration_slope"][0] < 0.2
    assert np.isfinite(found["calibration_intercept"][0])


def test_calibration_error_is_the_mean_gap_over_bins() -> None:
    p, target = np.array([0.1, 0.3, 0.8, 0.8]), np.array([0, 1, 1, 1])
    bins, weights = np.array([0, 0, 3, 3]), np.array([[1.0, 1.0, 3.0, 1.0]])  # with a gap, as in a slice
    found = binary_figures(target, both(p), np.array([0.5, 0.5]), bins, weights)
    # bin 0: mean prediction 0.2, observed 0.5, 2 of 6 rows; bin 3: 0.8 and 1, 4 of 6 rows
    assert found["expected_calibration_error"][0] == pytest.approx((0.3 * 2 + 0.2 * 4) / 6)


def test_figures_of_one_class_have_no_meaning() -> None:
    p, weights = np.array([0.1, 0.3]), np.ones((1, 2))
    found = binary_figures(np.zeros(2, dtype=np.int64), both(p), np.array([0.5, 0.5]), np.zeros(2, np.int64), weights)
    assert np.isnan(found["roc_auc"][0])
    assert np.isnan(found["average_precision"][0])
    assert np.isnan(found["calibration_slope"][0])
    assert found["brier_score"][0] == pytest.approx(0.05)


def test_certain_and_wrong_is_finite() -> None:
    found = binary_figures(
        np.array([1, 0]), both(np.array([0.0, 0.5])), np.array([0.5, 0.5]), np.zeros(2, np.int64), np.ones((1, 2))
    )
    assert found["log_loss"][0] == pytest.approx(log_loss([1, 0], [0.0, 0.5]))


def test_multiclass_figures_are_those_of_scikit_learn(generator: np.random.Generator, weights: Floats) -> None:
    p = generator.dirichlet([1, 1, 1], ROWS)
    target = np.array([generator.choice(3, p=row) for row in p])
    base = np.array([0.2, 0.3, 0.5])
    found = multiclass_figures(target, p, base, np.zeros(ROWS, dtype=np.int64), weights)
    for draw, weight in enumerate(weights):
        loss, base_loss = (log_loss(target, x, sample_weight=weight) for x in (p, np.tile(base, (ROWS, 1))))
        brier, base_brier = (brier_score_loss(target, x, sample_weight=weight) for x in (p, np.tile(base, (ROWS, 1))))
        areas = [roc_auc_score(target == k, p[:, k], sample_weight=weight) for k in range(3)]
        right = target == p.argmax(axis=1)
        expected = {
            "log_loss": loss,
            "log_loss_skill": 1 - loss / base_loss,
            "brier_score": brier,
            "brier_skill": 1 - brier / base_brier,
            "roc_auc": np.mean(areas),
            "accuracy": accuracy_score(target, p.argmax(axis=1), sample_weight=weight),
            "expected_calibration_error": abs(np.average(p.max(axis=1) - right, weights=weight)),
        }
        assert {name: values[draw] for name, values in found.items()} == pytest.approx(expected, abs=1e-12)


def test_regression_figures_are_those_of_scikit_learn(generator: np.random.Generator, weights: Floats) -> None:
    target = 1e6 + generator.normal(size=ROWS)
    value = target + generator.normal(0.1, 1, ROWS)
    found = regression_figures(target, value, weights)
    for draw, weight in enumerate(weights):
        expected = {
            "rmse": root_mean_squared_error(target, value, sample_weight=weight),
            "mae": mean_absolute_error(target, value, sample_weight=weight),
            "r2": r2_score(target, value, sample_weight=weight),
            "bias": np.average(value - target, weights=weight),
        }
        assert {name: values[draw] for name, values in found.items()} == pytest.approx(expected, abs=1e-9)


def test_r2_of_a_constant_target_has_no_meaning() -> None:
    assert np.isnan(regression_figures(np.ones(3), np.arange(3.0), np.ones((1, 3)))["r2"][0])
