"""The calibrators: from the scores of a model to probabilities that fit how often each class occurs."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

from predict.inputs import finite

Calibrate = Callable[[float], float]


def expit(log_odds: float) -> float:
    """Return 1 / (1 + exp(-log_odds)), without overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def calibrator(numbers: Mapping[str, Any]) -> Calibrate:
    """Return what makes the probability of a class of its score.

    - `sigmoid`: expit(-(a * score + b));
    - `isotonic`: on the line through the points `x`, `y`; that of the first and last point beyond them.

    Raises:
        LookupError, TypeError, ValueError: the numbers are not of the form that training bakes.
    """
    return {"sigmoid": _sigmoid, "isotonic": _isotonic}[numbers["type"]](numbers)


def _sigmoid(numbers: Mapping[str, Any]) -> Calibrate:
    a, b = finite(numbers["a"]), finite(numbers["b"])
    return lambda score: expit(-(a * score + b))


def _isotonic(numbers: Mapping[str, Any]) -> Calibrate:
    xs, ys = [finite(x) for x in numbers["x"]], [finite(y) for y in numbers["y"]]
    if not xs or len(xs) != len(ys) or any(x >= after for x, after in pairwise(xs)):
        raise ValueError("the points of an isotonic calibration do not ascend")

    def calibrate(score: float) -> float:
        after = bisect_right(xs, score)
        if after == 0 or after == len(xs):
            return ys[0] if after == 0 else ys[-1]
        x, y = xs[after - 1], ys[after - 1]
        return y + (ys[after] - y) * ((score - x) / (xs[after] - x))

    return calibrate


def calibrate_scores(scores: Sequence[float], calibrators: Sequence[Calibrate]) -> list[float]:
    """Return the probability of each class: of two classes, the one score is of the second."""
    shares = [calibrate(score) for calibrate, score in zip(calibrators, scores, strict=True)]
    if len(shares) == 1:
        return [1 - shares[0], shares[0]]
    total = reduce(add, shares)
    return [share / total for share in shares] if total else [1 / len(shares)] * len(shares)
