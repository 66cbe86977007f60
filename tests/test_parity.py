"""The parity gate lets no bake through that answers otherwise than scikit-learn, by however little."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from predict.row import RowValidator
from predict.scorer import Scorer
from tests.pipelines import ESTIMATORS, Example, fit, make_example
from tests.pipelines import one_thread as one_thread
from training import edges, parity
from training.bake import bake_estimator
from training.parity import ParityError, check_parity

LINEAR = [("binary", LogisticRegression()), ("multiclass", LogisticRegression()), ("regression", Ridge())]
TREES = [(task, estimator) for task in ESTIMATORS for estimator in ESTIMATORS[task][2:]]
Model = dict[str, Any]


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example("mixed")


def check(example: Example, task: str, pipeline: Pipeline, estimator: dict[str, Any]) -> dict[str, Any]:
    return check_parity(pipeline, estimator, example.features, example.schema, example.scale(task))


def change_number(numbers: list[Any], times: float = 1 + 1e-9) -> None:
    """Make the first number that is not 0, at whatever depth, larger by a billionth."""
    while isinstance(numbers[0], list):
        numbers = next(part for part in numbers if np.any(part))
    at = next(i for i, number in enumerate(numbers) if number)
    numbers[at] *= times


def reverse_classes(model: Model) -> None:
    for tree in model["trees"]:
        tree["value"] = [value[::-1] if isinstance(value, list) else 1 - value for value in tree["value"]]


def other_link(model: Model) -> None:
    others = {"logit": "probability", "probability": "logit", "softmax": "identity", "identity": "softmax"}
    model["link"] = others[model["link"]]


@pytest.mark.parametrize(("task", "estimator"), LINEAR)
@pytest.mark.parametrize("key", ["intercept", "coefficients"])
def test_one_digit_of_a_linear_model_fails_the_gate(example: Example, task: str, estimator: Any, key: str) -> None:
    pipeline = fit(example, task, estimator)
    baked = bake_estimator(pipeline)
    check(example, task, pipeline, baked)
    change_number(baked["model"][key])
    with pytest.raises(ParityError, match="the baked model answers .* where scikit-learn answers"):
        check(example, task, pipeline, baked)


@pytest.mark.parametrize(("task", "estimator"), TREES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda model: change_number(model["trees"][0]["value"]),
        lambda model: model["start"].__setitem__(0, model["start"][0] + 1e-5),
        lambda model: model.update(divisor=model["divisor"] + 1e-9),
        other_link,
    ],
    ids=["leaf", "start", "divisor", "link"],
)
def test_damaged_trees_fail_the_gate(
    example: Example, task: str, estimator: Any, damage: Callable[[Model], None]
) -> None:
    pipeline = fit(example, task, estimator)
    baked = bake_estimator(pipeline)
    check(example, task, pipeline, baked)
    damage(baked["model"])
    with pytest.raises(ParityError, match="the baked model answers .* where scikit-learn answers"):
        check(example, task, pipeline, baked)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_exchanged_classes_fail_the_gate(example: Example, task: str) -> None:
    pipeline = fit(example, task, ESTIMATORS[task][3])
    baked = bake_estimator(pipeline)
    reverse_classes(baked["model"])
    with pytest.raises(ParityError):
        check(example, task, pipeline, baked)


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("binary", GradientBoostingClassifier(n_estimators=5)),
        ("multiclass", HistGradientBoostingClassifier(max_iter=3)),
        ("regression", RandomForestRegressor(3, random_state=0)),
        ("regression", ExtraTreesRegressor(3, random_state=0)),
    ],
)
def test_any_threshold_off_by_one_ulp_fails_the_gate(example: Example, task: str, estimator: Any) -> None:
    pipeline = fit(example, task, estimator)
    baked = bake_estimator(pipeline)
    check(example, task, pipeline, baked)
    numeric = [
        (tree["threshold"], position)
        for tree in baked["model"]["trees"]
        for position, feature in enumerate(feature for feature in tree["feature"] if feature >= 0)
        if feature > 4
    ]
    tried = numeric[:: max(1, len(numeric) // 12)]
    assert len(tried) > 8
    for i, (thresholds, position) in enumerate(tried):
        honest = thresholds[position]
        thresholds[position] = float(np.nextafter(honest, np.inf if i % 2 else -np.inf))
        with pytest.raises(ParityError):
            check(example, task, pipeline, baked)
        thresholds[position] = honest
    check(example, task, pipeline, baked)


@pytest.mark.parametrize(("task", "estimator"), LINEAR)
def test_nan_fails_the_gate(example: Example, task: str, estimator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = fit(example, task, estimator)
    monkeypatch.setattr(Scorer, "predict", lambda *_: [np.nan] * {"binary": 2, "multiclass": 3}.get(task, 1))
    with pytest.raises(ParityError, match="the baked model answers .*nan"):
        check(example, task, pipeline, bake_estimator(pipeline))


def test_another_number_of_classes_fails_the_gate(example: Example) -> None:
    pipeline = fit(example, "multiclass", LogisticRegression())
    baked = bake_estimator(fit(example, "binary", LogisticRegression()))
    with pytest.raises(ParityError, match="the baked model gives 2 numbers a row, scikit-learn 3"):
        check(example, "multiclass", pipeline, baked)


def test_a_tie_may_go_to_either_class(example: Example) -> None:
    """Two classes of equal probability, one of them more by less than the tolerance; beyond it the gate stops."""
    pipeline = fit(example, "binary", ESTIMATORS["binary"][0])
    pipeline["estimator"].class_prior_ = np.array([0.5, 0.5])
    baked = bake_estimator(pipeline)
    baked["model"]["values"] = [0.5 + 2e-13]
    check(example, "binary", pipeline, baked)
    pipeline["estimator"].class_prior_ = np.array([0.5 + 7e-13, 0.5 - 7e-13])
    with pytest.raises(ParityError):
        check(example, "binary", pipeline, baked)


def test_differences_of_a_regression_are_in_terms_of_its_scale(example: Example) -> None:
    pipeline = fit(example, "regression", ESTIMATORS["regression"][0])
    baked = bake_estimator(pipeline)
    baked["model"]["values"][0] += 1e-5
    found = check_parity(pipeline, baked, example.features, example.schema, scale=1e8)
    assert found["largest_difference"] == pytest.approx(1e-13, rel=1e-3)
    with pytest.raises(ParityError):
        check_parity(pipeline, baked, example.features, example.schema, scale=1e6)


def test_large_table_is_compared_on_evenly_spaced_rows_and_splits(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = fit(example, "regression", RandomForestRegressor(3, random_state=0))
    baked = bake_estimator(pipeline)
    whole = check(example, "regression", pipeline, baked)
    monkeypatch.setattr(parity, "MOST_ROWS", 300)
    monkeypatch.setattr(edges, "MOST_SPLITS", 100)
    part = check(example, "regression", pipeline, baked)
    assert (whole["rows"], part["rows"]) == (400, 200)
    schema_edges = 3 * (2 + 6 + 3 + 6 + 2)
    assert whole["edge_rows"] > 1_000
    assert schema_edges + 3 * 50 < part["edge_rows"] <= schema_edges + 3 * 100


def test_answering_what_scikit_learn_refuses_fails_the_gate(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = fit(example, "binary", LogisticRegression())
    baked = bake_estimator(pipeline)
    assert check(example, "binary", pipeline, baked)["refused_rows"] == (5 + 2) + (3 + 2) + (5 + 2) + 3
    open_schema = deepcopy(example.schema)
    open_schema["properties"]["colour"]["enum"].append("a category that no table has")
    baked["inputs"][0]["one_hot"].append("a category that no table has")
    baked["model"]["coefficients"][0].insert(3, 0.0)
    check(example, "binary", pipeline, baked)  # the schema, which the function reads first, still refuses it
    monkeypatch.setattr(parity, "RowValidator", lambda _schema: RowValidator(open_schema))
    with pytest.raises(ParityError, match="which has to be refused"):
        check(example, "binary", pipeline, baked)


def test_a_scorer_that_refuses_what_scikit_learn_answers_fails_the_gate(example: Example) -> None:
    pipeline = fit(example, "binary", LogisticRegression())
    baked = bake_estimator(pipeline)
    baked["inputs"][0]["one_hot"][0] = "rot"
    with pytest.raises(ParityError, match="the baked model refuses .*'red'.*, which scikit-learn answers"):
        check(example, "binary", pipeline, baked)


def test_a_schema_that_refuses_what_scikit_learn_answers_fails_the_gate(example: Example) -> None:
    pipeline = fit(example, "binary", LogisticRegression())
    schema = deepcopy(example.schema)
    schema["properties"]["shape"].update(type="string", enum=["round"])
    with pytest.raises(ParityError, match="the baked model refuses .*'shape': None.*, which scikit-learn answers"):
        check_parity(pipeline, bake_estimator(pipeline), example.features, schema)


def damage_missing(baked: Model) -> None:
    """Exchange what stands for missing numbers."""
    ends = {"low": "high", "high": "low"}
    for entry in baked["inputs"]:
        entry.update({"missing": ends[entry["missing"]]} if entry.get("missing") in ends else {})


def damage_categories(baked: Model) -> None:
    """Send what is missing to the other side of the first split on categories."""
    split = next(t for tree in baked["model"]["trees"] for t in tree["threshold"] if isinstance(t, list))
    split[:] = split[1:] if split[0] == -1 else [-1.0, *split]


def damage_dates(baked: Model) -> None:
    """Count days from the day before."""
    for entry in baked["inputs"]:
        entry.update({"since": "2019-12-24"} if "since" in entry else {})


@pytest.mark.parametrize("damage", [damage_missing, damage_categories, damage_dates])
def test_damaged_inputs_and_categories_fail_the_gate(damage: Callable[[Model], None]) -> None:
    example = make_example("every kind")
    pipeline = fit(example, "regression", HistGradientBoostingRegressor(max_iter=5))
    baked = bake_estimator(pipeline, example.optional)
    check(example, "regression", pipeline, baked)
    damage(baked)
    with pytest.raises(ParityError, match="the baked model answers .* where scikit-learn answers"):
        check(example, "regression", pipeline, baked)


@pytest.mark.parametrize(("by", "agrees"), [(1e-13, True), (1e-9, False)])
def test_only_a_tiny_error_of_a_score_excuses_an_answer_at_a_wall(example: Example, by: float, agrees: bool) -> None:
    """At the foot of a wall, an isotonic calibration makes any difference of the least one in a score."""
    pipeline = fit(example, "binary", CalibratedClassifierCV(LogisticRegression(), method="isotonic", ensemble=False))
    calibrator = pipeline["estimator"].calibrated_classifiers_[0].calibrators[0]
    scores = [0.5 - 1e-14, 0.5]
    calibrator.fit([-1.0, *scores, 2.0], [0.0, 0.1, 0.9, 1.0])
    baked = bake_estimator(pipeline)
    check(example, "binary", pipeline, baked)
    points = baked["model"]["members"][0]["calibrators"][0]
    assert points["x"][1:3] == scores
    score = Scorer({**baked, "model": {**baked["model"]["members"][0]["model"], "link": "identity"}})
    first = score.predict(edges.to_records(example.features.iloc[:1])[0])[0]
    calibrator.fit([-9.0, first - 1e-14, first, 9.0], [0.0, 0.1, 0.9, 1.0])
    moved = bake_estimator(pipeline)
    points = moved["model"]["members"][0]["calibrators"][0]
    points["x"] = [x + by for x in points["x"]]
    if agrees:
        check(example, "binary", pipeline, moved)
    else:
        with pytest.raises(ParityError):
            check(example, "binary", pipeline, moved)
