"""The scorer: a baked estimator's fitted numbers, applied to a row. Needs nothing beside Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

LARGEST_NUMBER = 3.4028234663852886e38  # of float32, in which scikit-learn's trees compare; it refuses larger ones
Row = Mapping[str, Any]
Features = list[float]
Tree = float | tuple[int, float, "Tree", "Tree"]  # a leaf's value, or (feature, threshold, left, right)


class Scorer:
    """Scores rows with the `estimator` of a model.json.

    A row is encoded as scikit-learn's ColumnTransformer does: the columns of `inputs` side by side, a `one_hot` one as
    an indicator per choice, a number as `(value - mean) / scale`.
    """

    def __init__(self, estimator: Mapping[str, Any]) -> None:
        """Prepare the numbers of `estimator`.

        Raises:
            KeyError, TypeError, ValueError: `estimator` is not of the form that training bakes.
        """
        self._one_hot: list[tuple[str, dict[Any, int]]] = []
        self._numbers: list[tuple[str, int, float, float]] = []
        width = 0
        for entry in estimator["inputs"]:
            if "one_hot" in entry:
                self._one_hot.append((entry["field"], {choice: width + i for i, choice in enumerate(entry["one_hot"])}))
                width += len(entry["one_hot"])
            else:
                self._numbers.append((entry["field"], width, float(entry["mean"]), float(entry["scale"])))
                width += 1
        self._zeros = [0.0] * width
        self._log_odds = _MODELS[estimator["model"]["type"]](estimator["model"], width)

    def probability(self, row: Row) -> float:
        """Return the probability of the positive class.

        Raises:
            ValueError: a field is missing, or holds a value that training would refuse.
        """
        return expit(self._log_odds(self._encode(row)))

    def _encode(self, row: Row) -> Features:
        features = self._zeros.copy()
        try:
            for field, positions in self._one_hot:
                features[positions[row[field]]] = 1.0
            for field, position, mean, scale in self._numbers:
                number = float(row[field])
                if not abs(number) <= LARGEST_NUMBER:
                    raise ValueError(f"{field} = {number} is not a number that fits float32")
                features[position] = (number - mean) / scale
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"no such field or value: {error}") from None
        return features


def expit(log_odds: float) -> float:
    """Return 1 / (1 + exp(-log_odds)), without overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def _constant(model: Mapping[str, Any], _width: int) -> Callable[[Features], float]:
    log_odds = float(model["log_odds"])
    return lambda _features: log_odds


def _linear(model: Mapping[str, Any], width: int) -> Callable[[Features], float]:
    intercept = float(model["intercept"])
    coefficients = [float(coefficient) for coefficient in model["coefficients"]]
    if len(coefficients) != width:
        raise ValueError(f"{len(coefficients)} coefficients for {width} features")
    return lambda features: intercept + sum(map(float.__mul__, coefficients, features))


def _trees(model: Mapping[str, Any], width: int) -> Callable[[Features], float]:
    start = float(model["start"])
    trees = [_tree(tree, width) for tree in model["trees"]]

    def log_odds(features: Features) -> float:
        total = start
        for node in trees:
            while isinstance(node, tuple):
                feature, threshold, left, right = node
                node = left if features[feature] <= threshold else right
            total += node
        return total

    return log_odds


def _tree(tree: Mapping[str, Any], width: int) -> Tree:
    """Return nested nodes from the arrays of a tree, in which children follow their parent."""
    nodes: list[Tree] = [0.0] * len(tree["feature"])
    for i in range(len(nodes) - 1, -1, -1):
        feature, left, right = tree["feature"][i], tree["left"][i], tree["right"][i]
        if left < 0:
            nodes[i] = float(tree["value"][i])
        elif i < left < len(nodes) and i < right < len(nodes) and 0 <= feature < width:
            nodes[i] = (feature, float(tree["threshold"][i]), nodes[left], nodes[right])
        else:
            raise ValueError(f"node {i} of a tree points outside of it")
    return nodes[0]


_MODELS: dict[str, Callable[[Mapping[str, Any], int], Callable[[Features], float]]] = {
    "constant": _constant,
    "linear": _linear,
    "trees": _trees,
}
