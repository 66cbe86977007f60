"""Folded rows with counts give what the unfolded rows give; the simplest candidate within one standard error is chosen."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from tests.tables import make_problem, make_table
from training import selection
from training.bake import bake_estimator
from training.candidates import make_candidates
from training.dataset import Dataset, Rows, prepare
from training.document import MOST_BYTES
from training.errors import InputError
from training.evaluation import evaluate
from training.prediction import predict_held_out
from training.problem import Problem
from training.selection import choose, cross_validate_candidates, estimation, fit
from training.split import draw_folds
from training.table import read_table

EXACT: dict[str, dict[str, Any]] = {
    "base rate": {},
    "logistic regression": {"C": 1.0},
    "gradient boosting": {"max_depth": 3},
    "extra trees": {"min_weight_fraction_leaf": 0.005},
}
EXACT_FOR_NUMBERS: dict[str, dict[str, Any]] = {
    "base value": {},
    "ridge regression": {"alpha": 1.0},
    "gradient boosting": {"max_depth": 3},
    "extra trees": {"min_weight_fraction_leaf": 0.005},
}


@pytest.fixture(scope="module")
def births(problem: Problem) -> Dataset:
    """A thousandth of the births, so that unfolding them is quick."""
    table = read_table(problem.data, problem)
    return prepare(replace(table, counts=np.maximum(table.counts // 1_000, 1)), problem)


@pytest.fixture(scope="module")
def with_number(births: Dataset) -> Dataset:
    """The same rows with a number, which the logistic regression scales."""
    hours = {"type": "number", "x-kind": "number", "x-range": [0, 23], "x-sensitive": False}
    schema = {**births.schema, "properties": {**births.schema["properties"], "hour": hours}}
    train, test = (
        replace(rows, features=rows.features.assign(hour=np.random.default_rng(2).integers(0, 6, len(rows)) * 1.0))
        for rows in (births.train, births.test)
    )
    return replace(births, schema=schema, train=train, test=test)


@pytest.fixture(scope="module")
def hours(with_number: Dataset) -> Dataset:
    """The number as the target."""
    target = replace(with_number.target, task="regression", classes=(), labels=())
    train, test = (
        replace(
            rows,
            features=rows.features.drop(columns="hour"),
            target=rows.features["hour"].to_numpy() + 10 * rows.target,
        )
        for rows in (with_number.train, with_number.test)
    )
    properties = {name: value for name, value in with_number.schema["properties"].items() if name != "hour"}
    return replace(
        with_number, schema={**with_number.schema, "properties": properties}, target=target, train=train, test=test
    )


@pytest.fixture(scope="module")
def groups(births: Dataset) -> Dataset:
    """Three classes: some rows of the two are made a third."""
    target = replace(births.target, task="multiclass", classes=("a", "b", "c"), labels=("a", "b", "c"))
    train, test = (
        replace(rows, target=np.where(np.random.default_rng(1).uniform(size=len(rows)) < 0.2, 2, rows.target))
        for rows in (births.train, births.test)
    )
    return replace(births, target=target, train=train, test=test)


def unfold(dataset: Dataset) -> Dataset:
    """Return the same rows under the same split, one line each."""

    def single(rows: Rows) -> Rows:
        line = np.repeat(np.arange(len(rows)), rows.counts)
        return rows.take(line, np.ones(len(line), dtype=np.int64))

    return replace(dataset, train=single(dataset.train), test=single(dataset.test))


def predictions(dataset: Dataset, name: str, settings: dict[str, Any], rows: pd.DataFrame) -> NDArray[np.float64]:
    pipeline = fit(dataset, name, settings)
    values = pipeline.predict(rows) if dataset.target.task == "regression" else pipeline.predict_proba(rows)
    return np.asarray(values)


CASES = [
    *((rows, name) for rows in ("births", "with_number", "groups") for name in EXACT),
    *(("hours", name) for name in EXACT_FOR_NUMBERS),
]


@pytest.mark.parametrize(("rows", "name"), CASES)
def test_fit_and_every_metric_are_those_of_the_unfolded_rows(
    rows: str, name: str, request: pytest.FixtureRequest
) -> None:
    folded: Dataset = request.getfixturevalue(rows)
    settings = {**EXACT, **EXACT_FOR_NUMBERS}[name]
    unfolded = unfold(folded)
    assert len(unfolded.train) > 3 * len(folded.train)
    weighted, plain = (predictions(each, name, settings, folded.test.features) for each in (folded, unfolded))
    np.testing.assert_allclose(weighted, plain, rtol=0, atol=1e-10)
    pipeline = fit(folded, name, settings)
    figures, expected = (
        {
            name: figure["value"]
            for name, figure in evaluate(predict_held_out(pipeline, each), np.random.default_rng(0)).items()
        }
        for each in (folded, unfolded)
    )
    assert figures == pytest.approx(expected, abs=1e-10)
    assert len(figures) >= 4


@pytest.mark.parametrize(("rows", "name"), CASES)
def test_counts_are_not_decoration(rows: str, name: str, request: pytest.FixtureRequest) -> None:
    """The twin of the test above: without counts, the fits differ."""
    folded: Dataset = request.getfixturevalue(rows)
    settings = {**EXACT, **EXACT_FOR_NUMBERS}[name]
    ones = replace(folded, train=replace(folded.train, counts=np.ones_like(folded.train.counts)))
    weighted, plain = (predictions(each, name, settings, folded.test.features) for each in (folded, ones))
    assert np.abs(weighted - plain).max() > 1e-3


def test_estimators_that_count_rows_enter_only_where_a_table_hardly_folds(births: Dataset) -> None:
    with estimation():
        folded = [candidate.name for candidate in make_candidates(births)]
        single = [candidate.name for candidate in make_candidates(replace(births, hardly_folds=True))]
    assert folded == list(EXACT)
    assert single == [*EXACT, "histogram gradient boosting", "random forest"]


def test_cross_validated_loss_is_that_of_the_unfolded_rows(births: Dataset) -> None:
    """The same folds, unfolded and scored by hand, give the loss in the table."""
    scores = cross_validate_candidates(births, report=lambda _step: None)
    line = scores[scores["candidate"] == "logistic regression"].iloc[2]
    base, best = scores.iloc[0], scores.iloc[int(scores["loss"].argmin())]
    train = births.train
    folds = draw_folds(train.counts, births.strata, 5, 2, np.random.default_rng([births.seed, 5, 2]))
    losses, excess = [], []
    for fitted, scored in folds.splits():
        known, other = (
            unfold(replace(births, train=train.take(folds.row[at], folds.count[at]))) for at in (fitted, scored)
        )
        p = predictions(known, "logistic regression", line["settings"], other.train.features)
        losses.append(log_loss(other.train.target, p))
        rates = np.broadcast_to(known.class_rates, p.shape)
        best_p = predictions(known, best["candidate"], best["settings"], other.train.features)
        excess.append(log_loss(other.train.target, rates) - log_loss(other.train.target, best_p))
    assert len(losses) == 10
    assert line["loss"] == pytest.approx(np.mean(losses), abs=1e-10)
    assert base["excess"] == pytest.approx(np.mean(excess), abs=1e-10)
    error = ((1 / 10 + 1 / 4) * np.var(excess, ddof=1)) ** 0.5
    assert base["excess_standard_error"] == pytest.approx(error, abs=1e-10)


def test_each_setting_of_each_candidate_is_scored_simplest_first(births: Dataset) -> None:
    scores = cross_validate_candidates(births, report=lambda _step: None)
    assert list(dict.fromkeys(scores["candidate"])) == list(EXACT)
    assert len(scores) == 1 + 4 + 3 + 2
    # with folds stratified by class, the base rate's log loss is the entropy of the base rate
    entropy = -float(births.class_rates @ np.log(births.class_rates))
    assert scores["loss"][0] == pytest.approx(entropy, abs=1e-4)
    assert scores["excess"].min() == 0
    best = int(scores["loss"].argmin())
    assert (scores["excess"] == scores["loss"] - scores["loss"].iloc[best]).sum() >= 1
    np.testing.assert_allclose(scores["excess"], scores["loss"] - scores["loss"].iloc[best], atol=1e-15)


def test_number_of_processes_changes_nothing(births: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = cross_validate_candidates(births, report=lambda _step: None)
    monkeypatch.setattr(selection, "JOBS", 1)
    pd.testing.assert_frame_equal(
        cross_validate_candidates(births, report=lambda _step: None), scores, check_exact=True
    )


@pytest.mark.parametrize(
    ("excess", "errors", "expected"),
    [
        ([0.5, 0.1, 0.0], [0.1, 0.05, 0.0], 2),  # the best is better than chance would have it
        ([0.5, 0.1, 0.0], [0.1, 0.1, 0.0], 1),  # within one standard error: the simpler
        ([0.5, 0.0, 0.0], [0.1, 0.0, 0.0], 1),  # equal: the first
        ([0.1, 0.0, 0.2], [0.2, 0.0, 0.1], 0),  # not even the base rate is worse
    ],
)
def test_the_simplest_within_one_standard_error_is_chosen(
    excess: list[float], errors: list[float], expected: int
) -> None:
    assert choose(pd.DataFrame({"excess": excess, "excess_standard_error": errors})) == expected


def test_candidates_are_compared_on_a_part_of_a_large_table(births: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert selection.draw_compared(births) is births.train
    cells = len(births.train) * len(births.schema["properties"])
    monkeypatch.setattr(selection, "MOST_CELLS", cells // 4)
    part = selection.draw_compared(births)
    assert part.total == pytest.approx(births.train.total / 4, abs=2)
    assert len(part) < len(births.train)
    rates = [np.average(rows.target, weights=rows.counts) for rows in (part, births.train)]
    assert rates[0] == pytest.approx(rates[1], abs=1 / part.total)
    monkeypatch.setattr(selection, "MOST_CELLS", 1)
    few = selection.draw_compared(births)
    assert np.bincount(few.target, few.counts).tolist() == [selection.FOLDS * selection.FEWEST_PER_FOLD] * 2
    monkeypatch.setattr(selection, "MOST_CELLS", cells // 4)
    scores = cross_validate_candidates(births, report=lambda _step: None, candidates=make_candidates(births)[:2])
    assert scores["candidate"].unique().tolist() == ["base rate", "logistic regression"]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_default_candidates_are_baked_far_below_the_limit(task: str) -> None:
    """The most classes, of noise, in which trees find no end; each candidate at its largest."""
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {f"number {at}": generator.normal(size=2_000).tolist() for at in range(4)}
    columns["y"] = [f"class {at % 50}" for at in range(2_000)] if task == "multiclass" else columns.pop("number 0")
    dataset = prepare(make_table(columns), make_problem(task=task))
    tried = []
    for candidate in make_candidates(dataset):
        pipeline = fit(dataset, candidate.name, candidate.settings[-1])
        text = json.dumps(bake_estimator(pipeline, [])).encode()
        assert len(gzip.compress(text)) < MOST_BYTES / 2, candidate.name
        tried.append(candidate.name)
    assert {"extra trees", "random forest", "histogram gradient boosting"} < set(tried)


def test_logistic_regression_of_many_columns_takes_no_matrix_of_their_square() -> None:
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {
        f"text {at}": [f"t{each}" for each in generator.integers(0, 40, 1_500)] for at in range(12)
    }
    columns["y"] = [f"class {each}" for each in generator.integers(0, 6, 1_500)]
    for task, solver in (("binary", "newton-cholesky"), ("multiclass", "lbfgs")):
        y = [int(each == "class 0") for each in columns["y"]] if task == "binary" else columns["y"]
        dataset = prepare(make_table({**columns, "y": y}), make_problem(task=task))
        (logistic,) = (each for each in make_candidates(dataset) if each.name == "logistic regression")
        assert logistic.pipeline[-1].solver == solver
        fit(dataset, "logistic regression", {"C": 0.01})


def test_estimator_that_needs_each_row_is_refused_where_they_are_too_many(
    births: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = make_problem(estimator="sklearn.ensemble.RandomForestClassifier")
    candidates = make_candidates(births, problem)
    monkeypatch.setattr(selection, "MOST_WRITTEN_OUT", births.train.total - 1)
    with pytest.raises(InputError, match=r"^the estimator needs each row by itself, and [\d,]+ are too many; at most"):
        fit(births, "RandomForestClassifier", {}, candidates)


def test_lack_of_memory_is_one_sentence(births: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem(estimator="sklearn.tree.DecisionTreeClassifier")
    base, stated = make_candidates(births, problem)
    with (
        pytest.raises(InputError, match=r"^DecisionTreeClassifier cannot be used on this table: there is not enough"),
        selection.told(stated),
    ):
        raise MemoryError
    with pytest.raises(MemoryError), selection.told(base):
        raise MemoryError
