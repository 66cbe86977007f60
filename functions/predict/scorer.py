"""The scorer: a baked estimator's fitted numbers, applied to a row. Needs nothing beside Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any

LARGEST_NUMBER = 3.4028234663852886e38  # of float32, in which scikit-learn's trees compare; it refuses larger ones
Row = Mapping[str, Any]
Features = list[float]
Scores = list[float]
Model = Callable[[Features], Scores]
Tree = Any  # a leaf's number or list of numbers, or (feature, threshold, left, right)


class Scorer:
    """Scores rows with the `estimator` of a model.json: `{inputs, model}`.

    A row is encoded as scikit-learn's ColumnTransformer does: the columns of `inputs` side by side, a `one_hot` one as
    an indicator per choice, a number as `(value - mean) / scale`. From these features `model` makes one or more scores:

    - `constant`: its `values`;
    - `linear`: for each `intercept`, the sum of it and of the features times their `coefficients`;
    - `trees`: `start`, plus a leaf of each tree, divided by `divisor`. A leaf is a list, a number per score; or it is a
      number, and then tree i adds to score i modulo the number of scores.

    A tree lists its nodes from the root, each before its left and then its right subtree: `feature` of each node, -1
    for a leaf; `threshold` of each that is none: up to it goes left; `value` of each leaf.

    The model's `link` turns scores to answers: `identity` leaves them as they are; `probability` and `logit` take the
    one score for the second of two classes' probability or its log odds; `softmax` takes exp, divided by its sum.
    """

    def __init__(self, estimator: Mapping[str, Any]) -> None:
        """Prepare the numbers of `estimator`.

        Raises:
            LookupError, TypeError, ValueError: `estimator` is not of the form that training bakes.
        """
        self._one_hot: list[tuple[str, dict[Any, int]]] = []
        self._numbers: list[tuple[str, int, float, float]] = []
        width = 0
        for entry in estimator["inputs"]:
            if "one_hot" in entry:
                self._one_hot.append((entry["field"], {choice: width + i for i, choice in enumerate(entry["one_hot"])}))
                width += len(entry["one_hot"])
            else:
                self._numbers.append((entry["field"], width, _finite(entry["mean"]), _finite(entry["scale"])))
                width += 1
        self._zeros = [0.0] * width
        model = estimator["model"]
        self._scores = _MODELS[model["type"]](model, width)
        self._link = _LINKS[model["link"]]
        if model["link"] in ("probability", "logit") and len(self._scores(self._zeros)) != 1:
            raise ValueError(f"the link {model['link']} takes one score")

    def predict(self, row: Row) -> list[float]:
        """Return the probability of each class, or the one value of a regression.

        Raises:
            ValueError: a field is missing, or holds a value that training would refuse.
        """
        return self._link(self._scores(self._encode(row)))

    def _encode(self, row: Row) -> Features:
        features = self._zeros.copy()
        try:
            for field, positions in self._one_hot:
                features[positions[row[field]]] = 1.0
            for field, position, mean, scale in self._numbers:
                number = float(row[field])
                if not abs(number) <= LARGEST_NUMBER:
                    raise ValueError(f"the field {field!r} holds no number that fits float32")
                features[position] = (number - mean) / scale
        except (KeyError, TypeError, OverflowError):  # whose messages hold the value, which may not be logged
            raise ValueError(f"the field {field!r} is missing, or holds what it may not") from None
        return features


def expit(log_odds: float) -> float:
    """Return 1 / (1 + exp(-log_odds)), without overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def softmax(scores: Scores) -> list[float]:
    """Return exp of each score, divided by the sum of all, without overflow."""
    largest = max(scores)
    powers = [math.exp(score - largest) for score in scores]
    total = reduce(add, powers)
    return [power / total for power in powers]


def _probability(scores: Scores) -> list[float]:
    return [1 - scores[0], scores[0]]


def _logit(scores: Scores) -> list[float]:
    probability = expit(scores[0])
    return [1 - probability, probability]


def _finite(given: Any) -> float:
    number = float(given)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no finite number")
    return number


def _constant(model: Mapping[str, Any], _width: int) -> Model:
    values = [_finite(value) for value in model["values"]]
    return lambda _features: values.copy()


def _linear(model: Mapping[str, Any], width: int) -> Model:
    lines = [
        (_finite(intercept), [_finite(coefficient) for coefficient in coefficients])
        for intercept, coefficients in zip(model["intercept"], model["coefficients"], strict=True)
    ]
    if wrong := [len(coefficients) for _intercept, coefficients in lines if len(coefficients) != width]:
        raise ValueError(f"{wrong[0]} coefficients for {width} features")
    return lambda features: [
        intercept + reduce(add, map(float.__mul__, coefficients, features), 0.0) for intercept, coefficients in lines
    ]


def _trees(model: Mapping[str, Any], width: int) -> Model:
    start, divisor = [_finite(value) for value in model["start"]], _finite(model["divisor"])
    has_lists = isinstance(model["trees"][0]["value"][0], list)
    trees = [_tree(tree, width, len(start) if has_lists else None) for tree in model["trees"]]
    if divisor <= 0 or (not has_lists and len(trees) % len(start)):
        raise ValueError(f"{len(trees)} trees cannot be divided by {divisor} and among {len(start)} scores")
    if has_lists:
        return _add_lists(start, trees, divisor)
    sums = [_add_numbers(value, trees[i :: len(start)], divisor) for i, value in enumerate(start)]
    return lambda features: [total(features) for total in sums]


def _add_numbers(start: float, trees: list[Tree], divisor: float) -> Callable[[Features], float]:
    def score(features: Features) -> float:
        total = start
        for node in trees:
            while isinstance(node, tuple):
                feature, threshold, left, right = node
                node = left if features[feature] <= threshold else right
            total += node
        return total / divisor

    return score


def _add_lists(start: list[float], trees: list[Tree], divisor: float) -> Model:
    def scores(features: Features) -> Scores:
        totals = start
        for node in trees:
            while isinstance(node, tuple):
                feature, threshold, left, right = node
                node = left if features[feature] <= threshold else right
            totals = list(map(add, totals, node))
        return [total / divisor for total in totals]

    return scores


def _tree(tree: Mapping[str, Any], width: int, leaf_length: int | None) -> Tree:
    """Return nested nodes; `leaf_length` is the length of a leaf's list, None where a leaf is a number.

    From the last node to the first: what is on top of the stack is the subtree that began last, so a node's left one.
    """
    thresholds, values = list(tree["threshold"]), list(tree["value"])
    subtrees: list[Tree] = []
    for feature in reversed(tree["feature"]):
        if feature == -1:
            subtrees.append(_leaf(values.pop(), leaf_length))
        elif 0 <= feature < width:
            subtrees.append((feature, _finite(thresholds.pop()), subtrees.pop(), subtrees.pop()))
        else:
            raise ValueError(f"a tree splits on feature {feature} of {width}")
    if len(subtrees) != 1 or thresholds or values:
        raise ValueError("the nodes of a tree do not add up to one tree")
    return subtrees[0]


def _leaf(value: Any, length: int | None) -> float | list[float]:
    if length is None:
        return _finite(value)
    if len(value) != length:
        raise ValueError(f"a leaf of {len(value)} numbers for {length} scores")
    return [_finite(number) for number in value]


_MODELS: dict[str, Callable[[Mapping[str, Any], int], Model]] = {
    "constant": _constant,
    "linear": _linear,
    "trees": _trees,
}
_LINKS: dict[str, Callable[[Scores], list[float]]] = {
    "identity": list,
    "probability": _probability,
    "logit": _logit,
    "softmax": softmax,
}
