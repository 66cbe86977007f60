"""The trees of a fitted estimator, of whichever kind, as arrays of one form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import treelite.sklearn
from numpy.typing import NDArray
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

FORESTS = (ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor)
GRADIENT_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
HISTOGRAM_BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


@dataclass(frozen=True)
class FittedTree:
    """A fitted tree: node 0 is its root, and a row x of float64 features goes left where x[feature] <= threshold.

    `feature` (-1 for a leaf), `threshold`, `left` and `right` have the shape (nodes,), `value` (nodes, outputs); at a
    leaf it is what the tree adds to the estimator's outputs.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]


def fitted_trees(estimator: Any) -> list[FittedTree]:
    """Return the trees of a fitted estimator in the order in which they are added up; of one without trees, none.

    Boosting with several classes has a tree per class in each round. Histogram gradient boosting keeps its trees
    private; they are read from treelite's JSON dump, with the split on a missing value left out: no number is missing.

    Raises:
        TypeError: the trees split on categories that are not encoded.
    """
    if isinstance(estimator, GRADIENT_BOOSTING):
        return [_tree(tree.tree_, estimator.learning_rate) for tree in estimator.estimators_.ravel()]
    if isinstance(estimator, FORESTS):
        return [_tree(tree.tree_, 1.0) for tree in estimator.estimators_]
    if isinstance(estimator, HISTOGRAM_BOOSTING):
        return [_tree_of_nodes(tree["nodes"]) for tree in histogram_boosting(estimator)["trees"]]
    return []


def histogram_boosting(estimator: Any) -> dict[str, Any]:
    """Return treelite's JSON dump of histogram gradient boosting; `base_scores` is where the sums start."""
    dump: dict[str, Any] = json.loads(treelite.sklearn.import_model(estimator).dump_as_json(pretty_print=False))
    return dump


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
        thresholds_as_float64(np.where(leaf, 0.0, tree.threshold)),
        tree.children_left,
        tree.children_right,
        factor * tree.value[:, 0, :],
    )


def _tree_of_nodes(nodes: list[dict[str, Any]]) -> FittedTree:
    """Return a tree of treelite's dump, in which a node's identifier is its place."""
    if any(node.get("comparison_op", "<=") != "<=" or "category_list" in node for node in nodes):
        raise TypeError("there is no portable bake of splits on categories that are not encoded")
    return FittedTree(
        np.array([node.get("split_feature_id", -1) for node in nodes]),
        np.array([node.get("threshold", 0.0) for node in nodes]),
        np.array([node.get("left_child", -1) for node in nodes]),
        np.array([node.get("right_child", -1) for node in nodes]),
        np.array([[node.get("leaf_value", 0.0)] for node in nodes]),
    )
