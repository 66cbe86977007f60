"""The JavaScript twin answers and explains as the function does, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from predict import contributions
from predict.dates import PARTS
from predict.inputs import LARGEST_NUMBER, Inputs
from predict.model import Model
from predict.scorer import Scorer
from tests import test_inputs, test_model
from tests.pipelines import ESTIMATORS, MORE_ESTIMATORS, fit, make_example
from tests.twins import (
    EXPLAIN,
    NUMBER,
    PREDICT,
    TABLES,
    TOLERANCE,
    Document,
    Row,
    Twin,
    assert_same,
    cases,
    draw_rows,
    fit_numbers,
    load_table,
    make_document,
    to_model,
)
from tests.twins import twin as twin
from training.bake import bake_estimator
from training.edges import edge_rows, threshold_rows, to_records

MOST_THRESHOLDS = 1_500  # evenly spaced ones, of each estimator
KINDS = [type(estimator).__name__ for estimator in ESTIMATORS["binary"]]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Fit in one thread: of tables this small, several wait for each other longer than they work."""
    with threadpool_limits(limits=1):
        yield


def births(model: Model) -> list[Row]:
    """Return every row that the schema of the births allows."""
    properties = model.document["schema"]["properties"]
    cells = product(*(value["enum"] for value in properties.values()))
    return [dict(zip(properties, cell, strict=True)) for cell in cells]


def test_every_birth_is_predicted_alike(twin: Twin, model: Model) -> None:
    rows = births(model)
    assert len(rows) == 320
    answers = twin(PREDICT, {"document": model.document, "rows": rows})
    assert_same(answers, [model.predict(row) for row in rows])
    assert len({answer["probability"] for answer in answers}) > 300


def test_every_birth_is_explained_alike(twin: Twin, model: Model) -> None:
    rows = births(model)
    answers = twin(EXPLAIN, {"document": model.document, "rows": rows})
    assert_same(answers, [model.explain(row) for row in rows])


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_scikit_learn_ships_are_predicted_alike(twin: Twin, name: str) -> None:
    example, task = load_table(name)
    rows = draw_rows(example)
    for kind, estimator in zip(KINDS, ESTIMATORS[task], strict=True):
        document = make_document(example, task, bake_estimator(fit_numbers(example, task, estimator)))
        model = to_model(document)
        answers = twin(PREDICT, {"document": document, "rows": rows})
        assert_same(answers, [model.predict(row) for row in rows], example.scale(task))
        distinct = {answer.get("value", answer.get("probability")) for answer in answers}
        is_too_short = name == "linnerud" and kind.startswith("Hist")  # to be split
        assert (len(distinct) == 1) is (is_too_short or kind.startswith("Dummy"))


