"""The verdict says in plain words what the figures say, and changes with them."""

from __future__ import annotations

from typing import Any

import pytest

from training.target import Target
from training.verdict import judge

BINARY = Target("y", "binary", ("0", "1"), ("Full-term", "Pre-term"))
SEVERAL = Target("y", "multiclass", ("a", "b", "c"), ("A", "B", "C"))
NUMBER = Target("y", "regression")


def figure(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


NONE = figure(None)


def measured(**changes: Any) -> dict[str, Any]:
    """What births give, with changes: of figures by their names, of all else by its own."""
    figures = {
        "roc_auc": figure(0.617, 0.615, 0.619),
        "log_loss_skill": figure(0.026, 0.025, 0.027),
        "brier_skill": figure(0.016, 0.015, 0.017),
        "calibration_slope": figure(1.02, 1.0, 1.04),
        "calibration_intercept": figure(0.0, -0.01, 0.01),
        "expected_calibration_error": figure(0.0023),
    }
    held_out = {
        "rows": 600_000,
        "class_rows": [550_000, 50_000],
        "model": {name: changes.get(name, found) for name, found in figures.items()},
        "baseline": {},
        "error_if_calibrated": {"mean": 0.001, "high": 0.0014},
    }
    rest = {
        "calibration": [{"rows": 600_000, "predicted": 0.09}],
        "thresholds": [{"flagged": 0.009, "precision": 0.235, "precision_interval": [0.22, 0.25]}],
        "importance": [{"increase": 0.01, "standard_deviation": 0.001}],
        "slices": [],
        "slices_without_rows": [],
    }
    return {
        "held_out": {name: changes.get(name, found) for name, found in held_out.items()},
        **{name: changes.get(name, found) for name, found in rest.items()},
    }


def test_births_are_not_for_individual_decisions() -> None:
    assert judge(BINARY, measured()) == [
        "It ranks slightly better than chance (ROC AUC 0.617, 95% interval 0.615 to 0.619, where 0.5 is chance).",
        "It takes 2.6% off the log loss of always answering the base rate (2.5% to 2.7%).",
        "Of the 0.9% that it ranks highest, 23.5% are “Pre-term” (22.0% to 25.0%), where 8.3% is usual.",
        "On average, its probabilities hold (calibration slope 1.02, 1.00 to 1.04, where 1 is perfect; mean error 0.23%).",
        "It is not fit for decisions about individuals: its squared error is 1.6% below that of always answering the base rate.",
    ]


@pytest.mark.parametrize(
    ("auc", "words"),
    [
        (figure(0.54, 0.52, 0.56), "It ranks hardly better than chance (ROC AUC 0.540"),
        (figure(0.75, 0.7, 0.8), "It ranks fairly well (ROC AUC 0.750"),
        (figure(0.85, 0.8, 0.9), "It ranks well (ROC AUC 0.850"),
        (figure(0.95, 0.9, 1.0), "It ranks very well (ROC AUC 0.950"),
        (figure(0.8, 0.49, 0.95), "That it ranks better than chance is not shown (ROC AUC 0.800"),
        (figure(1.0, 1.0, 1.0), "It ranks the held-out rows without a mistake; are they few, or does a feature give"),
        (figure(0.8), "Too few held-out rows, or too few of a class, to say how well it ranks."),
        (NONE, "Too few held-out rows, or too few of a class, to say how well it ranks."),
    ],
)
def test_ranking_is_put_in_words(auc: dict[str, float | None], words: str) -> None:
    assert judge(BINARY, measured(roc_auc=auc))[0].startswith(words)


@pytest.mark.parametrize(
    ("skill", "sentence"),
    [
        (figure(0.1, -0.1, 0.3), "That it improves on always answering the base rate is not shown."),
        (figure(0.1), "That it improves on always answering the base rate is not shown."),
        (figure(-0.1, -0.3, -0.05), "It is worse than always answering the base rate: its log loss is 10.0% more."),
    ],
)
def test_improvement_is_claimed_only_where_it_is_shown(skill: dict[str, float | None], sentence: str) -> None:
    assert judge(BINARY, measured(log_loss_skill=skill))[1] == sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"calibration_slope": figure(0.5, 0.4, 0.6)}, "Its probabilities are too extreme (calibration slope 0.50"),
        ({"calibration_slope": figure(1.6, 1.4, 1.8)}, "Its probabilities are too timid (calibration slope 1.60"),
        (
            {"calibration_slope": figure(0.5, 0.1, 1.2)},
            "There are too few rows, or too few of a class, to say whether its probabilities hold",
        ),
        (
            {"calibration_slope": figure(1.1, 0.5, 1.9)},
            "There are too few rows, or too few of a class, to say whether its probabilities hold",
        ),
        ({"calibration_slope": NONE}, "Too few held-out rows, or too equal predictions, to say whether"),
        ({"calibration_slope": figure(1.0)}, "Too few held-out rows, or too equal predictions, to say whether"),
        ({"calibration_intercept": figure(0.8, 0.7, 0.9)}, "Its probabilities are too low on average"),
        ({"calibration_intercept": figure(-0.8, -0.9, -0.7)}, "Its probabilities are too high on average"),
        ({"calibration_intercept": figure(0.8, -0.1, 1.7)}, "On average, its probabilities hold"),
        ({"expected_calibration_error": figure(0.03)}, "Its probabilities do not hold all along (calibration slope"),
    ],
)
def test_calibration_is_put_in_words(changes: dict[str, Any], words: str) -> None:
    assert judge(BINARY, measured(**changes))[3].startswith(words)


