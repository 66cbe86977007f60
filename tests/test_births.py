"""The births model in three stages: what must hold before training, of what it has learnt, and of how good it is.

An invariance that no change could break proves nothing: each has a twin that shows the same probe changing the answer.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predict.model import Model
from tests.conftest import BIRTHS, Trained
from training.dataset import Dataset, prepare
from training.evaluation import evaluate
from training.prediction import predict_held_out
from training.problem import PROBLEM_FILE, Problem, read_problem
from training.selection import fit
from training.table import Table, read_table

YOUNG_SMOKER = {
    "age_group": "18 to 19 yrs",
    "reported_race_ethnicity": "White, non-Hispanic",
    "previous_births": "None",
    "tobacco_use_during_pregnancy": "Yes",
    "adequate_prenatal_care": "Adequate",
}
MOTHER_OF_TWO_AT_32 = {
    "age_group": "30 to 34 yrs",
    "reported_race_ethnicity": "Hispanic (of any race)",
    "previous_births": "One, Two, Three or More",
    "tobacco_use_during_pregnancy": "No",
    "adequate_prenatal_care": "Adequate",
}
FIRST_BIRTH_AT_47 = {
    "age_group": "45 to 49 yrs",
    "reported_race_ethnicity": "Black, non-Hispanic",
    "previous_births": "None",
    "tobacco_use_during_pregnancy": "No",
    "adequate_prenatal_care": "Inadequate",
}
PEOPLE = [YOUNG_SMOKER, MOTHER_OF_TWO_AT_32, FIRST_BIRTH_AT_47]
NAME, SETTINGS = "logistic regression", {"C": 1.0}


@pytest.fixture(scope="module")
def table(problem: Problem) -> Table:
    return read_table(problem.data, problem)


@pytest.fixture(scope="module")
def dataset(table: Table, problem: Problem) -> Dataset:
    return prepare(table, problem)


def probabilities(dataset: Dataset) -> np.ndarray:
    """The probability of a preterm birth for each distinct held-out row, of a model fitted on `dataset`."""
    return np.asarray(fit(dataset, NAME, SETTINGS).predict_proba(dataset.test.features)[:, 1])


# Before training


@pytest.mark.example
def test_problem_file_of_the_repository_is_the_one_that_is_tested() -> None:
    """As long as that is the example: tests stay with it where the repository goes on to another table."""
    assert read_problem(PROBLEM_FILE) == read_problem(BIRTHS)


def test_every_row_of_the_table_is_one_that_the_function_takes(table: Table, dataset: Dataset) -> None:
    properties = dataset.schema["properties"]
    assert list(properties) == list(YOUNG_SMOKER)
    for name, value in properties.items():
        assert set(table.rows[name]) == set(value["enum"])


def test_no_row_is_both_held_out_and_trained_on(table: Table, dataset: Dataset) -> None:
    keys = [*dataset.schema["properties"]]
    whole = table.rows.assign(count=table.counts).set_index([*keys, "preterm_indicator"])["count"]
    for part in (dataset.train, dataset.test):
        texts = np.array(["0", "1"])[part.target]
        rows = part.features.assign(preterm_indicator=texts, count=part.counts).set_index(whole.index.names)["count"]
        whole = whole.sub(rows, fill_value=0)
    assert (whole == 0).all()


def test_a_shuffled_target_teaches_nothing(dataset: Dataset) -> None:
    """The twin is the quality floor below: with the true target there is something to learn."""
    train = dataset.train
    generator = np.random.default_rng(0)
    cells, of_row = np.unique(train.features.astype(str).agg("|".join, axis=1), return_inverse=True)
    rows = np.bincount(of_row, train.counts).astype(np.int64)
    cases = generator.multivariate_hypergeometric(rows, int(train.counts[train.target == 1].sum()), method="marginals")
    first = np.array([np.flatnonzero(of_row == cell)[0] for cell in range(len(cells))])
    both = np.concatenate([first, first])
    shuffled = replace(train.take(both, np.concatenate([rows - cases, cases])), target=np.repeat([0, 1], len(cells)))
    pipeline = fit(replace(dataset, train=shuffled), NAME, SETTINGS)
    figures = evaluate(predict_held_out(pipeline, dataset), generator)
    assert figures["log_loss_skill"]["value"] == pytest.approx(0, abs=0.001)
    assert figures["roc_auc"]["value"] == pytest.approx(0.5, abs=0.03)


# After training: direction


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(
    ("field", "lower", "higher"),
    [
        ("tobacco_use_during_pregnancy", "No", "Yes"),
        ("age_group", "25 to 29 yrs", "40 to 44 yrs"),
        ("age_group", "25 to 29 yrs", "15 to 17 yrs"),
        ("reported_race_ethnicity", "White, non-Hispanic", "Black, non-Hispanic"),
        ("adequate_prenatal_care", "Inadequate", "Adequate"),  # the table has it so, see its caveat
    ],
)
def test_risk_rises_with_what_the_figures_say(
    model: Model, person: dict[str, str], field: str, lower: str, higher: str
) -> None:
    less, more = (model.predict({**person, field: value})["probability"] for value in (lower, higher))
    assert more - less > 0.005


# After training: invariance


@pytest.mark.parametrize("person", PEOPLE)
def test_order_of_fields_changes_nothing(model: Model, person: dict[str, str]) -> None:
    assert model.predict(dict(reversed(person.items()))) == model.predict(person)


@pytest.mark.parametrize("person", PEOPLE)
def test_previous_births_hardly_matter_but_care_does(model: Model, person: dict[str, str]) -> None:
    def change(field: str, values: tuple[str, str]) -> float:
        first, second = (model.predict({**person, field: value})["probability"] for value in values)
        return float(abs(first - second))

    assert change("previous_births", ("None", "One, Two, Three or More")) < 0.005
    assert change("adequate_prenatal_care", ("Adequate", "Inadequate")) > 0.02


def test_order_of_lines_changes_nothing_but_a_count_does(tmp_path: object, table: Table, problem: Problem) -> None:
    lines = table.rows.assign(count=table.counts)
    path = f"{tmp_path}/births.csv"
    lines.sample(frac=1, random_state=0).to_csv(path, index=False)
    shuffled = read_table(path, problem)
    assert shuffled.content_sha256 == table.content_sha256
    assert (probabilities(prepare(shuffled, problem)) == probabilities(prepare(table, problem))).all()

    lines.assign(count=table.counts + 1_000 * (np.arange(len(lines)) == 0)).to_csv(path, index=False)
    changed = prepare(read_table(path, problem), problem)
    assert (probabilities(changed) != probabilities(prepare(table, problem))).any()


def test_naming_the_other_class_turns_probabilities_round(table: Table, problem: Problem) -> None:
    """Fitted on the same rows; the twin is that the probability itself is far from one half."""
    dataset, other = (prepare(table, replace(problem, positive=positive)) for positive in ("1", "0"))
    assert other.target.classes == ("1", "0")
    turned = replace(other, train=replace(dataset.train, target=1 - dataset.train.target), test=dataset.test)
    p = probabilities(dataset)
    np.testing.assert_allclose(probabilities(turned), 1 - p, atol=1e-8)
    assert np.abs(1 - 2 * p).max() > 0.5


# Evaluation


def test_quality_is_above_the_floor(trained: Trained) -> None:
    """The floor is the base rate: the whole interval has to lie on the better side of it."""
    held_out = trained.document["metrics"]["held_out"]
    figures = held_out["model"]
    assert figures["log_loss_skill"]["low"] > 0.02
    assert figures["brier_skill"]["low"] > 0.01
    assert figures["roc_auc"]["low"] > 0.6
    assert figures["average_precision"]["low"] > held_out["baseline"]["average_precision"]


def test_probabilities_are_calibrated(trained: Trained) -> None:
    figures = trained.document["metrics"]["held_out"]["model"]
    assert 0.9 < figures["calibration_slope"]["low"] < figures["calibration_slope"]["high"] < 1.1
    assert figures["expected_calibration_error"]["value"] < 0.005


def test_no_group_is_served_badly(trained: Trained) -> None:
    slices = [entry for entry in trained.document["metrics"]["slices"] if not entry["small"]]
    assert len(slices) == 13
    for entry in slices:
        assert abs(entry["predicted"] - entry["observed"]) < 0.02
        assert entry["figures"]["log_loss_skill"]["high"] > 0
