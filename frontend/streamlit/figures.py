"""The figures: what each is called, how it is read and written, in the words of the report on the model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

DASH = "–"  # noqa: RUF001 - the dash of a figure that has no value


class Figure(NamedTuple):
    """A figure's name, meaning and best value, and its decimals, which those in units of the target have none of."""

    name: str
    meaning: str
    good: str
    decimals: int | None = 3
    is_percent: bool = False


FIGURES = {
    "roc_auc": Figure(
        "ROC AUC",
        "The chance that, of a positive and a negative row drawn at random, the positive one is predicted higher.",
        "0.5 is chance, 1 is best",
    ),
    "log_loss": Figure(
        "Log loss", "The mean of minus ln p, p being the probability given to what happened.", "0 is best", 4
    ),
    "log_loss_skill": Figure(
        "Log loss skill",
        "1 minus log loss / log loss of always answering the base rate.",
        "0% is the base rate, 100% is best",
        1,
        True,
    ),
    "brier_score": Figure(
        "Brier score", "The mean squared distance of the probability from what happened (1 or 0).", "0 is best", 4
    ),
    "brier_skill": Figure(
        "Brier skill",
        "1 minus Brier score / Brier score of always answering the base rate.",
        "0% is the base rate, 100% is best",
        1,
        True,
    ),
    "average_precision": Figure(
        "Average precision",
        "The mean precision over falling thresholds, each weighted by the recall it adds.",
        "the base rate is chance, 1 is best",
    ),
    "calibration_slope": Figure(
        "Calibration slope", "Below 1 predictions are too extreme, above 1 too timid.", "1 is best", 2
    ),
    "calibration_intercept": Figure(
        "Calibration intercept", "Above 0 predictions are too low overall, below 0 too high.", "0 is best"
    ),
    "expected_calibration_error": Figure(
        "Expected calibration error",
        "The mean distance between mean prediction and observed share, over bins of rows of similar prediction.",
        "0 is best",
        4,
    ),
    "accuracy": Figure(
        "Accuracy", "The share of rows whose likeliest class is the right one.", "100% is best", 1, True
    ),
    "rmse": Figure("Root mean squared error", "In units of the target; large errors weigh more.", "0 is best", None),
    "mae": Figure("Mean absolute error", "How far off a prediction is on average.", "0 is best", None),
    "r2": Figure("R²", "The share of the variance explained.", "0 is the mean, 1 is best"),
    "bias": Figure("Bias", "The mean of prediction minus observed value.", "0 is best", None),
}


def figure(name: str) -> Figure:
    """Return what is known of a figure; one that is new has its own name and no more."""
    return FIGURES.get(name) or Figure(name.replace("_", " ").capitalize(), "", "")


def write_figure(name: str, value: float | None, scale: float) -> str:
    """Return a value of a figure as text; those in units of the target have three figures of `scale`, a large error."""
    if value is None:
        return DASH
    known = figure(name)
    if known.is_percent:
        return f"{value * 100:.{known.decimals}f}%"
    decimals = known.decimals
    if decimals is None:
        decimals = min(max(2 - math.floor(math.log10(scale)), 0), 12) if scale > 0 else 3
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not float(text.replace(",", "")) else text


def write_interval(name: str, given: Mapping[str, Any], scale: float) -> str:
    """Return "0.620 to 0.625", or a dash where a figure has no interval."""
    if given.get("low") is None or given.get("high") is None:
        return DASH
    return f"{write_figure(name, given['low'], scale)} to {write_figure(name, given['high'], scale)}"