def test_error_that_chance_explains_is_not_held_against_it() -> None:
    changes = {"expected_calibration_error": figure(0.03), "error_if_calibrated": {"mean": 0.03, "high": 0.05}}
    assert judge(BINARY, measured(**changes))[3].startswith("On average, its probabilities hold")


def test_groups_with_wrong_probabilities_are_named() -> None:
    def group(name: str, intercept: dict[str, float | None], *, small: bool = False) -> dict[str, Any]:
        return {"label": "Sex", "slice": name, "small": small, "figures": {"calibration_intercept": intercept}}

    slices = [
        group("a", figure(0.5, 0.3, 0.7)),
        group("b", figure(0.5, 0.1, 0.9)),
        group("c", figure(-0.5, -0.7, -0.3)),
        group("d", figure(0.9, 0.8, 1.0), small=True),
        group("e", NONE, small=True),
    ]
    sentences = judge(BINARY, measured(slices=slices))
    assert sentences[4:6] == [
        "Its probabilities are too low for: Sex, a; Sex, d.",
        "Its probabilities are too high for: Sex, c.",
    ]
    assert sentences[-1] == "There are too few held-out rows to judge it for: Sex, e."


@pytest.mark.parametrize(
    ("skill", "words"),
    [
        (figure(0.5, 0.4, 0.6), "It tells individuals apart to a degree (its squared error is 50.0% below"),
        (
            figure(0.5, -0.2, 0.8),
            "Whether it is fit for decisions about individuals cannot be said from these rows: its",
        ),
        (
            figure(0.2, 0.1, 0.3),
            "Whether it is fit for decisions about individuals cannot be said from these rows: its",
        ),
        (figure(0.5), "Whether it tells individuals apart cannot be said from these rows."),
        (
            figure(-0.5, -0.9, 0.1),
            "It is not fit for decisions about individuals: its squared error is not below that of",
        ),
    ],
)
def test_fitness_for_individuals_needs_the_whole_interval(skill: dict[str, float | None], words: str) -> None:
    assert judge(BINARY, measured(brier_skill=skill))[4].startswith(words)


def test_few_rows_of_any_kind_are_named() -> None:
    assert judge(BINARY, measured(rows=60))[-1].startswith("Only 60 rows were held out: take every figure with care")
    few = judge(BINARY, measured(class_rows=[599_988, 12]))[-1]
    assert few == "Of the held-out rows only 12 are “Pre-term”: take figures with care."
    groups = [{"label": "Age", "slice": f"over {age}", "small": age > 50, "figures": {}} for age in (40, 60, 80)]
    assert judge(BINARY, measured(slices=groups, slices_without_rows=["Age, over 90"]))[-1] == (
        "There are too few held-out rows to judge it for: Age, over 60; Age, over 80; Age, over 90."
    )
    many = [{"label": "C", "slice": f"s{i}", "small": True, "figures": {}} for i in range(12)]
    assert (
        judge(BINARY, measured(slices=many))[-1] == "There are too few held-out rows to judge it for 12 of 12 groups."
    )


