"""Folded rows with counts give what the unfolded rows give; the candidate of least log loss is chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset, prepare
from training.errors import InputError
from training.problem import Problem
from training.selection import choose, cross_validate_candidates, evaluate_held_out, fit
from training.split import TEST
from training.table import Table, read_table

CANDIDATES = ("base rate", "logistic regression", "gradient boosting")


@pytest.fixture(scope="module")
def dataset(problem: Problem) -> Dataset:
    """A thousandth of the births, so that unfolding them is quick."""
    table = read_table(problem.data, problem)
    return prepare(replace(table, counts=np.maximum(table.counts // 1_000, 1)), problem, seed=0)


@pytest.fixture(scope="module")
def with_number(dataset: Dataset) -> Dataset:
    """The same rows with a number, which the logistic regression scales."""
    hours = {"type": "number", "x-kind": "number", "x-range": [0, 23]}
    schema = {**dataset.schema, "properties": {**dataset.schema["properties"], "hour": hours}}
    features = dataset.features.assign(hour=np.arange(len(dataset.counts)) % 24.0)
    return replace(dataset, schema=schema, features=features)


def unfold(dataset: Dataset) -> Dataset:
    """Return the same rows under the same split, one line each."""
    line = np.repeat(np.arange(len(dataset.counts)), dataset.counts)
    return replace(
        dataset,
        features=dataset.features.iloc[line].reset_index(drop=True),
        positive=dataset.positive[line],
        part=dataset.part[line],
        counts=np.ones(len(line), dtype=np.int64),
    )


@pytest.mark.parametrize(
    ("name", "rows", "tolerance"),
    [
        ("base rate", "dataset", 1e-12),
        ("logistic regression", "dataset", 1e-10),
        ("logistic regression", "with_number", 1e-10),
        ("gradient boosting", "dataset", 1e-12),
    ],
)
def test_fit_is_that_of_the_unfolded_rows(
    name: str, rows: str, tolerance: float, request: pytest.FixtureRequest
) -> None:
    folded = request.getfixturevalue(rows)
    weighted, plain = (
        fit(name, d.train, seed=0).predict_proba(folded.features)[:, 1] for d in (folded, unfold(folded))
    )
    np.testing.assert_allclose(weighted, plain, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", CANDIDATES)
def test_metrics_are_those_of_the_unfolded_rows(dataset: Dataset, name: str) -> None:
    pipeline = fit(name, dataset.train, seed=0)
    expected = evaluate_held_out(pipeline, unfold(dataset))
    assert expected["model"]["log_loss"] > 0
    assert evaluate_held_out(pipeline, dataset) == {
        kind: pytest.approx(figures, abs=1e-10) for kind, figures in expected.items()
    }


def test_counts_are_not_decoration(dataset: Dataset) -> None:
    """The twin of the test above: without counts, the fits differ."""
    ones = replace(dataset, counts=np.ones_like(dataset.counts))
    for name in CANDIDATES:
        weighted, plain = (fit(name, rows.train, seed=0).predict_proba(dataset.features) for rows in (dataset, ones))
        assert np.abs(weighted - plain).max() > 1e-3


def test_each_candidate_is_scored_over_the_folds(dataset: Dataset) -> None:
    scores = cross_validate_candidates(dataset.train, seed=0, report=lambda _step: None)
    assert tuple(scores["candidate"]) == CANDIDATES
    # with folds stratified by class, the base rate's log loss is the entropy of the base rate
    rate = dataset.train.base_rate
    entropy = -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)
    assert scores["log_loss"][0] == pytest.approx(entropy, abs=1e-4)
    assert (scores["standard_error"] > 0).all()


def test_held_out_rows_are_a_fifth_and_in_no_fold(dataset: Dataset) -> None:
    assert dataset.test.counts.sum() == pytest.approx(dataset.counts.sum() * 0.2, abs=1)
    assert set(dataset.train.part) == {0, 1, 2, 3, 4}
    assert set(dataset.test.part) == {TEST}


def test_the_least_log_loss_is_chosen_and_the_simpler_of_equals() -> None:
    assert choose(pd.DataFrame({"candidate": ["a", "b", "c"], "log_loss": [0.3, 0.2, 0.2]})) == "b"


def test_class_with_too_few_rows_is_refused(problem: Problem) -> None:
    rows = pd.DataFrame({"a": ["x", "y"], problem.target: ["0", "1"]}, dtype=object)
    table = Table(rows, np.array([100, 9]), "t.csv", "", ())
    with pytest.raises(InputError, match="the class '1' of 'preterm_indicator' has 9 rows; 10 are needed"):
        prepare(table, replace(problem, columns={}, sensitive=[]), seed=0)


def test_class_with_too_many_rows_is_refused(problem: Problem) -> None:
    rows = pd.DataFrame({"a": ["x", "y", "z"], problem.target: ["0", "1", "1"]}, dtype=object)
    table = Table(rows, np.array([100, 6 * 10**8, 6 * 10**8]), "t.csv", "", ())
    with pytest.raises(InputError, match="the class '1' of 'preterm_indicator' has 1,200,000,000 rows; less than"):
        prepare(table, replace(problem, columns={}, sensitive=[]), seed=0)
