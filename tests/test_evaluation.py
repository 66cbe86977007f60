"""Figures come with intervals that cover; tables and curves follow from the counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tables import make_problem, make_table
from training.curves import calibration_table, curves, threshold_table
from training.dataset import Dataset, prepare
from training.evaluation import evaluate, evaluate_slices
from training.prediction import Predicted, make_bins, predict_held_out
from training.problem import Column
from training.selection import fit


def predicted(p: NDArray[np.float64], target: NDArray[np.int64], counts: NDArray[np.int64] | None = None) -> Predicted:
    counts = np.ones(len(p), dtype=np.int64) if counts is None else counts
    bins = (np.argsort(np.argsort(p)) * 10 // len(p)).astype(np.int64)
    return Predicted("binary", target, np.column_stack([1 - p, p]), np.array([0.7, 0.3]), counts, bins)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Two groups of a sensitive column, a sensitive number, and a weak feature."""
    generator = np.random.default_rng(0)
    size = 4_000
    x, age = generator.normal(size=size), generator.integers(18, 80, size)
    group = np.where(generator.uniform(size=size) < 0.95, "many", "few")
    y = (x + generator.normal(size=size) > 0.8).astype(int)
    table = make_table({"x": x.round(2).tolist(), "age": age.tolist(), "group": group.tolist(), "y": y.tolist()})
    return prepare(table, make_problem(positive="1", sensitive=["group", "age"]))


