"""The verdict says in plain words what the figures say, and changes with them."""

from __future__ import annotations

from typing import Any

import pytest

from training.verdict import judge

LABELS = {"years": "Age"}


def figure(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def held_out(**changes: dict[str, float | None]) -> dict[str, Any]:
    figures = {
        "roc_auc": figure(0.617, 0.615, 0.619),
        "log_loss_skill": figure(0.026, 0.025, 0.027),
        "brier_skill": figure(0.016, 0.015, 0.017),
        "calibration_slope": figure(1.02, 1.0, 1.04),
        "calibration_intercept": figure(0.0, -0.01, 0.01),
    }
    return {"rows": 600_000, "model": {**figures, **changes}, "baseline": {}}


def test_births_are_not_for_individual_decisions() -> None:
    assert judge("binary", held_out(), [], LABELS) == [
        "It ranks slightly better than chance (ROC AUC 0.617, 95% interval 0.615 to 0.619, where 0.5 is chance).",
        "It takes 2.6% off the log loss of always answering the base rate (2.5% to 2.7%).",
        "Its probabilities can be taken at their word (calibration slope 1.02, 1.00 to 1.04, where 1 is perfect).",
        "It is not fit for decisions about individuals: it explains 1.6% of the outcome's variance.",
    ]


@pytest.mark.parametrize(
    ("auc", "words"),
    [
        (figure(0.54, 0.52, 0.56), "It ranks hardly better than chance (ROC AUC 0.540"),
        (figure(0.75, 0.7, 0.8), "It ranks fairly well (ROC AUC 0.750"),
        (figure(0.85, 0.8, 0.9), "It ranks well (ROC AUC 0.850"),
        (figure(0.95, 0.9, 1.0), "It ranks very well (ROC AUC 0.950"),
        (figure(0.8, 0.49, 0.95), "That it ranks better than chance is not shown (ROC AUC 0.800"),
        (figure(0.8), "Too few held-out rows to say how well it ranks."),
        (figure(None), "Too few held-out rows to say how well it ranks."),
    ],
)
def test_ranking_is_put_in_words(auc: dict[str, float | None], words: str) -> None:
    assert judge("binary", held_out(roc_auc=auc), [], LABELS)[0].startswith(words)


@pytest.mark.parametrize("skill", [figure(0.1, -0.1, 0.3), figure(-0.1, -0.3, -0.05), figure(0.1)])
def test_improvement_that_chance_may_explain_is_not_claimed(skill: dict[str, float | None]) -> None:
    sentence = judge("binary", held_out(log_loss_skill=skill), [], LABELS)[1]
    assert sentence == "That it improves on always answering the base rate is not shown."


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (figure(0.5, 0.4, 0.6), "Its probabilities are too extreme"),
        (figure(1.6, 1.4, 1.8), "Its probabilities are too timid"),
        (figure(0.5, 0.1, 1.2), "There are too few rows to say whether its probabilities can be taken at their word"),
        (figure(1.1, 0.5, 1.9), "There are too few rows to say whether its probabilities can be taken at their word"),
    ],
)
def test_calibration_is_put_in_words(slope: dict[str, float | None], words: str) -> None:
    assert judge("binary", held_out(calibration_slope=slope), [], LABELS)[2].startswith(words)


def test_calibration_without_a_slope_is_passed_over() -> None:
    assert len(judge("binary", held_out(calibration_slope=figure(None)), [], LABELS)) == 3


def test_shift_of_all_probabilities_is_named() -> None:
    sentences = judge("binary", held_out(calibration_intercept=figure(0.8, 0.7, 0.9)), [], LABELS)
    assert "All in all they are too low" in sentences[2]


def test_strong_model_is_not_called_unfit() -> None:
    sentences = judge("binary", held_out(brier_skill=figure(0.5, 0.4, 0.6)), [], LABELS)
    assert sentences[3] == (
        "It tells individuals apart to a degree (it explains 50.0% of the outcome's variance); "
        "whether that is enough is for its use to say."
    )


def test_few_rows_and_small_slices_are_named() -> None:
    small = [{"column": "years", "slice": f"over {age}", "small": age > 50} for age in (40, 60, 80)]
    sentences = judge("binary", {**held_out(), "rows": 60}, small, LABELS)
    assert sentences[-2:] == [
        "Only 60 rows were held out: take every figure with care.",
        "There are too few held-out rows to judge it for: Age, over 60; Age, over 80.",
    ]
    assert "40" not in sentences[-1]


def test_many_small_slices_are_counted() -> None:
    small = [{"column": "years", "slice": f"s{i}", "small": True} for i in range(12)]
    assert (
        judge("binary", held_out(), small, LABELS)[-1]
        == "There are too few held-out rows to judge it for 12 of 12 slices."
    )


@pytest.mark.parametrize(
    ("r2", "words"),
    [
        (figure(0.6, 0.5, 0.7), "It explains most of the variance (R2 0.600, 95% interval 0.500 to 0.700)."),
        (figure(0.3, 0.2, 0.4), "It explains a part of the variance"),
        (figure(0.05, 0.01, 0.1), "It explains little of the variance"),
        (figure(0.05, -0.1, 0.1), "That it predicts better than always answering the mean is not shown."),
        (figure(None), "That it predicts better than always answering the mean is not shown."),
    ],
)
def test_number_is_judged_against_the_mean(r2: dict[str, float | None], words: str) -> None:
    figures = {"r2": r2, "mae": figure(12.3456, 12, 13)}
    sentences = judge("regression", {"rows": 500, "model": figures, "baseline": {"mae": 20.0}}, [], LABELS)
    assert sentences[0].startswith(words)
    assert sentences[1].startswith("It is off by 12.35 on average, where always answering the mean is off by 20.")
    assert ("not fit for decisions" in sentences[1]) == (r2["value"] != 0.6)
