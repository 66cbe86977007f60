"""The portable bake holds what scikit-learn fitted, for every estimator, task and kind of column."""

from __future__ import annotations

import itertools
import json
import warnings
from copy import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
import treelite
import treelite.sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import PredefinedSplit
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from predict.model import Model
from predict.scorer import Scorer
from tests.conftest import Trained
from tests.pipelines import COLUMNS, ESTIMATORS, MORE_ESTIMATORS, fit, make_example
from tests.pipelines import one_thread as one_thread
from training.bake import bake_estimator
from training.edges import to_records
from training.parity import check_parity
from training.trees import FLOAT32, FORESTS, GRADIENT_BOOSTING, HISTOGRAM_BOOSTING, fitted_members

CASES = [
    *[(columns, task, each) for columns in COLUMNS for task, estimators in ESTIMATORS.items() for each in estimators],
    *[("every kind", task, each) for task, estimators in MORE_ESTIMATORS.items() for each in estimators],
]
NAMES = [
    f"{type(each).__name__} {type(getattr(each, 'estimator', None)).__name__} {task} {columns}"
    for columns, task, each in CASES
]


@pytest.mark.parametrize(("columns", "task", "estimator"), CASES, ids=NAMES)
def test_baked_estimator_agrees_with_scikit_learn(columns: str, task: str, estimator: Any) -> None:
    example = make_example(columns)
    pipeline = fit(example, task, estimator)
    baked = json.loads(json.dumps(bake_estimator(pipeline, example.optional), allow_nan=False))
    found = check_parity(pipeline, baked, example.features, example.schema, example.scale(task))
    assert found["rows"] == len(example.features) == 400
    assert found["largest_difference"] <= 1e-12
    answers = [Scorer(baked).predict(row) for row in to_records(example.features)]
    assert {len(answer) for answer in answers} == {{"binary": 2, "multiclass": 3, "regression": 1}[task]}
    is_constant = any("Dummy" in type(each).__name__ for each in fitted_members(pipeline["estimator"]))
    assert len(set(map(tuple, answers))) == 1 if is_constant else len(set(map(tuple, answers))) > 5


WITH_TREES = [
    (columns, task, estimator)
    for columns, task, estimator in CASES
    if columns in ("gaps", "every kind")
    and isinstance(estimator, (*FORESTS, *GRADIENT_BOOSTING, *HISTOGRAM_BOOSTING))
    and getattr(estimator, "init", None) is None  # treelite knows no other
]


def test_every_kind_of_trees_has_a_third_opinion() -> None:
    asked = {type(estimator) for _columns, _task, estimator in WITH_TREES}
    assert asked == {*FORESTS, *GRADIENT_BOOSTING, *HISTOGRAM_BOOSTING}


@pytest.mark.parametrize(("columns", "task", "estimator"), WITH_TREES)
def test_treelite_agrees_with_the_baked_trees(columns: str, task: str, estimator: Any) -> None:
    """A third opinion: its own inference, on what the fitted encoder makes of the rows."""
    example = make_example(columns)
    pipeline = fit(example, task, estimator)
    model, encoded = pipeline["estimator"], pipeline["encoder"].transform(example.features).astype(float)
    if getattr(model, "is_categorical_", None) is not None:
        encoded, model = model._preprocessor.transform(encoded), copy(model)
        model._preprocessor = None  # treelite mistakes NaN among categories for the first of them
    if isinstance(model, FLOAT32):
        encoded = encoded.astype(np.float32).astype(float)  # as scikit-learn compares
    theirs = treelite.gtil.predict(treelite.sklearn.import_model(model), encoded).reshape(len(encoded), -1)
    scorer = Scorer(bake_estimator(pipeline, example.optional))
    mine = np.array([scorer.predict(row) for row in to_records(example.features)])
    if task == "binary" and theirs.shape[1] == 1:
        mine = mine[:, 1:]
    exact = not (task == "multiclass" and isinstance(model, (*GRADIENT_BOOSTING, *HISTOGRAM_BOOSTING)))
    tolerance = 1e-12 if exact else 1e-6  # its softmax is taken in float32
    np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


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


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("regression", KNeighborsRegressor()),
        ("binary", DummyClassifier(strategy="stratified")),
        ("binary", GradientBoostingClassifier(loss="exponential", n_estimators=1)),
        ("binary", GradientBoostingClassifier(init=DummyClassifier(strategy="uniform"), n_estimators=1)),
        ("regression", HistGradientBoostingRegressor(loss="poisson", max_iter=1)),
    ],
)
def test_unknown_estimator_is_not_baked(task: str, estimator: Any) -> None:
    example = make_example("numbers")
    pipeline = make_pipeline(StandardScaler(), estimator).fit(example.features, example.targets[task])
    with pytest.raises(TypeError, match=f"there is no portable bake of {type(estimator).__name__}"):
        bake_estimator(pipeline)


def test_unknown_calibration_is_not_baked() -> None:
    example = make_example("numbers")
    pipeline = fit(example, "binary", CalibratedClassifierCV(LogisticRegression(), method="temperature", cv=2))
    with pytest.raises(TypeError, match="no portable bake of the calibration temperature, use sigmoid or isotonic"):
        bake_estimator(pipeline)


def test_calibration_of_folds_that_lack_a_class_is_not_baked() -> None:
    example = make_example("numbers", n=20)
    target = np.array([0, 1] * 9 + [0, 2])
    folds = PredefinedSplit([0] * 10 + [1] * 10)
    calibrated = CalibratedClassifierCV(DecisionTreeClassifier(), cv=folds)
    with warnings.catch_warnings(action="ignore"):
        pipeline = make_pipeline(FunctionTransformer(), calibrated).fit(example.features, target)
    with pytest.raises(TypeError, match="a calibrated classifier of which a fold lacks a class"):
        bake_estimator(pipeline)


@pytest.mark.parametrize("estimator", [Ridge(), GradientBoostingRegressor(n_estimators=2)])
def test_estimator_that_takes_no_nan_is_not_baked_where_a_field_may_be_missing(estimator: Any) -> None:
    """Though fitting met none: what scikit-learn would refuse may be asked."""
    rows = make_example("numbers")
    pipeline = make_pipeline(FunctionTransformer(), estimator).fit(rows.features, rows.targets["regression"])
    assert bake_estimator(pipeline)["inputs"][1] == {"field": "steps", "mean": 0.0, "scale": 1.0}
    with pytest.raises(
        TypeError, match=f"bake of {type(estimator).__name__}, which takes no NaN, where 'steps' may be"
    ):
        bake_estimator(pipeline, ["steps"])


def test_estimator_that_ignores_nan_is_baked_where_a_field_may_be_missing() -> None:
    example = make_example("gaps")
    pipeline = make_pipeline(FunctionTransformer(), DummyRegressor()).fit(
        example.features, example.targets["regression"]
    )
    baked = bake_estimator(pipeline, example.optional)
    assert baked["inputs"][0] == {"field": "depth", "mean": 0.0, "scale": 1.0, "missing": "low"}


def test_served_model_agrees_with_the_pipeline_on_all_320_inputs(model: Model, trained: Trained) -> None:
    choices = {name: value["enum"] for name, value in trained.document["schema"]["properties"].items()}
    rows = pd.DataFrame(itertools.product(*choices.values()), columns=list(choices), dtype=object)
    assert len(rows) == 320
    expected = trained.pipeline.predict_proba(rows)[:, 1]
    answers = [model.predict(dict(zip(rows.columns, row, strict=True)))["probability"] for row in rows.values.tolist()]
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-12)
    assert len(set(answers)) > 300