@pytest.fixture(scope="module")
def held_out(dataset: Dataset) -> Predicted:
    return predict_held_out(fit(dataset, "logistic regression", {"C": 1.0}), dataset)


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of 200 samples, the 95 % interval of the Brier score of a known distribution misses between 1 and 25."""
    generator = np.random.default_rng(0)
    p, target = np.array([0.3, 0.3, 0.6, 0.6]), np.array([0, 1, 0, 1])
    shares = np.array([0.7, 0.3, 0.4, 0.6]) / 2
    truth = float(shares @ (p - target) ** 2)
    missed = 0
    for _ in range(200):
        figure = evaluate(predicted(p, target, generator.multinomial(300, shares)), generator)["brier_score"]
        low, high = figure["low"], figure["high"]
        assert low is not None
        assert high is not None
        missed += not low <= truth <= high
    assert 1 <= missed <= 25


def test_intervals_of_folded_rows_are_those_of_single_rows() -> None:
    """Not draw by draw, but in width: folding changes what is drawn, not its distribution."""
    p, target, counts = np.array([0.2, 0.2, 0.5, 0.5]), np.array([0, 1, 0, 1]), np.array([800, 200, 500, 500])
    line = np.repeat(np.arange(4), counts)
    folded = evaluate(predicted(p, target, counts), np.random.default_rng(0))
    single = evaluate(predicted(p[line], target[line]), np.random.default_rng(1))
    for name in ("log_loss", "roc_auc", "brier_skill"):
        assert folded[name]["value"] == pytest.approx(single[name]["value"], abs=1e-12)
        for bound in ("low", "high"):
            assert folded[name][bound] == pytest.approx(single[name][bound], rel=0.02)


def test_the_generator_decides_the_interval_and_not_the_value(held_out: Predicted) -> None:
    first, again, other = (evaluate(held_out, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first == again
    assert first["roc_auc"]["value"] == other["roc_auc"]["value"]
    assert first["roc_auc"]["low"] != other["roc_auc"]["low"]


def test_figure_without_a_meaning_is_none() -> None:
    figures = evaluate(predicted(np.array([0.1, 0.2]), np.array([0, 0])), np.random.default_rng(0))
    assert figures["roc_auc"] == {"value": None, "low": None, "high": None}
    assert figures["brier_score"]["value"] is not None


def test_figure_that_some_draws_lack_has_no_interval() -> None:
    figure = evaluate(predicted(np.array([0.1, 0.2, 0.3]), np.array([0, 0, 1])), np.random.default_rng(0))["roc_auc"]
    assert figure == {"value": 1.0, "low": None, "high": None}


def test_many_rows_are_drawn_in_pieces(monkeypatch: pytest.MonkeyPatch, held_out: Predicted) -> None:
    whole = evaluate(held_out, np.random.default_rng(0))
    monkeypatch.setattr("training.evaluation.MOST_CELLS", len(held_out.counts) * 7)
    pieces = evaluate(held_out, np.random.default_rng(0))
    assert pieces == {name: pytest.approx(figure, abs=1e-12) for name, figure in whole.items()}


def test_slices_add_up_and_small_ones_are_marked(dataset: Dataset, held_out: Predicted) -> None:
    slices, without_rows = evaluate_slices(held_out, dataset, threshold_table(held_out), np.random.default_rng(0))
    assert without_rows == []
    groups = {entry["slice"]: entry for entry in slices if entry["column"] == "group"}
    assert list(groups) == ["few", "many"]
    assert [groups[name]["small"] for name in groups] == [True, False]
    few, many = ((dataset.test.features["group"] == name).to_numpy() for name in groups)
    assert groups["few"]["rows"] == dataset.test.counts[few].sum()
    assert (
        groups["many"]["figures"]["log_loss"]["value"]
        == held_out.where(many).figures(held_out.counts[many][None].astype(float))["log_loss"].item()
    )
    ages = [entry for entry in slices if entry["column"] == "age"]
    assert ages[0]["slice"].startswith("18 to ")
    assert len(ages) == 4
    for column in ("group", "age"):
        entries = [entry for entry in slices if entry["column"] == column]
        assert sum(entry["rows"] for entry in entries) == dataset.test.total
        observed = sum(entry["rows"] * entry["observed"] for entry in entries) / dataset.test.total
        assert observed == pytest.approx(np.average(held_out.target, weights=held_out.counts))


def test_calibration_table_covers_all_rows_once(held_out: Predicted) -> None:
    table = calibration_table(held_out)
    assert 8 <= len(table) <= 10
    assert sum(line["rows"] for line in table) == held_out.counts.sum()
    assert [line["predicted"] for line in table] == sorted(line["predicted"] for line in table)
    assert all(line["low"] <= line["observed"] <= line["high"] for line in table)
    cases = sum(line["rows"] * line["observed"] for line in table)
    assert cases == pytest.approx((held_out.counts * held_out.target).sum())


def test_calibration_error_follows_from_the_calibration_table(held_out: Predicted) -> None:
    table = calibration_table(held_out)
    gaps = [line["rows"] * abs(line["predicted"] - line["observed"]) for line in table]
    error = evaluate(held_out, np.random.default_rng(0))["expected_calibration_error"]["value"]
    assert error == pytest.approx(sum(gaps) / held_out.counts.sum())


def test_thresholds_flag_no_more_than_their_share(held_out: Predicted) -> None:
    table = threshold_table(held_out)
    assert [line["threshold"] for line in table] == sorted((line["threshold"] for line in table), reverse=True)
    assert len(table) == 7
    total, positives = held_out.counts.sum(), held_out.counts[held_out.target == 1].sum()
    for line, share in zip(table, (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5), strict=True):
        called = held_out.score >= line["threshold"]
        hits = held_out.counts[called & (held_out.target == 1)].sum()
        flagged = held_out.counts[called].sum()
        assert line["flagged"] == flagged / total <= share
        assert line["precision"] == hits / flagged
        assert line["recall"] == hits / positives
        assert line["lift"] == pytest.approx(line["precision"] * total / positives)
        assert line["precision_interval"][0] < line["precision"] < line["precision_interval"][1]
        assert line["recall_interval"][0] < line["recall"] < line["recall_interval"][1]


def test_equal_probabilities_are_flagged_together() -> None:
    table = threshold_table(predicted(np.array([0.4] * 60 + [0.6] * 40), np.array([0, 1] * 50)))
    assert [(line["threshold"], line["flagged"]) for line in table] == [(0.6, 0.4)]
    assert threshold_table(predicted(np.array([0.4] * 100), np.array([0, 1] * 50))) == []


def test_curves_enclose_the_figures(held_out: Predicted) -> None:
    found = curves(held_out)
    assert {name: len(points) <= 200 for name, points in found.items()} == {"roc": True, "precision_recall": True}
    roc = np.array(found["roc"])
    assert roc[0].tolist() == [0, 0]
    assert roc[-1].tolist() == [1, 1]
    area = np.trapezoid(roc[:, 1], roc[:, 0])
    assert area == pytest.approx(evaluate(held_out, np.random.default_rng(0))["roc_auc"]["value"], abs=0.01)
    recall = np.array(found["precision_recall"])[:, 0]
    assert (np.diff(recall) >= 0).all()
    assert recall[-1] == 1


def test_baseline_answers_the_shares_of_the_training_rows(dataset: Dataset, held_out: Predicted) -> None:
    baseline = held_out.baseline
    assert (baseline.prediction == dataset.class_rates).all()
    figures = baseline.figures(baseline.counts[None].astype(float))
    assert figures["roc_auc"].item() == 0.5
    assert figures["log_loss_skill"].item() == 0
    assert figures["brier_skill"].item() == 0


def test_calibration_error_has_no_interval(held_out: Predicted) -> None:
    """Noise only adds to it: in every draw it is larger than the truth may be."""
    figures = evaluate(held_out, np.random.default_rng(0))
    assert [name for name, figure in figures.items() if figure["low"] is None] == ["expected_calibration_error"]


def test_groups_are_flagged_by_the_threshold_that_flags_a_tenth(dataset: Dataset, held_out: Predicted) -> None:
    thresholds = threshold_table(held_out)
    slices, _without = evaluate_slices(held_out, dataset, thresholds, np.random.default_rng(0))
    (many,) = (entry for entry in slices if entry["slice"] == "many")
    in_group = (dataset.test.groups["group"] == "many").to_numpy()
    called = in_group & (held_out.score >= thresholds[3]["threshold"])
    assert 0.05 < thresholds[3]["flagged"] <= 0.1
    assert many["flagged"] == held_out.counts[called].sum() / held_out.counts[in_group].sum()
    cases = held_out.counts * (held_out.target == 1)
    assert many["recall"] == cases[called].sum() / cases[in_group].sum()
    slices, _without = evaluate_slices(held_out, dataset, [], np.random.default_rng(0))
    assert {(entry["flagged"], entry["recall"]) for entry in slices} == {(None, None)}


def test_column_that_is_no_feature_is_still_told_apart_by() -> None:
    size = 400
    x = np.arange(size) % 7
    columns: dict[str, Any] = {
        "x": x,
        "sex": ["f", "m"] * (size // 2),
        "pay": np.arange(size) / 3,
        "y": (x > 3).astype(int),
    }
    problem = make_problem(
        positive="1",
        sensitive=["sex", "pay"],
        columns={name: Column(ignore=True) for name in ("sex", "pay")},
    )
    data = prepare(make_table(columns), problem)
    slices, _without = evaluate_slices(
        predict_held_out(fit(data, "base rate", {}), data), data, [], np.random.default_rng(0)
    )
    assert [entry["label"] for entry in slices] == ["Sex"] * 2 + ["Pay"] * 4
    assert [entry["slice"] for entry in slices][:2] == ["f", "m"]
    assert sum(entry["rows"] for entry in slices) == 2 * 80


def test_choice_without_held_out_rows_is_named() -> None:
    table = make_table({"x": ["a", "b", "c"], "y": [0, 1, 1]}, counts=[500, 500, 1])
    data = prepare(table, make_problem(positive="1", sensitive=["x"]))
    slices, without_rows = evaluate_slices(
        predict_held_out(fit(data, "base rate", {}), data), data, [], np.random.default_rng(0)
    )
    assert [entry["slice"] for entry in slices] == ["a", "b"]
    assert without_rows == ["X, c"]


def test_few_rows_have_fewer_bins() -> None:
    score = np.arange(100) / 100
    assert [len(np.unique(make_bins(score[:rows], np.ones(rows, np.int64)))) for rows in (19, 40, 100)] == [1, 2, 5]
    assert len(np.unique(make_bins(score, np.full(100, 100)))) == 10


def test_calibration_table_of_numbers_has_students_intervals() -> None:
    target = np.array([1.0, 2.0, 3.0, 10.0])
    found = calibration_table(
        Predicted("regression", target, target + 0.5, np.array([4.0]), np.ones(4, np.int64), np.array([0, 0, 0, 1]))
    )
    margin = 4.302652729749464 * 1 / 3**0.5  # Student's, of two degrees of freedom
    assert found[0] == {
        "rows": 3,
        "predicted": 2.5,
        "observed": 2.0,
        "low": pytest.approx(2 - margin),
        "high": pytest.approx(2 + margin),
    }
    assert found[1] == {"rows": 1, "predicted": 10.5, "observed": 10.0, "low": None, "high": None}
