"""What a model uses is found, and what it does not use is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from tests.tables import make_problem, make_table
from training.dataset import Dataset, prepare
from training.explanation import _grid, draw_rows, measure_dependence, measure_importance, sample_rows
from training.problem import Column
from training.selection import fit

ALL = [{"column": name} for name in ("weak", "strong", "nothing", "gaps")]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Strong and weak features, one that tells nothing, and one with gaps; folded."""
    generator = np.random.default_rng(0)
    size = 3_000
    strong, weak, nothing = (generator.integers(0, 4, size) for _ in range(3))
    gaps = generator.choice(np.array(["a", "b", None], dtype=object), size)
    log_odds = 1.5 * (strong - 1.5) + 0.4 * (weak - 1.5) + (gaps == "a")
    y = (generator.uniform(size=size) < 1 / (1 + np.exp(-log_odds))).astype(int)
    columns = {"weak": weak, "strong": strong, "nothing": [f"c{x}" for x in nothing], "gaps": gaps, "y": y}
    return prepare(make_table(columns, counts=generator.integers(1, 50, size).tolist()), make_problem(positive="1"))


@pytest.fixture(scope="module")
def pipeline(dataset: Dataset) -> Pipeline:
    return fit(dataset, "logistic regression", {"C": 1.0})


def test_importance_orders_the_features(pipeline: Pipeline, dataset: Dataset) -> None:
    found = measure_importance(pipeline, dataset, np.random.default_rng(0))
    assert found[0]["column"] == "strong"
    by_name = {entry["column"]: entry for entry in found}
    assert set(by_name) == {"strong", "weak", "nothing", "gaps"}
    assert by_name["strong"]["increase"] > 5 * by_name["weak"]["increase"] > 0
    assert abs(by_name["nothing"]["increase"]) < by_name["weak"]["increase"] / 3
    assert by_name["strong"]["standard_deviation"] > 0


def test_dependence_of_a_linear_model_rises_with_its_feature(pipeline: Pipeline, dataset: Dataset) -> None:
    by_name = {entry["column"]: entry for entry in measure_dependence(pipeline, dataset, ALL, np.random.default_rng(0))}
    assert by_name["strong"]["values"] == [0.0, 1.0, 2.0, 3.0]
    (rising,) = by_name["strong"]["predictions"]
    assert rising == sorted(rising)
    assert rising[3] - rising[0] > 0.4
    assert by_name["nothing"]["values"] == ["c0", "c1", "c2", "c3"]
    (flat,) = by_name["nothing"]["predictions"]
    assert max(flat) - min(flat) < 0.05
    assert by_name["gaps"]["values"] == ["a", "b", None]


def test_dependence_is_the_mean_over_all_rows_and_their_counts(pipeline: Pipeline, dataset: Dataset) -> None:
    (entry,) = (
        e for e in measure_dependence(pipeline, dataset, ALL, np.random.default_rng(0)) if e["column"] == "gaps"
    )
    changed = dataset.train.features.assign(gaps="b")
    mean = np.average(pipeline.predict_proba(changed)[:, 1], weights=dataset.train.counts)
    assert entry["predictions"][0][1] == pytest.approx(mean, abs=1e-12)


def test_every_kind_of_feature_is_set_to_values_that_it_has() -> None:
    """Gaps come last; a truth value stays one; what is rare is set to as one of the others, together."""
    size = 400
    generator = np.random.default_rng(0)
    columns: dict[str, list[Any]] = {
        "number": [None if at % 10 == 0 else at % 4 for at in range(size)],
        "whole": (np.arange(size) % 3).tolist(),
        "member": [at % 2 == 0 for at in range(size)],
        "day": [None if at % 10 == 1 else f"0{1 + at % 4}/02/2024" for at in range(size)],
        "level": [("low", "medium", "high")[at % 3] for at in range(size)],
        "city": ["Bonn" if at % 2 else ("Rome" if at % 4 else f"village {at}") for at in range(size)],
    }
    target = (generator.uniform(size=size) < 0.2 + 0.6 * (np.arange(size) % 2)).astype(int).tolist()
    settings = {"city": Column(kind="category", other=True), "day": Column(format="%d/%m/%Y")}
    data = prepare(make_table({**columns, "y": target}), make_problem(positive="1", columns=settings))
    importance = [{"column": name} for name in columns]
    for name in ("logistic regression", "histogram gradient boosting"):
        setting = {"C": 1.0} if name == "logistic regression" else {"max_leaf_nodes": 4}
        pipeline = fit(data, name, setting)
        found = measure_dependence(pipeline, data, importance, np.random.default_rng(0))
        assert {entry["column"]: entry["values"] for entry in found} == {
            "number": [0.0, 1.0, 2.0, 3.0, None],
            "whole": [0.0, 1.0, 2.0],
            "member": [False, True],
            "day": ["2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04", None],
            "level": ["low", "medium", "high"],
            "city": ["Bonn", "Rome", "(other)"],
        }
        by_name = {entry["column"]: entry for entry in found}
        village = pipeline.predict_proba(data.train.features.assign(city="never seen"))[:, 1]
        assert by_name["city"]["predictions"][0][2] == pytest.approx(np.average(village, weights=data.train.counts))
        (member,) = by_name["member"]["predictions"]
        assert member[0] != member[1]


def test_feature_without_any_value_in_the_training_rows_is_set_to_none(pipeline: Pipeline, dataset: Dataset) -> None:
    features = dataset.train.features.assign(weak=np.nan)
    rows = replace(dataset.train, features=features)
    assert np.isnan(_grid(dataset.schema["properties"]["weak"], rows, "weak")).tolist() == [True]


def test_rows_are_drawn_as_often_as_they_stand_for(dataset: Dataset) -> None:
    rows = draw_rows(dataset.train, 10_000, np.random.default_rng(0))
    assert len(rows) == rows.total == 10_000
    share, expected = (np.average(part.features["strong"], weights=part.counts) for part in (rows, dataset.train))
    assert share == pytest.approx(expected, abs=5 * 1.2 / 10_000**0.5)
    few = draw_rows(dataset.test, 10**9, np.random.default_rng(0))
    assert few.total == dataset.test.total


def test_many_columns_are_explained_by_fewer_rows() -> None:
    assert [sample_rows(columns) for columns in (1, 20, 100, 10_000)] == [10_000, 10_000, 2_000, 1_000]


def test_dependence_is_measured_of_the_most_important(
    pipeline: Pipeline, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.explanation.MOST_COLUMNS", 2)
    found = measure_dependence(pipeline, dataset, ALL, np.random.default_rng(0))
    assert [entry["column"] for entry in found] == ["weak", "strong"]
