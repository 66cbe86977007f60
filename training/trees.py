"""The trees of a fitted estimator, of whichever kind, as arrays of one form."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import treelite.sklearn
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import BaseDecisionTree

FORESTS = (ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor)
GRADIENT_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
HISTOGRAM_BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
FLOAT32 = (*FORESTS, *GRADIENT_BOOSTING, BaseDecisionTree)  # compare in it
LARGEST_THRESHOLD = float(np.finfo(np.float64).max)  # infinity sends all but what is missing to the left; so does this


@dataclass(frozen=True)
class FittedTree:
    """A fitted tree: node 0 is its root, and a row x of float64 features goes left where x[feature] <= threshold.

    `feature` (-1 for a leaf), `threshold`, `left`, `right` and `missing_left`, whether NaN goes left, have the shape
    (nodes,), `value` (nodes, outputs); at a leaf it is what the tree adds to the estimator's outputs. A node in
    `categories` has no threshold, but says of each code seen in fitting whether it goes left; others go where NaN goes.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float64]
    categories: dict[int, dict[float, bool]] = field(default_factory=dict)

    def goes_left(self, node: int, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return whether each number of the node's feature goes left, shape (n,)."""
        if node in self.categories:
            known, default = self.categories[node], bool(self.missing_left[node])
            return np.array([known.get(code, default) for code in x.tolist()], dtype=bool)
        goes: NDArray[np.bool_] = (x <= self.threshold[node]) | (np.isnan(x) & self.missing_left[node])
        return goes


def fitted_members(estimator: Any) -> list[Any]:
    """Return the estimators that a calibrated one was fitted with, of any other itself; frozen ones are thawed."""
    calibrated = isinstance(estimator, CalibratedClassifierCV)
    members = [each.estimator for each in estimator.calibrated_classifiers_] if calibrated else [estimator]
    return [member.estimator if isinstance(member, FrozenEstimator) else member for member in members]


def fitted_trees(estimator: Any) -> list[FittedTree]:
    """Return the trees of a fitted estimator in the order in which they are added up; of one without trees, none.

    Boosting with several classes has a tree per class in each round. Histogram gradient boosting keeps its trees
    private; they are read from treelite's JSON dump.
    """
    if isinstance(estimator, GRADIENT_BOOSTING):
        return [_tree(tree.tree_, estimator.learning_rate) for tree in estimator.estimators_.ravel()]
    if isinstance(estimator, FORESTS):
        return [_tree(tree.tree_, 1.0) for tree in estimator.estimators_]
    if isinstance(estimator, BaseDecisionTree):
        return [_tree(estimator.tree_, 1.0)]
    if isinstance(estimator, HISTOGRAM_BOOSTING):
        order, known = _inner_features(estimator)
        return [_tree_of_nodes(tree["nodes"], order, known) for tree in histogram_boosting(estimator)["trees"]]
    return []


def histogram_boosting(estimator: Any) -> dict[str, Any]:
    """Return treelite's JSON dump of histogram gradient boosting; `base_scores` is where the sums start.

    Before it fits, such an estimator moves features split by category to the front, and numbers their codes. The dump
    is of what comes after: treelite's translation back takes NaN, if it is among the codes, for the first one.
    """
    inner = copy(estimator)
    inner._preprocessor = None
    text = treelite.sklearn.import_model(inner).dump_as_json(pretty_print=False)
    dump: dict[str, Any] = json.loads(text.replace('"threshold":,', f'"threshold":{LARGEST_THRESHOLD},'))  # infinity
    return dump


def _inner_features(estimator: Any) -> tuple[list[int], list[list[float]]]:
    """Return the features in the order of the dump, and of those split by category, the first, the codes it numbers.

    scikit-learn has the codes in a private attribute only, which treelite reads, too.
    """
    is_categorical = estimator.is_categorical_
    if is_categorical is None:
        return list(range(estimator.n_features_in_)), []
    order = [*np.flatnonzero(is_categorical), *np.flatnonzero(~is_categorical)]
    codes = estimator._preprocessor.named_transformers_["encoder"].categories_
    return [int(feature) for feature in order], [of_feature[of_feature == of_feature].tolist() for of_feature in codes]


def thresholds_as_float64(thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest float64 t' for each threshold t so that `x <= t'` equals `float32(x) <= t`.

    scikit-learn's trees compare a feature rounded to float32 with a float64 threshold. Rounding is monotone, so the
    same set of x is `x <= t'`, where t' lies next to the midpoint of the two float32 around t: rounding is to nearest,
    and a tie goes to the even one.
    """
    below = thresholds.astype(np.float32)
    below = np.where(below > thresholds, np.nextafter(below, np.float32(-np.inf)), below)
    above = np.nextafter(below, np.float32(np.inf))
    middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
    tie_goes_down = middle.astype(np.float32) == below
    return np.where(tie_goes_down, middle, np.nextafter(middle, -np.inf))


def _tree(tree: Any, factor: float) -> FittedTree:
    """Return one of scikit-learn's own trees (`tree_`), its values times `factor`."""
    leaf = tree.children_left < 0
    return FittedTree(
        np.where(leaf, -1, tree.feature),
        np.minimum(thresholds_as_float64(np.where(leaf, 0.0, tree.threshold)), LARGEST_THRESHOLD),
        tree.children_left,
        tree.children_right,
        tree.missing_go_to_left.astype(bool),
        factor * tree.value[:, 0, :],
    )


def _tree_of_nodes(nodes: list[dict[str, Any]], order: list[int], known: list[list[float]]) -> FittedTree:
    """Return a tree of treelite's dump, in which a node's identifier is its place."""
    if any(node.get("comparison_op", "<=") != "<=" for node in nodes):
        raise TypeError("there is no portable bake of splits by other than <=")
    return FittedTree(
        np.array([order[node["split_feature_id"]] if "split_feature_id" in node else -1 for node in nodes]),
        np.minimum([node.get("threshold", 0.0) for node in nodes], LARGEST_THRESHOLD),
        np.array([node.get("left_child", -1) for node in nodes]),
        np.array([node.get("right_child", -1) for node in nodes]),
        np.array([node.get("default_left", False) for node in nodes]),
        np.array([[node.get("leaf_value", 0.0)] for node in nodes]),
        {
            place: _goes_left(node, known[node["split_feature_id"]])
            for place, node in enumerate(nodes)
            if "category_list" in node
        },
    )


def _goes_left(node: dict[str, Any], codes: list[float]) -> dict[float, bool]:
    listed, goes_right = set(node["category_list"]), node["category_list_right_child"]
    return {code: (number in listed) != goes_right for number, code in enumerate(codes)}
