"""Fitted trees in one form, whichever estimator they are of."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge

from tests.pipelines import ESTIMATORS, fit, make_example
from training.trees import FittedTree, fitted_trees, thresholds_as_float64

LARGEST = float(np.finfo(np.float32).max)
WITH_TREES = [(task, estimator) for task in ESTIMATORS for estimator in ESTIMATORS[task][2:]]


def leaves(tree: FittedTree) -> int:
    return int((tree.feature == -1).sum())


@pytest.mark.parametrize(("task", "estimator"), WITH_TREES)
def test_each_tree_is_whole(task: str, estimator: object) -> None:
    pipeline = fit(make_example("mixed"), task, estimator)
    trees = fitted_trees(pipeline["estimator"])
    boosted = "Boosting" in type(estimator).__name__
    assert len(trees) == (30 if boosted and task == "multiclass" else 10)
    for tree in trees:
        assert leaves(tree) == len(tree.feature) - leaves(tree) + 1 > 1
        children = np.concatenate([tree.left, tree.right])
        assert sorted(children[children >= 0]) == list(range(1, len(tree.feature)))
    outputs = {"binary": 2, "multiclass": 3, "regression": 1}[task]
    assert {tree.value.shape[1] for tree in trees} == {1 if boosted else outputs}


def test_other_estimators_have_no_trees() -> None:
    assert fitted_trees(Ridge().fit([[0.0], [1.0]], [0.0, 1.0])) == []


def test_splits_on_unencoded_categories_are_refused() -> None:
    codes = np.arange(200.0).reshape(-1, 1) % 4
    target = np.isin(codes[:, 0], [0, 2]).astype(int)
    numeric = HistGradientBoostingClassifier(max_iter=1).fit(codes, target)
    assert len(fitted_trees(numeric)) == 1
    categorical = HistGradientBoostingClassifier(max_iter=1, categorical_features=[0]).fit(codes, target)
    with pytest.raises(TypeError, match="no portable bake of splits on categories that are not encoded"):
        fitted_trees(categorical)


@pytest.mark.parametrize("seed", [0, 1])
def test_float64_thresholds_decide_as_float32_comparison_does(seed: int) -> None:
    generator = np.random.default_rng(seed)
    magnitudes = 10.0 ** generator.uniform(-44, 38, 20_000)
    thresholds = np.concatenate([generator.choice([-1, 1], 20_000) * magnitudes, [0.0, -0.0, 0.5, 1e-46, 3e38]])
    float32 = thresholds.astype(np.float32)
    neighbours = [
        np.nextafter(float32, np.float32(np.inf)).astype(float),
        np.nextafter(float32, np.float32(-np.inf)).astype(float),
        float32.astype(float),
    ]
    middles = [(neighbours[0] + neighbours[2]) / 2, (neighbours[1] + neighbours[2]) / 2]
    baked = thresholds_as_float64(thresholds)
    for x in [*neighbours, *middles, baked, thresholds]:
        for close in (x, np.nextafter(x, np.inf), np.nextafter(x, -np.inf)):
            usable = np.abs(close) <= LARGEST
            assert np.array_equal((close.astype(np.float32) <= thresholds)[usable], (close <= baked)[usable])


def test_float64_thresholds_are_needed() -> None:
    """The twin of the test above: comparing with the threshold as it is decides otherwise."""
    x, threshold = np.array([1 + 1e-9]), np.array([1.0])
    assert (x.astype(np.float32) <= threshold) != (x <= threshold)
    assert (x.astype(np.float32) <= threshold) == (x <= thresholds_as_float64(threshold))
