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
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.pipeline import Pipeline

from tests.tables import fold_table, make_problem, make_table
from training import candidates, selection
from training.bake import bake_estimator
from training.candidates import make_candidates
from training.comparison import compare
from training.curves import calibration_table, curves, threshold_table
from training.dataset import Dataset, Rows, prepare
from training.document import MOST_BYTES
from training.errors import InputError
from training.evaluation import evaluate, evaluate_slices
from training.explanation import measure_dependence, measure_importance
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
        line = line_of(rows)
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


def line_of(rows: Rows) -> NDArray[np.intp]:
    """Return the distinct row that each single row is of."""
    return np.repeat(np.arange(len(rows)), rows.counts)


def measured(pipeline: Pipeline, dataset: Dataset) -> dict[str, Any]:
    """Return all that is measured, but for the intervals, which are drawn."""

    def values(figures: dict[str, dict[str, float | None]]) -> dict[str, float | None]:
        return {name: figure["value"] for name, figure in figures.items()}

    generator, binary = np.random.default_rng, dataset.target.task == "binary"
    found, importance = predict_held_out(pipeline, dataset), measure_importance(pipeline, dataset, generator(0))
    thresholds = threshold_table(found) if binary else []
    slices, without_rows = evaluate_slices(found, dataset, thresholds, generator(0))
    return {
        "figures": values(evaluate(found, generator(0))),
        "baseline": {name: x.item() for name, x in found.baseline.figures(found.counts[None].astype(float)).items()},
        "calibration": calibration_table(found),
        "thresholds": thresholds,
        "curves": curves(found) if binary else {},
        "slices": [{**entry, "figures": values(entry["figures"])} for entry in slices],
        "without_rows": without_rows,
        "importance": importance,
        "dependence": measure_dependence(pipeline, dataset, importance, generator(0)),
    }


