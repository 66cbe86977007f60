"""The verdict: what the figures mean, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RANKS = ((0.55, "hardly better than chance"), (0.7, "slightly better than chance"), (0.8, "fairly well"), (0.9, "well"))
FIT_BRIER_SKILL = 0.25  # of the outcome's variance explained, from which single rows may be told apart
FIT_R2 = 0.5
CALIBRATED = (0.8, 1.25)  # the whole interval of the slope
MOST_SHIFT = 0.2  # of the log-odds
FEW_ROWS = 200
MOST_NAMES = 6

Figure = dict[str, float | None]


def judge(task: str, held_out: dict[str, Any], slices: list[dict[str, Any]], labels: Mapping[str, str]) -> list[str]:
    """Return the verdict as sentences, computed from the figures that `training.evaluation` gives.

    Args:
        task: binary, multiclass or regression.
        held_out: `model`, figures on the held-out rows as {value, low, high}, and `rows`.
        slices: the entries of `evaluate_slices`.
        labels: what people read for each column.
    """
    figures = held_out["model"]
    if task == "regression":
        sentences = [_explains(figures), _errs(figures, held_out["baseline"])]
    else:
        ranks, improves = _ranks(figures["roc_auc"]), _improves(figures["log_loss_skill"])
        sentences = [ranks, improves, *_calibrated(figures), _fit(figures)]
    return sentences + _few(held_out["rows"], slices, labels)


def _ranks(auc: Figure) -> str:
    value, low, high = auc["value"], auc["low"], auc["high"]
    if value is None or low is None or high is None:
        return "Too few held-out rows to say how well it ranks."
    figures = f"ROC AUC {value:.3f}, 95% interval {low:.3f} to {high:.3f}, where 0.5 is chance"
    if low <= 0.5:
        return f"That it ranks better than chance is not shown ({figures})."
    words = next((words for bound, words in RANKS if value < bound), "very well")
    return f"It ranks {words} ({figures})."


def _improves(skill: Figure) -> str:
    value, low, high = skill["value"], skill["low"], skill["high"]
    if value is None or low is None or high is None or low <= 0:
        return "That it improves on always answering the base rate is not shown."
    return f"It takes {value:.1%} off the log loss of always answering the base rate ({low:.1%} to {high:.1%})."


def _calibrated(figures: dict[str, Figure]) -> list[str]:
    slope = figures.get("calibration_slope", {})
    value, low, high = slope.get("value"), slope.get("low"), slope.get("high")
    if value is None or low is None or high is None:
        return []
    shown = f"calibration slope {value:.2f}, {low:.2f} to {high:.2f}, where 1 is perfect"
    least, most = CALIBRATED
    if least <= low and high <= most:
        sentence = f"Its probabilities can be taken at their word ({shown})."
    elif high < 1 or low > 1:
        sentence = f"Its probabilities are too {'extreme' if value < 1 else 'timid'} ({shown})."
    else:
        sentence = f"There are too few rows to say whether its probabilities can be taken at their word ({shown})."
    shift = figures["calibration_intercept"]["value"] or 0.0
    if abs(shift) > MOST_SHIFT:
        sentence += f" All in all they are too {'low' if shift > 0 else 'high'} (calibration intercept {shift:.2f})."
    return [sentence]


def _fit(figures: dict[str, Figure]) -> str:
    skill = figures["brier_skill"]["value"] or 0.0
    explained = f"it explains {max(skill, 0):.1%} of the outcome's variance"
    if skill < FIT_BRIER_SKILL:
        return f"It is not fit for decisions about individuals: {explained}."
    return f"It tells individuals apart to a degree ({explained}); whether that is enough is for its use to say."


def _explains(figures: dict[str, Figure]) -> str:
    r2 = figures["r2"]
    value, low, high = r2["value"], r2["low"], r2["high"]
    if value is None or low is None or high is None or low <= 0:
        return "That it predicts better than always answering the mean is not shown."
    words = "most" if value >= FIT_R2 else "a part" if value >= 0.1 else "little"
    return f"It explains {words} of the variance (R2 {value:.3f}, 95% interval {low:.3f} to {high:.3f})."


def _errs(figures: dict[str, Figure], baseline: dict[str, float]) -> str:
    mae, r2 = figures["mae"]["value"] or 0.0, figures["r2"]["value"] or 0.0
    fit = "" if r2 >= FIT_R2 else " It is not fit for decisions about individuals."
    return f"It is off by {mae:.4g} on average, where always answering the mean is off by {baseline['mae']:.4g}.{fit}"


def _few(rows: int, slices: list[dict[str, Any]], labels: Mapping[str, str]) -> list[str]:
    sentences = [f"Only {rows} rows were held out: take every figure with care."] if rows < FEW_ROWS else []
    names = [f"{labels[entry['column']]}, {entry['slice']}" for entry in slices if entry["small"]]
    if len(names) > MOST_NAMES:
        sentences.append(f"There are too few held-out rows to judge it for {len(names)} of {len(slices)} slices.")
    elif names:
        sentences.append(f"There are too few held-out rows to judge it for: {'; '.join(names)}.")
    return sentences
