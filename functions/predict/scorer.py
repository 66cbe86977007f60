"""The scorer: a baked estimator's fitted numbers, applied to a row. Needs nothing beside Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any

from predict.calibrators import calibrate_scores, calibrator, expit
from predict.inputs import LARGEST_NUMBER as LARGEST_NUMBER
from predict.inputs import Features, Inputs, finite
from predict.inputs import Row as Row

Scores = list[float]
Model = Callable[[Features], Scores]
Tree = Any  # a leaf's number or list of numbers, or (feature, threshold, left, right)


class Scorer:
    """Scores rows with the `estimator` of a model.json: `{inputs, model}`.

    predict.inputs makes a row's features of `inputs`. From these `model` makes one or more scores:

    - `constant`: its `values`;
    - `linear`: for each `intercept`, the sum of it and of the features times their `coefficients`;
    - `trees`: `start`, plus a leaf of each tree, divided by `divisor`. A leaf is a list, a number per score; or it is a
      number, and then tree i adds to score i modulo the number of scores;
    - `calibrated`: the mean over `members` of the probabilities that the `calibrators` of each (predict.calibrators)
      make of the scores of its `model`, whose link is left out.

    A tree lists its nodes from the root, each before its left and then its right subtree: `feature` of each node, -1
    for a leaf; `threshold` of each that is none: up to it goes left, or what it lists; `value` of each leaf.

    The model's `link` turns scores to answers: `identity` leaves them as they are; `probability` and `logit` take the
    one score for the second of two classes' probability or its log odds; `softmax` takes exp, divided by its sum.
    """

    def __init__(self, estimator: Mapping[str, Any]) -> None:
        """Prepare the numbers of `estimator`.

        Raises:
            LookupError, TypeError, ValueError: `estimator` is not of the form that training bakes.
        """
        self._inputs = Inputs(estimator["inputs"])
        model = estimator["model"]
        self._scores = _MODELS[model["type"]](model, self._inputs.width)
        self._link = _LINKS[model["link"]]
        if model["link"] in ("probability", "logit") and len(self._scores(self._inputs.zeros)) != 1:
            raise ValueError(f"the link {model['link']} takes one score")

    def predict(self, row: Row) -> list[float]:
        """Return the probability of each class, or the one value of a regression.

        Raises:
            ValueError: a field is missing, or holds a value that training would refuse.
        """
        return self._link(self._scores(self._inputs.encode(row)))


class _Codes(frozenset[float]):
    """A split on categories, in the place of a threshold: `code <= codes` says whether it is one of them.

    So the walk through trees of numbers, by far the most, does not ask which of the two it meets.
    """

    __ge__ = frozenset.__contains__


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


def _constant(model: Mapping[str, Any], _width: int) -> Model:
    values = [finite(value) for value in model["values"]]
    return lambda _features: values.copy()


def _linear(model: Mapping[str, Any], width: int) -> Model:
    lines = [
        (finite(intercept), [finite(coefficient) for coefficient in coefficients])
        for intercept, coefficients in zip(model["intercept"], model["coefficients"], strict=True)
    ]
    if wrong := [len(coefficients) for _intercept, coefficients in lines if len(coefficients) != width]:
        raise ValueError(f"{wrong[0]} coefficients for {width} features")
    return lambda features: [
        intercept + reduce(add, map(float.__mul__, coefficients, features), 0.0) for intercept, coefficients in lines
    ]


def _trees(model: Mapping[str, Any], width: int) -> Model:
    start, divisor = [finite(value) for value in model["start"]], finite(model["divisor"])
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
            subtrees.append((feature, _threshold(thresholds.pop()), subtrees.pop(), subtrees.pop()))
        else:
            raise ValueError(f"a tree splits on feature {feature} of {width}")
    if len(subtrees) != 1 or thresholds or values:
        raise ValueError("the nodes of a tree do not add up to one tree")
    return subtrees[0]


def _threshold(given: Any) -> float | _Codes:
    return _Codes(map(finite, given)) if isinstance(given, list) else finite(given)


def _leaf(value: Any, length: int | None) -> float | list[float]:
    if length is None:
        return finite(value)
    if len(value) != length:
        raise ValueError(f"a leaf of {len(value)} numbers for {length} scores")
    return [finite(number) for number in value]


def _calibrated(model: Mapping[str, Any], width: int) -> Model:
    members = []
    for member in model["members"]:
        inner, calibrators = member["model"], [calibrator(numbers) for numbers in member["calibrators"]]
        scores = _UNCALIBRATED[inner["type"]](inner, width)
        calibrate_scores(scores([0.0] * width), calibrators)
        members.append((scores, calibrators))
    if len({len(calibrators) for _scores, calibrators in members}) != 1:
        raise ValueError("the members of a calibrated model are none, or have different numbers of calibrators")

    def mean(features: Features) -> Scores:
        shares = [calibrate_scores(scores(features), calibrators) for scores, calibrators in members]
        return [reduce(add, of_class) / len(shares) for of_class in zip(*shares, strict=True)]

    return mean


_UNCALIBRATED: dict[str, Callable[[Mapping[str, Any], int], Model]] = {
    "constant": _constant,
    "linear": _linear,
    "trees": _trees,
}
_MODELS = {**_UNCALIBRATED, "calibrated": _calibrated}
_LINKS: dict[str, Callable[[Scores], list[float]]] = {
    "identity": list,
    "probability": _probability,
    "logit": _logit,
    "softmax": softmax,
}
