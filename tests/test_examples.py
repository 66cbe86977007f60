"""Examples are made-up rows: drawn value by value, the same however the table is sorted, and the most telling ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.scorer import Scorer
from tests.documents import make_document
from tests.pipelines import ESTIMATORS, Example, fit, make_example
from training.bake import bake_estimator
from training.dataset import Rows
from training.examples import DRAWN, MOST_CLASSES, draw_examples
from training.target import Target

LABELS = {"binary": ("Not so", "So"), "multiclass": ("Ash", "Birch", "Cedar"), "regression": ()}
TASKS = tuple(LABELS)
LINE = {"intercept": [0.0], "coefficients": [[1.0]]}


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example("mixed")


def draw(
    example: Example, task: str, estimator: Any, order: Any = slice(None), counts: Any = None, seed: int = 7
) -> tuple[Scorer, list[dict[str, Any]]]:
    """Return the scorer of an estimator fitted to the example, and examples drawn of its rows in some order."""
    scorer = Scorer(bake_estimator(fit(example, task, estimator)))
    counts = example.counts if counts is None else counts
    features = example.features.iloc[order].reset_index(drop=True)
    rows = Rows(features, example.targets[task][order], counts[order], features[[]])
    target = Target("y", task, LABELS[task], LABELS[task])
    return scorer, draw_examples(scorer, rows, example.schema, target, example.scale(task), seed)


@pytest.mark.parametrize("task", TASKS)
def test_examples_are_the_extremes_of_what_is_drawn(
    example: Example, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[dict[str, Any]] = []
    predict = Scorer.predict

    def watch(scorer: Scorer, row: dict[str, Any]) -> list[float]:
        drawn.append(row)
        return predict(scorer, row)

    monkeypatch.setattr(Scorer, "predict", watch)
    scorer, found = draw(example, task, ESTIMATORS[task][1])
    assert len(drawn) == DRAWN
    scores = np.array([predict(scorer, row) for row in drawn])
    if task == "regression":
        assert [entry["name"] for entry in found] == ["Low", "High"]
        expected = [drawn[scores[:, 0].argmin()], drawn[scores[:, 0].argmax()]]
    else:
        assert [entry["name"] for entry in found] == [f"Rather {label}" for label in LABELS[task]]
        expected = [drawn[at] for at in scores.argmax(axis=0)]
    assert [entry["row"] for entry in found] == expected
    assert all(list(entry) == ["name", "row"] for entry in found)


@pytest.mark.parametrize("task", TASKS)
def test_order_of_the_table_has_no_influence_but_the_seed_has(example: Example, task: str) -> None:
    _scorer, found = draw(example, task, ESTIMATORS[task][1])
    order = np.random.default_rng(1).permutation(len(example.counts))
    assert draw(example, task, ESTIMATORS[task][1], order)[1] == found
    assert draw(example, task, ESTIMATORS[task][1], seed=8)[1] != found


def test_each_value_occurs_in_the_table_as_often_as_it_counts(example: Example) -> None:
    """A row is no row of the table: two columns that always go together come apart."""
    features = example.features.copy()
    features["steps"] = np.where(features["colour"] == "red", 1.0, 2.0)
    changed = Example(example.schema, features, example.targets, example.counts)
    rows, drawn = {tuple(row) for row in features[["steps", "colour"]].itertuples(index=False)}, set()
    for seed in range(20):
        for entry in draw(changed, "binary", ESTIMATORS["binary"][1], seed=seed)[1]:
            drawn.add((entry["row"]["steps"], entry["row"]["colour"]))
            assert entry["row"]["fine"] in set(features["fine"])
            assert type(entry["row"]["steps"]) is float
    assert drawn - rows
    only_red = np.where(features["colour"] == "red", 1, 0)
    found = draw(changed, "binary", ESTIMATORS["binary"][1], counts=only_red)[1]
    assert {(entry["row"]["steps"], entry["row"]["colour"]) for entry in found} == {(1.0, "red")}


def test_what_is_missing_in_the_table_is_none(example: Example) -> None:
    missing = np.where(example.features["shape"].isna(), 1, 0)
    found = draw(example, "binary", ESTIMATORS["binary"][1], counts=missing)[1]
    assert {entry["row"]["shape"] for entry in found} == {None}


def test_every_kind_of_value_is_drawn_as_the_api_takes_it() -> None:
    """Of a rare text no more is told than that it is one of the others."""
    schema: dict[str, Any] = {
        "properties": {
            "member": {"x-kind": "boolean", "enum": [False, True, None]},
            "day": {"x-kind": "date"},
            "visits": {"x-kind": "number"},
            "city": {"x-kind": "category", "x-choices": ["Bonn", "(other)"], "x-other": "(other)"},
        }
    }
    columns: dict[str, list[Any]] = {
        "member": [True, False, np.nan],
        "day": ["2024-02-29", np.nan, np.nan],
        "visits": [np.nan, 2.0, 3.0],
        "city": ["Bonn", "a village", "another"],
    }
    features = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    features["visits"] = features["visits"].astype(float)
    rows = Rows(features, np.zeros(3), np.array([1, 1, 1]), features[[]])
    inputs = [{"field": "visits", "mean": 0.0, "scale": 1.0, "missing": 0.0}]
    scorer = Scorer({"inputs": inputs, "model": {"type": "linear", "link": "identity", **LINE}})
    drawn: dict[str, set[Any]] = {name: set() for name in columns}
    for seed in range(40):
        for entry in draw_examples(scorer, rows, schema, Target("y", "regression"), 1.0, seed):
            for name, value in entry["row"].items():
                drawn[name].add(value)
    assert drawn == {
        "member": {True, False, None},
        "day": {"2024-02-29", None},
        "visits": {None, 3.0},  # the extremes
        "city": {"Bonn", "(other)"},
    }
    assert {type(value) for value in drawn["member"]} == {bool, type(None)}


@pytest.mark.parametrize("task", TASKS)
def test_model_that_answers_all_alike_has_no_examples(example: Example, task: str) -> None:
    assert draw(example, task, ESTIMATORS[task][0])[1] == []


def test_last_digits_do_not_decide() -> None:
    """Of two rows whose predictions differ by less than what processors differ by, the first is taken."""
    example = make_example("numbers")
    for slope in (1e-13, -1e-13):
        inputs = [{"field": "steps", "mean": 0.0, "scale": 1.0}, {"field": "fine", "mean": 0.0, "scale": 1e3}]
        model = {"type": "linear", "link": "identity", "intercept": [0.0], "coefficients": [[1.0, slope]]}
        rows = Rows(example.features, example.targets["regression"], example.counts, example.features[[]])
        target = Target("y", "regression", (), ())
        scorer = Scorer({"inputs": inputs, "model": model})
        found = draw_examples(scorer, rows, example.schema, target, 1.0, 7)
        assert [entry["row"]["steps"] for entry in found] == [-3.0, 3.0]
        if slope > 0:
            first = found
    assert found == first


def test_only_the_first_classes_have_examples() -> None:
    labels = tuple("abcdefgh")
    model = {
        "type": "linear",
        "link": "softmax",
        "intercept": [0.0] * 8,
        "coefficients": [[float(at)] for at in range(8)],
    }
    scorer = Scorer({"inputs": [{"field": "steps", "mean": 0.0, "scale": 1.0}], "model": model})
    example = make_example("numbers")
    rows = Rows(example.features, example.targets["multiclass"], example.counts, example.features[[]])
    found = draw_examples(scorer, rows, example.schema, Target("y", "multiclass", labels, labels), 1.0, 0)
    assert [entry["name"] for entry in found] == [f"Rather {label}" for label in labels[:MOST_CLASSES]]


@pytest.mark.parametrize("task", TASKS)
def test_document_holds_examples_intent_and_scale(task: str) -> None:
    document = make_document(task)
    assert len(document["schema"]["x-examples"]) == (3 if task == "multiclass" else 2)
    for entry in document["schema"]["x-examples"]:
        assert set(entry["row"]) == set(document["schema"]["properties"])
    assert document["intended_use"].startswith("## Use\n\n<script>")
    assert (document["parity"]["scale"] == 1.0) == (task != "regression")
    assert document["parity"]["scale"] > 0