@pytest.mark.parametrize(("rows", "name"), CASES)
def test_fit_and_every_metric_are_those_of_the_unfolded_rows(
    rows: str, name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.evaluation.DRAWS", 2)
    monkeypatch.setattr(selection, "JOBS", 1)  # sooner than to hand out so little
    folded: Dataset = request.getfixturevalue(rows)
    settings = {**EXACT, **EXACT_FOR_NUMBERS}[name]
    unfolded = unfold(folded)
    assert len(unfolded.train) > 3 * len(folded.train)
    weighted, plain = (predictions(each, name, settings, folded.test.features) for each in (folded, unfolded))
    np.testing.assert_allclose(weighted, plain, rtol=0, atol=1e-10)
    pipeline = fit(folded, name, settings)
    count, worst, where = compare(*(in_json(measured(pipeline, each)) for each in (folded, unfolded)))
    assert worst <= 1e-10, where
    assert count > 100


def in_json(value: dict[str, Any]) -> Any:
    return json.loads(json.dumps(value), parse_constant=str)  # a figure without a meaning is NaN, which equals nothing


@pytest.mark.parametrize("rows", ["births", "groups", "hours"])
def test_every_figure_of_a_draw_is_that_of_the_single_rows_drawn(rows: str, request: pytest.FixtureRequest) -> None:
    """What intervals are made of: a draw of single rows, and the same draw as counts of the distinct ones."""
    folded: Dataset = request.getfixturevalue(rows)
    name = "ridge regression" if rows == "hours" else "logistic regression"
    pipeline = fit(folded, name, EXACT_FOR_NUMBERS.get(name) or EXACT[name])
    line, total = line_of(folded.test), folded.test.total
    single = np.random.default_rng(0).multinomial(total, np.full(total, 1 / total), size=20).astype(float)
    distinct = np.stack([np.bincount(line, draw, len(folded.test)) for draw in single]).astype(float)
    found, expected = (
        predict_held_out(pipeline, each).figures(drawn)
        for each, drawn in ((folded, distinct), (unfold(folded), single))
    )
    assert found.keys() == expected.keys()
    for figure, values in found.items():
        np.testing.assert_allclose(values, expected[figure], rtol=0, atol=1e-10, err_msg=figure)
        assert len(np.unique(values)) > 10  # the draws differ


@pytest.mark.parametrize(("rows", "name"), CASES)
def test_counts_are_not_decoration(rows: str, name: str, request: pytest.FixtureRequest) -> None:
    """The twin of the tests above: without counts, the fits differ, and so does every figure."""
    folded: Dataset = request.getfixturevalue(rows)
    settings = {**EXACT, **EXACT_FOR_NUMBERS}[name]
    ones = replace(folded, train=replace(folded.train, counts=np.ones_like(folded.train.counts)))
    weighted, plain = (predictions(each, name, settings, folded.test.features) for each in (folded, ones))
    assert np.abs(weighted - plain).max() > 1e-3
    found = predict_held_out(fit(folded, name, settings), folded)
    counts = found.counts.astype(np.float64)
    counted, uncounted = (found.figures(weights[None]) for weights in (counts, np.ones_like(counts)))
    for figure, value in counted.items():
        said = name not in ("base rate", "base value") or figure in ("log_loss", "brier_score", "rmse", "mae", "bias")
        assert not said or abs(value.item() - uncounted[figure].item()) > 1e-4, figure


def test_estimators_that_count_rows_enter_only_where_a_table_hardly_folds(births: Dataset) -> None:
    with estimation():
        folded = [candidate.name for candidate in make_candidates(births)]
        single = [candidate.name for candidate in make_candidates(replace(births, hardly_folds=True))]
    assert folded == list(EXACT)
    assert single == [*EXACT, "histogram gradient boosting", "random forest"]


@pytest.mark.parametrize("rows", ["births", "groups", "hours"])
def test_cross_validated_loss_is_that_of_the_unfolded_rows(rows: str, request: pytest.FixtureRequest) -> None:
    """The same folds, unfolded and scored by hand, give the loss in the table, for each task."""
    dataset: Dataset = request.getfixturevalue(rows)
    candidates = make_candidates(dataset)[:2]
    scores = cross_validate_candidates(dataset, lambda _step: None, candidates)
    base, best, line = scores.iloc[0], scores.iloc[int(scores["loss"].argmin())], scores.iloc[3]
    assert line["candidate"] == candidates[1].name == best["candidate"]
    train = dataset.train
    folds = draw_folds(train.counts, dataset.strata, 5, 2, np.random.default_rng([dataset.seed, 5, 2]))
    losses, excess = [], []
    for fitted, scored in folds.splits():
        known, other = (
            unfold(replace(dataset, train=train.take(folds.row[at], folds.count[at]))) for at in (fitted, scored)
        )
        loss, of_base, of_best = (
            loss_of(other, predictions(known, each["candidate"], each["settings"], other.train.features))
            for each in (line, base, best)
        )
        losses.append(loss)
        excess.append(of_base - of_best)
    assert len(losses) == 10
    assert line["loss"] == pytest.approx(np.mean(losses), abs=1e-10)
    assert base["excess"] == pytest.approx(np.mean(excess), abs=1e-10)
    error = ((1 / 10 + 1 / 4) * np.var(excess, ddof=1)) ** 0.5
    assert base["excess_standard_error"] == pytest.approx(error, abs=1e-10)


def loss_of(dataset: Dataset, predicted: NDArray[np.float64]) -> float:
    target, classes = dataset.train.target, range(len(dataset.target.classes))
    if dataset.target.task == "regression":
        return float(root_mean_squared_error(target, predicted))
    return float(log_loss(target, predicted, labels=classes))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_shape_of_the_truth_decides_what_is_chosen(task: str) -> None:
    """Of main effects alone a linear model, which is the simpler; of what two columns do together trees; of noise none."""
    generator = np.random.default_rng(0)
    x, z = (each.ravel() for each in np.meshgrid(np.arange(4.0), np.arange(4.0)))
    truths = {"straight": 0.8 * (x + z - 3), "crossed": 2.0 * np.where((x > 1) == (z > 1), 1, -1), "noise": 0 * x}
    chosen = {}
    for name, truth in truths.items():
        lines = np.repeat(np.arange(16), 250)
        y = truth[lines] + generator.logistic(size=len(lines))
        cuts = {"binary": [0.0], "multiclass": [-1.0, 1.0], "regression": np.arange(-5.0, 6.0).tolist()}[task]
        columns = {"x": x[lines], "z": z[lines], "y": np.digitize(y, cuts)}
        table = fold_table({key: values.tolist() for key, values in columns.items()})
        dataset = prepare(table, make_problem(task=task))
        candidates = [replace(each, settings=each.settings[-1:]) for each in make_candidates(dataset)[:3]]
        scores = cross_validate_candidates(dataset, lambda _step: None, candidates)
        chosen[name] = scores["candidate"].iloc[choose(scores)]
    linear, base = ("ridge regression", "base value") if task == "regression" else ("logistic regression", "base rate")
    assert chosen == {"straight": linear, "crossed": "gradient boosting", "noise": base}


def test_each_setting_of_each_candidate_is_scored_simplest_first(
    births: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "TREES", 20)
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
    monkeypatch.setattr(candidates, "TREES", 20)
    monkeypatch.setattr(selection, "REPEATS", 1)
    monkeypatch.setattr(selection, "JOBS", 2)
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


def test_histogram_gradient_boosting_takes_weights_only_where_rows_count_more_than_once() -> None:
    """It bins numbers by them, ten times slower, and comes to the same."""
    generator = np.random.default_rng(0)
    columns = {"a": generator.normal(size=600).tolist(), "y": [at % 2 for at in range(600)]}
    found = []
    for last in (1, 2):
        dataset = prepare(make_table(columns, [1] * 599 + [last]), make_problem())
        (histogram,) = (each for each in make_candidates(dataset) if each.name == "histogram gradient boosting")
        assert histogram.takes_weights == (last > 1)
        found.append(histogram)
    dataset = prepare(make_table(columns), make_problem())
    without, weighted = (
        cross_validate_candidates(dataset, lambda _step: None, [each])["loss"].tolist() for each in found
    )
    np.testing.assert_allclose(without, weighted, rtol=1e-12)


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
