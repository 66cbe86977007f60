"""The scorer applies the numbers of model.json; the expected answers are worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from predict.scorer import Scorer, expit

INPUTS = [{"field": "colour", "one_hot": ["red", None]}, {"field": "size", "mean": 3.0, "scale": 2.0}]
LINEAR = {"type": "linear", "intercept": 0.5, "coefficients": [1.0, -1.0, 2.0]}
TREE = {
    "feature": [2, 0, -1, -1, -1],
    "threshold": [0.0, 0.5, 0.0, 0.0, 0.0],
    "left": [1, 2, -1, -1, -1],
    "right": [4, 3, -1, -1, -1],
    "value": [0.0, 0.0, 1.0, 2.0, 3.0],
}


def log_odds(model: dict[str, Any], row: dict[str, Any]) -> float:
    probability = Scorer({"inputs": INPUTS, "model": model}).probability(row)
    return math.log(probability / (1 - probability))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"colour": "red", "size": 3}, 0.5 + 1.0),
        ({"colour": None, "size": 5}, 0.5 - 1.0 + 2.0 * 1.0),
        ({"colour": "red", "size": -1.0}, 0.5 + 1.0 + 2.0 * -2.0),
    ],
)
def test_linear_model(row: dict[str, Any], expected: float) -> None:
    assert log_odds(LINEAR, row) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("row", "leaf"),
    [
        ({"colour": None, "size": 3}, 1.0),  # a size at its threshold goes left, and so does what is not red
        ({"colour": "red", "size": 3}, 2.0),
        ({"colour": "red", "size": 3.0000001}, 3.0),
    ],
)
def test_trees_add_up(row: dict[str, Any], leaf: float) -> None:
    stump = {"feature": [-1], "threshold": [0.0], "left": [-1], "right": [-1], "value": [-2.0]}
    assert log_odds({"type": "trees", "start": 0.25, "trees": [TREE, stump]}, row) == pytest.approx(0.25 + leaf - 2.0)


def test_constant_model() -> None:
    assert log_odds({"type": "constant", "log_odds": -2.5}, {"colour": "red", "size": 0}) == pytest.approx(-2.5)


@pytest.mark.parametrize("z", [-1e6, -745.2, -30.0, -1.0, 0.0, 1.0, 30.0, 745.2, 1e6])
def test_expit_does_not_overflow(z: float) -> None:
    assert 0 <= expit(z) <= 1
    assert expit(z) + expit(-z) == pytest.approx(1, abs=1e-15)
    assert expit(math.log(3)) == pytest.approx(0.75, abs=1e-15)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"colour": "red"},
        {"colour": "red", "size": None},
        {"colour": "Red", "size": 1},
        {"colour": ["red"], "size": 1},
        {"colour": "red", "size": math.nan},
        {"colour": "red", "size": math.inf},
        {"colour": "red", "size": -3.5e38},
        {"colour": "red", "size": 10**400},
    ],
)
def test_row_that_training_would_refuse_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such field or value|is not a number that fits float32"):
        Scorer({"inputs": INPUTS, "model": LINEAR}).probability(row)


@pytest.mark.parametrize(
    "model",
    [
        {"type": "forest"},
        {"type": "linear", "intercept": 0.0, "coefficients": [1.0]},
        {"type": "trees", "start": 0.0, "trees": [{**TREE, "left": [0, 2, -1, -1, -1]}]},
        {"type": "trees", "start": 0.0, "trees": [{**TREE, "right": [4, 99, -1, -1, -1]}]},
        {"type": "trees", "start": 0.0, "trees": [{**TREE, "feature": [3, 0, -1, -1, -1]}]},
    ],
)
def test_numbers_of_another_form_are_refused(model: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        Scorer({"inputs": INPUTS, "model": model})