def test_several_classes_have_no_slope_but_a_calibration() -> None:
    several = measured(
        class_rows=[300_000, 299_995, 5], thresholds=[], calibration=[{"rows": 600_000, "predicted": 0.8}]
    )
    for name in ("calibration_slope", "calibration_intercept"):
        del several["held_out"]["model"][name]
    sentences = judge(SEVERAL, several)
    assert sentences[2] == "On average, its probabilities hold (mean error 0.23%)."
    assert sentences[-1] == "Of the held-out rows only 5 are “C”: take figures with care."
    several["held_out"]["rows"] = 100
    assert judge(SEVERAL, several)[2].startswith(
        "There are too few rows, or too few of a class, to say whether its probabilities hold"
    )


@pytest.mark.parametrize(
    ("r2", "words"),
    [
        (figure(0.6, 0.5, 0.7), "It explains most of the variance (R2 0.600, 95% interval 0.500 to 0.700)."),
        (figure(0.3, 0.2, 0.4), "It explains a part of the variance"),
        (figure(0.05, 0.01, 0.1), "It explains little of the variance"),
        (figure(-0.5, -0.9, -0.1), "It is worse than always answering the mean (R2 -0.500)."),
        (figure(0.05, -0.1, 0.1), "That it predicts better than always answering the mean is not shown."),
        (NONE, "That it predicts better than always answering the mean is not shown."),
    ],
)
def test_number_is_judged_against_the_mean(r2: dict[str, float | None], words: str) -> None:
    importance = [{"increase": 1.0, "standard_deviation": 0.1}]
    found = {
        "rows": 500,
        "class_rows": [],
        "model": {"r2": r2, "mae": figure(12.3456, 12, 13)},
        "baseline": {"mae": 20.0},
    }
    sentences = judge(NUMBER, {"held_out": found, "importance": importance, "slices": [], "slices_without_rows": []})
    assert sentences[0].startswith(words)
    assert sentences[1].startswith("It is off by 12.35 on average, where always answering the mean is off by 20.")
    assert ("is not fit for decisions" in sentences[1]) == (r2["high"] is not None and r2["high"] < 0.5)


def test_number_that_is_worse_than_the_mean_is_called_so() -> None:
    importance = [{"increase": 1.0, "standard_deviation": 0.1}]
    found = {"rows": 500, "class_rows": [], "model": {"r2": NONE, "mae": figure(30, 20, 40)}, "baseline": {"mae": 20.0}}
    sentences = judge(NUMBER, {"held_out": found, "importance": importance, "slices": [], "slices_without_rows": []})
    assert sentences[1].startswith(
        "It is off by 30 on average, where always answering the mean is off by 20, which is better."
    )


@pytest.mark.parametrize(
    ("leaks", "who"), [(["Discharge"], "Discharge"), (["Discharge", "Weight"], "each of Discharge, Weight")]
)
def test_columns_that_give_the_answer_away_come_first(leaks: list[str], who: str) -> None:
    first, *others = judge(BINARY, measured(), leaks)
    assert first == (
        f"Do not believe it yet: {who} alone gives the answer away. Unless that is known before the outcome, no figure here "
        "will hold."
    )
    assert others == judge(BINARY, measured())


def test_model_without_a_column_is_called_so() -> None:
    nothing = [{"increase": 0.0, "standard_deviation": 0.0}]
    assert judge(BINARY, measured(importance=nothing)) == [
        "No column helped: every row gets the same answer, the base rate of the training rows."
    ]


@pytest.mark.parametrize(
    "line",
    [
        {"flagged": 0.0001, "precision": 1.0, "precision_interval": [0.9, 1.0]},  # 60 rows
        {"flagged": 0.009, "precision": 0.1, "precision_interval": [0.08, 0.12]},  # what is usual lies within
    ],
)
def test_what_a_threshold_finds_is_said_only_where_it_is_shown(line: dict[str, Any]) -> None:
    assert len(judge(BINARY, measured(thresholds=[line]))) == 4
