"""The portable bake: a fitted pipeline's numbers as the JSON that predict.scorer reads."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from scipy.special import logit
from scipy.stats import gmean
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import ElasticNet, ElasticNetCV, LassoCV, LinearRegression, LogisticRegression, Ridge, RidgeCV
from sklearn.pipeline import Pipeline
from sklearn.tree import BaseDecisionTree
from sklearn.utils import get_tags

from training.columns import Column, Number, to_inputs
from training.encoding import trace_columns
from training.splits import Splits
from training.trees import (
    FORESTS,
    GRADIENT_BOOSTING,
    HISTOGRAM_BOOSTING,
    FittedTree,
    fitted_members,
    fitted_trees,
    histogram_boosting,
)

LINEAR = (LogisticRegression, LinearRegression, Ridge, RidgeCV, ElasticNet, ElasticNetCV, LassoCV)
AVERAGING = (*FORESTS, BaseDecisionTree)  # their scores are shares of classes
DUMMIES = (DummyClassifier, DummyRegressor)
LOSSES = ("log_loss", "squared_error", "absolute_error", "huber", "quantile")  # others have links of their own
EPSILON = float(np.finfo(np.float64).eps)


def bake_estimator(pipeline: Pipeline, optional: Collection[str] = ()) -> dict[str, Any]:
    """Return the `estimator` of model.json, `{inputs, model}`, for a fitted pipeline of encoders and an estimator.

    The encoders are those of training.encoding, the estimators linear and logistic models, trees, forests, gradient
    boosting, the dummies, and calibrated ones of these; predict.scorer.Scorer says what the numbers mean. A
    classifier's classes are 0, 1, ...; of two, class 1 is the positive one.

    Args:
        pipeline: fitted on a DataFrame of the fields.
        optional: the names of the fields that may be missing.

    Raises:
        TypeError: the pipeline holds what this bake does not know, or hands NaN to an estimator that takes none.
    """
    estimator, columns = pipeline[-1], find_columns(pipeline)
    members = fitted_members(estimator)
    splits = Splits(columns, optional, [tree for member in members for tree in fitted_trees(member)])
    if splits.nan and not all(_takes_nan(member) for member in members):
        field, name = columns[min(splits.nan)].field, type(members[0]).__name__
        raise TypeError(f"there is no portable bake of {name}, which takes no NaN, where {field!r} may be missing")
    is_calibrated = isinstance(estimator, CalibratedClassifierCV)
    model = _calibrated(estimator, splits) if is_calibrated else _model(members[0], splits)
    return {"inputs": to_inputs(splits.columns()), "model": model}


def find_columns(pipeline: Pipeline) -> list[Column]:
    """Return how each column that reaches the estimator of a fitted pipeline is computed from the fields."""
    fields: list[Column] = [Number(str(name)) for name in pipeline.feature_names_in_]
    return trace_columns(pipeline[:-1], fields)


def _takes_nan(estimator: Any) -> bool:
    return isinstance(estimator, DUMMIES) or bool(get_tags(estimator).input_tags.allow_nan)


def _calibrated(estimator: CalibratedClassifierCV, splits: Splits) -> dict[str, Any]:
    """Return the numbers of a calibrated classifier: of each member its scores, and what calibrates them."""
    members = []
    pairs = zip(estimator.calibrated_classifiers_, fitted_members(estimator), strict=True)
    for calibrated, member in pairs:
        if len(member.classes_) != len(calibrated.classes):
            raise TypeError("there is no portable bake of a calibrated classifier of which a fold lacks a class")
        calibrators = [_calibrator(calibrator, calibrated.method) for calibrator in calibrated.calibrators]
        members.append({"model": _model(member, splits), "calibrators": calibrators})
    return {"type": "calibrated", "link": "identity", "members": members}


def _calibrator(calibrator: Any, method: str) -> dict[str, Any]:
    if isinstance(calibrator, IsotonicRegression):
        x, y = calibrator.X_thresholds_, calibrator.y_thresholds_
        return {"type": "isotonic", "x": x.tolist(), "y": y.tolist()}
    if method == "sigmoid":
        return {"type": "sigmoid", "a": float(calibrator.a_), "b": float(calibrator.b_)}
    raise TypeError(f"there is no portable bake of the calibration {method}, use sigmoid or isotonic")


def _model(estimator: Any, splits: Splits) -> dict[str, Any]:
    """Return the fitted numbers of an estimator that is not calibrated."""
    if isinstance(estimator, DummyClassifier) and estimator.strategy == "prior":
        prior, link = estimator.class_prior_.tolist(), _link(estimator)
        return {"type": "constant", "link": link, "values": prior[1:] if link == "probability" else prior}
    if isinstance(estimator, DummyRegressor):
        return {"type": "constant", "link": "identity", "values": estimator.constant_[0].tolist()}
    if isinstance(estimator, LINEAR):
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
        "trees": [_tree(tree, splits, link) for tree in fitted_trees(estimator)],
    }


def _link(estimator: Any) -> str:
    """Return the name of what makes probabilities of the estimator's scores, one for two classes, else one a class."""
    if not is_classifier(estimator):
        return "identity"
    is_binary = len(estimator.classes_) == 2
    if isinstance(estimator, (*AVERAGING, DummyClassifier)):
        return "probability" if is_binary else "identity"
    return "logit" if is_binary else "softmax"


def _start(estimator: Any) -> list[float]:
    """Return what the trees are added to, a number per score."""
    classes = len(estimator.classes_) if is_classifier(estimator) else 1
    zeros = [0.0] * (classes if classes > 2 else 1)
    if isinstance(estimator, AVERAGING):
        return zeros
    if isinstance(estimator, HISTOGRAM_BOOSTING) and estimator.loss in LOSSES:
        return [float(score) for score in histogram_boosting(estimator)["base_scores"]]
    if isinstance(estimator, GRADIENT_BOOSTING) and estimator.loss in LOSSES:
        if isinstance(estimator.init_, str):  # "zero"
            return zeros
        if isinstance(estimator.init_, DummyRegressor):
            return [float(estimator.init_.constant_[0, 0])]
        if isinstance(estimator.init_, DummyClassifier) and estimator.init_.strategy == "prior":
            prior = np.clip(estimator.init_.class_prior_, EPSILON, 1 - EPSILON)  # as scikit-learn does
            scores: list[float] = logit(prior[1:]).tolist() if classes == 2 else np.log(prior / gmean(prior)).tolist()
            return scores
    raise TypeError(f"there is no portable bake of {estimator!r}")


def _tree(tree: FittedTree, splits: Splits, link: str) -> dict[str, Any]:
    """Return the nodes of a tree, each before its left and then its right subtree."""
    values = tree.value[:, 1] if link == "probability" else tree.value if tree.value.shape[1] > 1 else tree.value[:, 0]
    baked: dict[str, list[Any]] = {"feature": [], "threshold": [], "value": []}
    nodes = [0]
    while nodes:
        node = nodes.pop()
        if tree.feature[node] < 0:
            baked["feature"].append(-1)
            baked["value"].append(values[node].tolist())
        else:
            baked["feature"].append(splits.position(tree, node))
            baked["threshold"].append(splits.threshold(tree, node))
            nodes += [int(tree.right[node]), int(tree.left[node])]
    return baked
