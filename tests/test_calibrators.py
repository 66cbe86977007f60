"""Calibrators make probabilities of scores; the expected ones are worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from predict.calibrators import calibrator, expit

POINTS: dict[str, Any] = {"type": "isotonic", "x": [0.0, 1.0, 3.0], "y": [0.0, 0.5, 0.75]}


@pytest.mark.parametrize("z", [-1e6, -745.2, -30.0, -1.0, 0.0, 1.0, 30.0, 745.2, 1e6])
def test_expit_does_not_overflow(z: float) -> None:
    assert 0 <= expit(z) <= 1
    assert expit(z) + expit(-z) == pytest.approx(1, abs=1e-15)
    assert expit(math.log(3)) == pytest.approx(0.75, abs=1e-15)


def test_sigmoid_falls_with_a_positive_slope() -> None:
    calibrate = calibrator({"type": "sigmoid", "a": 2.0, "b": -1.0})
    assert calibrate(0.5) == 0.5
    assert calibrate(1.0) == pytest.approx(1 / (1 + math.e))


def test_isotonic_goes_through_its_points_and_is_level_beyond() -> None:
    calibrate = calibrator(POINTS)
    scores = [-1e300, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 3.5, 1e300]
    assert [calibrate(score) for score in scores] == [0.0, 0.0, 0.0, 0.25, 0.5, 0.625, 0.75, 0.75, 0.75]
    assert [calibrate(score) for score in np.linspace(-1, 4, 99)] == pytest.approx(
        np.interp(np.linspace(-1, 4, 99), POINTS["x"], POINTS["y"]), abs=1e-15
    )


def test_one_point_is_a_constant() -> None:
    calibrate = calibrator({"type": "isotonic", "x": [1.0], "y": [0.25]})
    assert [calibrate(score) for score in (0.0, 1.0, 2.0)] == [0.25] * 3


@pytest.mark.parametrize(
    "numbers",
    [
        {"type": "temperature", "a": 1.0, "b": 1.0},
        {"type": "sigmoid", "a": 1.0},
        {"type": "sigmoid", "a": 1.0, "b": math.inf},
        {**POINTS, "x": [0.0, 1.0]},
        {**POINTS, "x": [0.0, 1.0, 1.0]},
        {**POINTS, "x": [], "y": []},
        {**POINTS, "y": [0.0, 0.5, math.nan]},
    ],
)
def test_numbers_of_another_form_are_refused(numbers: dict[str, Any]) -> None:
    calibrator(POINTS)
    with pytest.raises((LookupError, ValueError)):
        calibrator(numbers)
