"""The portable bake holds what scikit-learn fitted, for every estimator, task and kind of column."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from predict.model import Model
from predict.scorer import Scorer
from tests.conftest import Trained
from tests.pipelines import COLUMNS, ESTIMATORS, fit, make_example
from training.bake import bake_estimator, number_positions
from training.parity import check_parity

CASES = [(task, estimator) for task, estimators in ESTIMATORS.items() for estimator in estimators]


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize(("task", "estimator"), CASES)
def test_baked_estimator_agrees_with_scikit_learn(task: str, estimator: Any, columns: str) -> None:
    example = make_example(columns)
    pipeline = fit(example, task, estimator)
    baked = json.loads(json.dumps(bake_estimator(pipeline), allow_nan=False))
    found = check_parity(pipeline, baked, example.features, example.schema, example.scale(task))
    assert found["rows"] == len(example.features) == 400
    assert found["largest_difference"] <= 1e-12
    answers = [Scorer(baked).predict(row) for row in rows_of(example.features)]
    assert {len(answer) for answer in answers} == {{"binary": 2, "multiclass": 3, "regression": 1}[task]}
    assert len(set(map(tuple, answers))) == 1 if "Dummy" in type(estimator).__name__ else len(answers) > 5


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(30, 200),
    columns=st.sampled_from(list(COLUMNS)),
    case=st.sampled_from(CASES),
)
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_any_random_table_is_baked_right(seed: int, n: int, columns: str, case: tuple[str, Any]) -> None:
    task, estimator = case
    example = make_example(columns, seed, n)
    pipeline = fit(example, task, estimator)
    check_parity(pipeline, bake_estimator(pipeline), example.features, example.schema, example.scale(task))


def rows_of(features: pd.DataFrame) -> list[dict[Any, Any]]:
    return features.astype(object).where(features.notna(), None).to_dict("records")


def test_splits_on_indicators_are_baked_as_one_half() -> None:
    """Whatever the random threshold was: so the bake stays small."""
    example = make_example("categories")
    pipeline = fit(example, "regression", ESTIMATORS["regression"][3])
    fitted = {t for tree in pipeline["estimator"].estimators_ for t in tree.tree_.threshold[tree.tree_.feature >= 0]}
    assert len(fitted) > 10
    assert {t for tree in bake_estimator(pipeline)["model"]["trees"] for t in tree["threshold"]} == {0.5}


def test_nodes_are_listed_from_the_root_with_nothing_to_spare() -> None:
    """A tree worked out by hand: x <= 1.5 goes left, and right of it x <= 2.5."""
    stump = GradientBoostingClassifier(n_estimators=1, max_depth=2, learning_rate=1.0)
    encoder = ColumnTransformer([("number", "passthrough", ["x"])])
    rows = pd.DataFrame({"x": [1.0, 1.0, 2.0, 3.0, 3.0]})
    pipeline = Pipeline([("encoder", encoder), ("estimator", stump)]).fit(rows, [0, 0, 1, 0, 0])
    baked = bake_estimator(pipeline)
    assert baked["inputs"] == [{"field": "x", "mean": 0.0, "scale": 1.0}]
    assert {key: value for key, value in baked["model"].items() if key not in ("start", "trees")} == {
        "type": "trees",
        "link": "logit",
        "divisor": 1,
    }
    assert baked["model"]["start"] == pytest.approx([np.log(0.2 / 0.8)])
    (tree,) = baked["model"]["trees"]
    assert set(tree) == {"feature", "threshold", "value"}
    assert tree["feature"] == [0, 0, -1, -1, -1] or tree["feature"] == [0, -1, 0, -1, -1]
    assert sorted(tree["threshold"]) == pytest.approx([1.5, 2.5])
    assert sorted(tree["value"]) == pytest.approx([-1.25, -1.25, 5.0])


def test_numbers_are_found_behind_the_indicators() -> None:
    pipeline = fit(make_example("mixed"), "binary", DummyClassifier(strategy="prior"))
    assert number_positions(pipeline["encoder"]) == {5: "fine", 6: "steps"}


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("regression", LinearRegression()),
        ("binary", DummyClassifier(strategy="stratified")),
        ("binary", GradientBoostingClassifier(loss="exponential", n_estimators=1)),
        ("binary", GradientBoostingClassifier(init="zero", n_estimators=1)),
        ("regression", HistGradientBoostingRegressor(loss="poisson", max_iter=1)),
    ],
)
def test_unknown_estimator_is_not_baked(task: str, estimator: Any) -> None:
    pipeline = fit(make_example("numbers"), task, estimator)
    with pytest.raises(TypeError, match=f"there is no portable bake of {type(estimator).__name__}"):
        bake_estimator(pipeline)


def test_unknown_transformer_is_not_baked() -> None:
    encoder = ColumnTransformer([("number", MinMaxScaler(), ["x"])])
    pipeline = Pipeline([("encoder", encoder), ("estimator", RandomForestClassifier(2))])
    pipeline.fit(pd.DataFrame({"x": [0.0, 1.0, 2.0]}), [0, 1, 1])
    with pytest.raises(TypeError, match="there is no portable bake of MinMaxScaler"):
        bake_estimator(pipeline)


def test_served_model_agrees_with_the_pipeline_on_all_320_inputs(model: Model, trained: Trained) -> None:
    choices = {name: value["enum"] for name, value in trained.document["schema"]["properties"].items()}
    rows = pd.DataFrame(itertools.product(*choices.values()), columns=list(choices), dtype=object)
    assert len(rows) == 320
    expected = trained.pipeline.predict_proba(rows)[:, 1]
    answers = [model.predict(dict(zip(rows.columns, row, strict=True)))["probability"] for row in rows.values.tolist()]
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-12)
    assert len(set(answers)) > 300