@pytest.mark.parametrize("columns", ["mixed", "choices", "gaps", "every kind"])
@pytest.mark.parametrize("task", ESTIMATORS)
def test_edges_are_predicted_alike(twin: Twin, task: str, columns: str) -> None:
    """Thresholds and their neighbours one ulp away, both ends of float32, -0.0, odd dates, every choice, and null."""
    example = make_example(columns)
    more = MORE_ESTIMATORS[task] if columns == "every kind" else []
    for estimator in [*ESTIMATORS[task], *more]:
        pipeline = fit(example, task, estimator)
        document = make_document(example, task, bake_estimator(pipeline, example.optional))
        model = to_model(document)
        thresholds = threshold_rows(pipeline, example.features)
        thresholds = thresholds[:: -(-len(thresholds) // MOST_THRESHOLDS) or 1]
        rows = to_records(pd.concat([edge_rows(example.features, example.schema), thresholds]))
        assert any(None in row.values() for row in rows)
        answers = twin(PREDICT, {"document": document, "rows": rows})
        assert_same(answers, [model.predict(row) for row in rows], example.scale(task))
        if task == "regression":  # where no exp is taken, there is nothing to round
            assert answers == [model.predict(row) for row in rows]


def test_every_input_makes_the_same_features(twin: Twin) -> None:
    body = (
        "return data.map(([entry, values]) => { const inputs = new Inputs([entry]);"
        " return values.map((x) => Array.from(inputs.encode({ x }), String)); });"
    )
    dates = ["0001-01-01", "1899-12-31", "1970-01-01", "2000-02-29", "2024-12-29", "2100-03-01", "9999-12-31"]
    number, date = test_inputs.NUMBER, {**test_inputs.DATE, "mean": 0.3, "scale": 7.1}
    tried: list[tuple[Document, list[Any]]] = [
        (test_inputs.COLOURS, ["red", "blue", None]),
        ({**test_inputs.COLOURS, "one_hot": ["red", "blue"], "missing": "blue"}, ["red", "blue", None]),
        ({**test_inputs.COLOURS, "other": True}, ["blue", "__proto__", None, True, False]),
        (test_inputs.CODES, ["a", True, False, None]),
        ({**test_inputs.CODES, "other": "high"}, ["a", "b", "true", ""]),
        (number, [3, 4.1, -LARGEST_NUMBER, 0.1, -0.0, 5e-324]),
        ({"field": "x", "factor": 0.1, "offset": 0.2}, [3, -4.7, LARGEST_NUMBER, 1e-300]),
        *(({**number, "missing": missing}, [None, 5]) for missing in (7.5, "low", "high")),
        *(({**date, "part": part, "missing": 1}, [*dates, None]) for part in PARTS),
        ({"field": "x", "part": "days", "factor": 3.3, "offset": -1.1}, dates),
        ({"field": "x", "is_missing": [-0.5, 2]}, [0, "", False, None]),
    ]
    expected = [[Inputs([entry]).encode({"x": value}) for value in values] for entry, values in tried]
    given = twin(body, tried)
    assert [[[float(text) for text in features] for features in of] for of in given] == expected


def test_scores_are_calibrated_alike(twin: Twin) -> None:
    """At every point of the curves and beyond, of two classes and of more, several members, and no chance at all."""
    points = {"type": "isotonic", "x": [-1.5, 0.1, 0.3, 2.0], "y": [0.0, 0.0, 0.7, 0.9]}
    inputs = [{"field": "x", "mean": 0, "scale": 1}]
    line = {"type": "linear", "link": "logit", "intercept": [0.1], "coefficients": [[0.7]]}
    stump = {"feature": [0, -1, -1], "threshold": [0.3]}
    tree = {"type": "trees", "link": "softmax", "start": [0.0] * 3, "divisor": 1}
    tree["trees"] = [{**stump, "value": [[0.1, 0.2, 3.0], [-2.0, -3.0, -4.0]]}]
    sigmoid = {"type": "sigmoid", "a": -1.7, "b": 0.3}
    of_tree = {"model": tree, "calibrators": [points, points, sigmoid]}
    models = [
        [{"model": line, "calibrators": [points]}, {"model": line, "calibrators": [sigmoid]}],
        [of_tree, of_tree, {**of_tree, "calibrators": [points] * 3}],
    ]
    xs = [*np.linspace(-4, 4, 201), 1e300, -1e300, (0.3 - 0.1) / 0.7, 0.3, np.nextafter(0.3, 1)]
    rows = [{"x": float(x)} for x in xs if abs(x) < LARGEST_NUMBER]
    for members in models:
        estimator = {"inputs": inputs, "model": {"type": "calibrated", "link": "identity", "members": members}}
        scorer = Scorer(estimator)
        body = "const scorer = await Scorer.load(data.estimator); return data.rows.map((row) => scorer.predict(row));"
        answers = twin(body, {"estimator": estimator, "rows": rows})
        assert_same(answers, [scorer.predict(row) for row in rows])
        assert len({answer[0] for answer in answers}) > 1


def change_coefficient(model: Document) -> None:
    model["coefficients"][0][0] *= 1 + 1e-9


def change_leaf(model: Document) -> None:
    model["trees"][-1]["value"][-1] += 1e-5


def change_thresholds(model: Document) -> None:
    for tree in model["trees"]:
        tree["threshold"] = [float(np.nextafter(threshold, np.inf)) for threshold in tree["threshold"]]


@pytest.mark.parametrize(
    ("place", "change"), [(1, change_coefficient), (2, change_leaf), (2, change_thresholds), (5, change_thresholds)]
)
def test_a_model_that_differs_a_little_is_told_apart(
    twin: Twin, place: int, change: Callable[[Document], None]
) -> None:
    example = make_example("mixed")
    pipeline = fit(example, "regression", ESTIMATORS["regression"][place])
    document = make_document(example, "regression", bake_estimator(pipeline))
    rows = to_records(pd.concat([example.features, threshold_rows(pipeline, example.features)[:3_000]]))
    answers = [to_model(document).predict(row) for row in rows]
    assert_same(twin(PREDICT, {"document": document, "rows": rows}), answers)
    change(document["estimator"]["model"])
    with pytest.raises(AssertionError):
        assert_same(twin(PREDICT, {"document": document, "rows": rows}), answers)


@pytest.mark.parametrize("columns", ["mixed", "every kind"])
@pytest.mark.parametrize("task", ESTIMATORS)
def test_models_of_each_task_are_explained_alike(twin: Twin, task: str, columns: str) -> None:
    example = make_example(columns)
    for estimator in ESTIMATORS[task]:
        document = make_document(example, task, bake_estimator(fit(example, task, estimator), example.optional))
        model = to_model(document)
        rows = to_records(example.features.iloc[:20])
        answers = twin(EXPLAIN, {"document": document, "rows": rows})
        assert_same(answers, [model.explain(row) for row in rows], example.scale(task))
        assert all(answer["exact"] for answer in answers)


def test_ten_differing_fields_are_explained_exactly(twin: Twin) -> None:
    example, task = load_table("diabetes")
    document = make_document(example, task, bake_estimator(fit_numbers(example, task, ESTIMATORS[task][3])))
    model, rows = to_model(document), draw_rows(example)[:3]
    assert [sum(row[name] != value for name, value in document["typical_row"].items()) for row in rows] == [10] * 3
    answers = twin(EXPLAIN, {"document": document, "rows": rows})
    assert_same(answers, [model.explain(row) for row in rows], example.scale(task))
    assert all(answer["exact"] for answer in answers)


def test_more_fields_are_explained_as_nearly(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """By other orders than those that Python draws, always the same; contributions add up all the same."""
    example, task = load_table("wine")
    document = make_document(example, task, bake_estimator(fit_numbers(example, task, LogisticRegression())))
    model, rows = to_model(document), draw_rows(example)[:6]
    given, theirs = twin(EXPLAIN, {"document": document, "rows": rows}), [model.explain(row) for row in rows]
    assert given == twin(EXPLAIN, {"document": document, "rows": rows})
    assert not any(answer["exact"] for answer in (*given, *theirs))
    sums = [answer["value"] - answer["reference"]["value"] for answer in theirs]
    assert contributions_of(given).sum(axis=1) == pytest.approx(sums, abs=1e-12)
    for mine, answer in zip(given, theirs, strict=True):
        assert_same({**mine, "contributions": {}}, {**answer, "contributions": {}})
    monkeypatch.setattr(contributions, "MOST_EXACT", len(example.features.columns))
    exact = contributions_of([model.explain(row) for row in rows])
    error, usual_error = (np.abs(contributions_of(answers) - exact).mean() for answers in (given, theirs))
    assert error < 1.2 * usual_error < 0.02
    assert np.abs(exact).max() > 0.2


def contributions_of(answers: list[Document]) -> NDArray[np.float64]:
    """Return the contributions of each answer in the same order of fields, shape (answers, fields)."""
    return np.array([[answer["contributions"][name] for name in answer["reference"]["row"]] for answer in answers])


def test_more_fields_of_an_additive_model_are_explained_exactly(twin: Twin) -> None:
    table, _task = load_table("breast_cancer")
    example = replace(table, targets={"regression": table.targets["binary"]})
    document = make_document(example, "regression", bake_estimator(fit_numbers(example, "regression", Ridge())))
    model, rows = to_model(document), draw_rows(example)[:5]
    answers = twin(EXPLAIN, {"document": document, "rows": rows})
    assert not any(answer["exact"] for answer in answers)
    assert_same(answers, [model.explain(row) for row in rows])


def test_two_fields_that_act_together_share_what_they_add(twin: Twin) -> None:
    """Exactly, in a mean over each drawn order and its reverse: in one of the two either field comes last."""
    names = [f"x{i}" for i in range(12)]
    tree = {"feature": [3, -1, 8, -1, -1], "threshold": [0.5, 0.5], "value": [0.0, 0.0, 6.0]}
    document = {
        **test_model.make_document("regression", [0.0]),
        "schema": {"properties": dict.fromkeys(names, NUMBER)},
        "typical_row": dict.fromkeys(names, 0),
        "estimator": {
            "inputs": [{"field": name, "mean": 0.0, "scale": 1.0} for name in names],
            "model": {"type": "trees", "link": "identity", "start": [1.0], "divisor": 1, "trees": [tree]},
        },
    }
    row = dict.fromkeys(names, 1)
    (answer,) = twin(EXPLAIN, {"document": document, "rows": [row]})
    assert answer["contributions"] == {**dict.fromkeys(names, 0), "x3": 3, "x8": 3}
    assert answer == to_model(document).explain(row)


def test_answers_do_not_depend_on_the_ones_before(twin: Twin) -> None:
    body = (
        "const scorer = await Scorer.load(data); const first = scorer.predict({ x: 0 }); const given = [...first];"
        " first[0] = 7; return [given, scorer.predict({ x: 0 })];"
    )
    assert twin(body, test_model.make_document("binary", [0.75, 0.25])["estimator"]) == [[0.75, 0.25], [0.75, 0.25]]


@pytest.mark.parametrize(("task", "values", "answer"), cases(test_model.test_each_task_has_its_answer))
def test_each_task_has_its_answer(twin: Twin, task: str, values: list[float], answer: Document) -> None:
    document = {**test_model.make_document(task, values), "schema": {"properties": {"x": {}}}}
    (given,) = twin(PREDICT, {"document": document, "rows": [{"x": 0}]})
    assert given == {**answer, "model_version": document["version"]}


def test_answers_agree_within_the_tolerance(twin: Twin) -> None:
    binary, several = ("binary", [0.75, 0.25]), ("multiclass", [0.2, 0.4, 0.4])
    near, far = 0.9e-12, 1.1e-12
    tried: list[tuple[tuple[str, list[float]], Document, bool]] = [
        (binary, {}, True),
        (binary, {"probabilities": {"no": 0.75 - near, "yes": 0.25 + near}}, True),
        (binary, {"probabilities": {"no": 0.75, "yes": 0.25 + far}}, False),
        (binary, {"probabilities": {"no": 0.75 - far, "yes": 0.25}}, False),
        (binary, {"label": "yes"}, False),
        (binary, {"probabilities": {"no": 0.75}}, False),
        (binary, {"probabilities": None}, False),
        (several, {}, True),
        (several, {"label": "Cedar"}, True),
        (several, {"label": "Cedar", "probabilities": {"Ash": 0.2, "Birch": 0.4, "Cedar": 0.4 + near}}, True),
        (several, {"label": "Cedar", "probabilities": {"Ash": 0.2, "Birch": 0.4, "Cedar": 0.4 + far}}, False),
        (("regression", [1.0]), {"value": 1.0 + near * 1e5}, True),
        (("regression", [1.0]), {"value": 1.0 - far * 1e5}, False),
        (("regression", [1e7]), {"value": 1e7 + near * 1e7}, True),
        (("regression", [1e7]), {"value": 1e7 + far * 1e7}, False),
        (("regression", [0.0]), {"value": None}, False),
        (("regression", [1e7]), {"value": "text"}, False),
    ]
    body = (
        "return Promise.all(data.map(async ({ document, change }) => { const model = await Model.load(document);"
        " const mine = model.predict({ x: 0 }); return model.agrees(mine, { ...mine, ...change }); }));"
    )
    documents = [test_model.make_document(*of) | {"schema": {"properties": {"x": NUMBER}}} for of, _, _ in tried]
    parity = {"tolerance": TOLERANCE, "scale": 1e5}
    given = [
        {"document": document | ({"parity": parity} if "value" in change else {}), "change": change}
        for document, (_, change, _) in zip(documents, tried, strict=True)
    ]
    assert twin(body, given) == [expected for _, _, expected in tried]
