"""The portable bake: a fitted pipeline's numbers as the JSON that predict.scorer reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from training.trees import (
    FORESTS,
    GRADIENT_BOOSTING,
    HISTOGRAM_BOOSTING,
    FittedTree,
    fitted_trees,
    histogram_boosting,
)

LOSSES = ("log_loss", "squared_error", "absolute_error", "huber", "quantile")  # others have links of their own
EPSILON = float(np.finfo(np.float64).eps)


def bake_estimator(pipeline: Pipeline) -> dict[str, Any]:
    """Return the `estimator` of model.json, `{inputs, model}`, for a fitted pipeline of an encoder and an estimator.

    The encoder is a ColumnTransformer of OneHotEncoder, StandardScaler and passthrough; predict.scorer.Scorer says what
    the numbers mean. A classifier's classes are 0, 1, ...; of two, class 1 is the positive one.

    Raises:
        TypeError: the pipeline holds a transformer or an estimator that this bake does not know.
    """
    inputs = _inputs(pipeline["encoder"])
    indicators = [is_one for entry in inputs for is_one in ([True] * len(entry.get("one_hot", ())) or [False])]
    return {"inputs": inputs, "model": _model(pipeline["estimator"], indicators)}


def number_positions(encoder: Any) -> dict[int, str]:
    """Return the numbers among the columns that the fitted ColumnTransformer puts out: position -> name."""
    positions, width = {}, 0
    for entry in _inputs(encoder):
        if "one_hot" not in entry:
            positions[width] = entry["field"]
        width += len(entry.get("one_hot", [None]))
    return positions


def _inputs(encoder: Any) -> list[dict[str, Any]]:
    """Return an entry per column of the ColumnTransformer, in the order of its output."""
    inputs: list[dict[str, Any]] = []
    for _name, transformer, columns in encoder.transformers_:
        if isinstance(transformer, OneHotEncoder):
            for field, choices in zip(columns, transformer.categories_, strict=True):
                inputs.append(
                    {"field": field, "one_hot": [choice if isinstance(choice, str) else None for choice in choices]}
                )
        elif isinstance(transformer, StandardScaler):
            for field, mean, scale in zip(columns, transformer.mean_, transformer.scale_, strict=True):
                inputs.append({"field": field, "mean": float(mean), "scale": float(scale)})
        elif isinstance(transformer, FunctionTransformer) and transformer.func is None:  # "passthrough", once fitted
            inputs += [{"field": field, "mean": 0.0, "scale": 1.0} for field in columns]
        elif transformer != "drop":
            raise TypeError(f"there is no portable bake of {type(transformer).__name__}")
    return inputs


def _model(estimator: Any, indicators: list[bool]) -> dict[str, Any]:
    """Return the fitted numbers; `indicators` says of each feature whether it is an indicator of a choice."""
    if isinstance(estimator, DummyClassifier) and estimator.strategy == "prior":
        return {"type": "constant", "link": "identity", "values": estimator.class_prior_.tolist()}
    if isinstance(estimator, DummyRegressor):
        return {"type": "constant", "link": "identity", "values": estimator.constant_[0].tolist()}
    if isinstance(estimator, LogisticRegression | Ridge):
        return {
            "type": "linear",
            "link": _link(estimator),
            "intercept": np.atleast_1d(estimator.intercept_).tolist(),
            "coefficients": np.atleast_2d(estimator.coef_).tolist(),
        }
    link, start = _link(estimator), _start(estimator)
    return {
        "type": "trees",
        "link": link,
        "start": start,
        "divisor": len(estimator.estimators_) if isinstance(estimator, FORESTS) else 1,
        "trees": [_tree(tree, indicators, link) for tree in fitted_trees(estimator)],
    }


def _link(estimator: Any) -> str:
    """Return the name of what makes probabilities of the estimator's scores, one for two classes, else one a class."""
    if not is_classifier(estimator):
        return "identity"
    is_binary = len(estimator.classes_) == 2
    if isinstance(estimator, FORESTS):
        return "probability" if is_binary else "identity"
    return "logit" if is_binary else "softmax"


def _start(estimator: Any) -> list[float]:
    """Return what the trees are added to, a number per score."""
    if isinstance(estimator, FORESTS):
        classes = len(estimator.classes_) if is_classifier(estimator) else 1
        return [0.0] * (classes if classes > 2 else 1)
    if isinstance(estimator, HISTOGRAM_BOOSTING) and estimator.loss in LOSSES:
        return [float(score) for score in histogram_boosting(estimator)["base_scores"]]
    if isinstance(estimator, GRADIENT_BOOSTING) and estimator.loss in LOSSES:
        if isinstance(estimator.init_, DummyRegressor):
            return [float(estimator.init_.constant_[0, 0])]
        if isinstance(estimator.init_, DummyClassifier):
            prior = np.clip(estimator.init_.class_prior_, EPSILON, 1 - EPSILON)  # as scikit-learn does
            return [float(np.log(prior[1] / (1 - prior[1])))] if len(prior) == 2 else np.log(prior).tolist()
    raise TypeError(f"there is no portable bake of {estimator!r}")


def _tree(tree: FittedTree, indicators: list[bool], link: str) -> dict[str, Any]:
    """Return the nodes of a tree, each before its left and then its right subtree.

    An indicator is 0 or 1, so any threshold between decides as 0.5 does, which is shorter than a random one.
    """
    values = tree.value[:, 1] if link == "probability" else tree.value if tree.value.shape[1] > 1 else tree.value[:, 0]
    baked: dict[str, list[Any]] = {"feature": [], "threshold": [], "value": []}
    nodes = [0]
    while nodes:
        node = nodes.pop()
        feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
        baked["feature"].append(feature)
        if feature < 0:
            baked["value"].append(values[node].tolist())
        else:
            baked["threshold"].append(0.5 if indicators[feature] and 0 <= threshold < 1 else threshold)
            nodes += [int(tree.right[node]), int(tree.left[node])]
    return baked
