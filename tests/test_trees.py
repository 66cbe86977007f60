"""Fitted trees in one form, whichever estimator they are of."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pipelines import ESTIMATORS, fit, make_example
from tests.pipelines import one_thread as one_thread
from training.trees import FittedTree, fitted_members, fitted_trees, histogram_boosting, thresholds_as_float64

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


def test_single_tree_and_calibrated_trees_are_found() -> None:
    example = make_example("mixed")
    single = fit(example, "binary", DecisionTreeClassifier(max_depth=3))["estimator"]
    assert [len(fitted_trees(member)) for member in fitted_members(single)] == [1]
    forest = RandomForestClassifier(3, random_state=0)
    calibrated = fit(example, "binary", CalibratedClassifierCV(forest, cv=2))["estimator"]
    assert [len(fitted_trees(member)) for member in fitted_members(calibrated)] == [3, 3]
    frozen = CalibratedClassifierCV(FrozenEstimator(single))
    frozen.fit(np.zeros((10, single.n_features_in_)), [0, 1] * 5)
    assert fitted_members(frozen) == [single]


@pytest.mark.parametrize(
    "codes", [[0.0, 1.0, 2.0, 3.0], [np.nan, 3.0, 7.0, 20.0], [-1.0, 0.0, 1.0, 5.0], [0.0, np.nan]]
)
@pytest.mark.parametrize("classes", [2, 3])
def test_splits_on_categories_go_as_in_scikit_learn(codes: list[float], classes: int) -> None:
    """Whatever the codes are: scikit-learn numbers them inside, and moves their columns to the front."""
    generator = np.random.default_rng(0)
    x = np.column_stack([generator.normal(size=400), generator.choice(codes, 400), generator.choice(codes, 400)])
    target = (np.nan_to_num(x[:, 1], nan=2) + 2 * (x[:, 2] == codes[1]) + generator.integers(0, 2, 400)) % classes
    boosting = HistGradientBoostingClassifier(max_iter=3, max_leaf_nodes=6, categorical_features=[1, 2]).fit(x, target)
    trees = fitted_trees(boosting)
    assert any(tree.categories for tree in trees)
    assert {int(tree.feature[node]) for tree in trees for node in tree.categories} <= {1, 2}
    unseen = np.array([[0.0, 99.0, codes[0]], [0.5, codes[1], 99.0], [-0.5, np.nan, 99.0], [np.nan, 0.5, np.nan]])
    rows = np.vstack([x, unseen])
    sums = np.array(histogram_boosting(boosting)["base_scores"]) + np.zeros((len(rows), 1))
    for i, tree in enumerate(trees):
        sums[:, i % sums.shape[1]] += leaf_values(tree, rows)
    raw = boosting.decision_function(rows).reshape(len(rows), -1)
    np.testing.assert_allclose(sums, raw, rtol=0, atol=1e-12)


def leaf_values(tree: FittedTree, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.empty(len(rows))
    for i, row in enumerate(rows):
        node = 0
        while (feature := tree.feature[node]) >= 0:
            node = (tree.left if tree.goes_left(node, row[[feature]])[0] else tree.right)[node]
        values[i] = tree.value[node, 0]
    return values


def test_all_but_what_is_missing_goes_left_of_an_infinite_threshold() -> None:
    """scikit-learn splits what is missing from the rest so; infinity is no JSON, the largest number does the same."""
    x = np.array([[1.0], [np.nan]] * 50)
    for estimator in (HistGradientBoostingRegressor(max_iter=1), DecisionTreeRegressor()):
        (tree,) = fitted_trees(estimator.fit(x, np.isnan(x[:, 0]).astype(float)))
        assert tree.threshold[0] == np.finfo(np.float64).max
        assert tree.goes_left(0, np.array([-1e300, LARGEST, np.nan])).tolist() == [True, True, False]


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
