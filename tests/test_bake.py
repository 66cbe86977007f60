"""The portable bake holds what scikit-learn fitted, to the last comparison."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from predict.model import Model
from predict.scorer import Scorer
from tests.conftest import Trained
from training import parity
from training.bake import bake_estimator, thresholds_as_float64
from training.dataset import Dataset
from training.parity import ParityError, check_parity
from training.schema import Schema, parse_features
from training.selection import fit

LARGEST = float(np.finfo(np.float32).max)


def number(low: float, high: float) -> Schema:
    return {"type": "number", "x-kind": "number", "x-range": [low, high]}


@pytest.fixture(scope="module")
def mixed() -> Dataset:
    """Rows with two numbers, a category and a category with gaps; no two rows are equal."""
    generator = np.random.default_rng(0)
    n = 2_000
    features = pd.DataFrame(
        {
            "fine": generator.normal(1e6, 1e-2, n),  # finer than float32 tells apart
            "colour": generator.choice(["red", "blue", "a <b>"], n).astype(object),
            "steps": generator.integers(-3, 4, n).astype(float),
            "shape": generator.choice(np.array(["round", None], dtype=object), n),
        }
    )
    log_odds = (
        features["steps"] - 2 * (features["colour"] == "red") + features["shape"].isna() + (features["fine"] > 1e6)
    )
    schema = {
        "properties": {
            "fine": number(features["fine"].min(), features["fine"].max()),
            "colour": {"x-kind": "category", "enum": ["red", "blue", "a <b>"]},
            "steps": number(-3, 3),
            "shape": {"x-kind": "category", "enum": ["round", None]},
        }
    }
    features = parse_features(features, schema)  # as training does: categories become objects, gaps NaN
    positive = generator.random(n) < 1 / (1 + np.exp(-log_odds))
    return Dataset(schema, features, positive.to_numpy(), np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.int64))


@pytest.mark.parametrize("name", ["base rate", "logistic regression", "gradient boosting"])
def test_baked_candidates_agree_with_scikit_learn(mixed: Dataset, name: str) -> None:
    pipeline = fit(name, mixed, seed=0)
    found = check_parity(pipeline, bake_estimator(pipeline), mixed.features, mixed.schema)
    assert found["rows"] == 2_000
    assert found["edge_rows"] >= 3 * (6 + 3 + 6 + 2)
    assert found["refused_rows"] == 2 + 2 + 2 + 1
    assert found["largest_difference"] <= 1e-12


def test_one_digit_changed_fails_the_gate(mixed: Dataset) -> None:
    for name, path in (("logistic regression", "coefficients"), ("gradient boosting", "trees")):
        pipeline = fit(name, mixed, seed=0)
        estimator = bake_estimator(pipeline)
        numbers = estimator["model"][path] if path == "coefficients" else estimator["model"][path][0]["value"]
        changed = next(i for i, value in enumerate(numbers) if value)
        numbers[changed] += 1e-9
        with pytest.raises(ParityError, match="the baked model answers .* where scikit-learn answers"):
            check_parity(pipeline, estimator, mixed.features, mixed.schema)


def test_any_threshold_off_by_one_ulp_fails_the_gate(mixed: Dataset) -> None:
    pipeline = fit("gradient boosting", mixed, seed=0)
    estimator = bake_estimator(pipeline)
    numeric = [
        (tree, node)
        for tree in estimator["model"]["trees"]
        for node, feature in enumerate(tree["feature"])
        if feature > 4
    ]
    assert len(numeric) > 100
    for i, (tree, node) in enumerate(numeric[::20]):
        honest = tree["threshold"][node]
        tree["threshold"][node] = float(np.nextafter(honest, np.inf if i % 2 else -np.inf))
        with pytest.raises(ParityError):
            check_parity(pipeline, estimator, mixed.features, mixed.schema)
        tree["threshold"][node] = honest
    check_parity(pipeline, estimator, mixed.features, mixed.schema)


def test_nan_fails_the_gate(mixed: Dataset) -> None:
    pipeline = fit("logistic regression", mixed, seed=0)
    estimator = bake_estimator(pipeline)
    estimator["model"]["coefficients"][0] = float("nan")
    with pytest.raises(ParityError, match="the baked model answers .*nan"):
        check_parity(pipeline, estimator, mixed.features, mixed.schema)


def test_large_table_is_compared_on_evenly_spaced_rows(mixed: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = fit("logistic regression", mixed, seed=0)
    monkeypatch.setattr(parity, "MOST_ROWS", 300)
    assert check_parity(pipeline, bake_estimator(pipeline), mixed.features, mixed.schema)["rows"] == 286


def test_a_scorer_that_answers_what_scikit_learn_refuses_fails_the_gate(mixed: Dataset) -> None:
    pipeline = fit("logistic regression", mixed, seed=0)
    estimator = bake_estimator(pipeline)
    estimator["inputs"][0]["one_hot"].append("a category that no table has")
    estimator["model"]["coefficients"].insert(3, 0.0)
    with pytest.raises(ParityError, match="which has to be refused"):
        check_parity(pipeline, estimator, mixed.features, mixed.schema)


def test_unknown_estimator_is_not_baked(mixed: Dataset) -> None:
    pipeline = fit("base rate", mixed, seed=0)
    forest = RandomForestClassifier(n_estimators=1).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(TypeError, match="there is no portable bake of RandomForestClassifier"):
        bake_estimator(Pipeline([("encoder", pipeline["encoder"]), ("estimator", forest)]))


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


def test_served_model_agrees_with_the_pipeline_on_all_320_inputs(model: Model, trained: Trained) -> None:
    choices = {name: value["enum"] for name, value in trained.document["schema"]["properties"].items()}
    rows = pd.DataFrame(itertools.product(*choices.values()), columns=list(choices), dtype=object)
    assert len(rows) == 320
    expected = trained.pipeline.predict_proba(rows)[:, 1]
    answers = [model.predict(dict(zip(rows.columns, row, strict=True)))["probability"] for row in rows.values.tolist()]
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-12)
    assert len(set(answers)) > 300


def test_scorer_refuses_trees_that_point_outside(mixed: Dataset) -> None:
    estimator = bake_estimator(fit("gradient boosting", mixed, seed=0))
    estimator["model"]["trees"][0]["left"][0] = 10_000
    with pytest.raises(ValueError, match="node 0 of a tree points outside of it"):
        Scorer(estimator)
