"""The verdict: what the figures mean, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.target import Target

RANKS = (
    (0.55, "hardly better than chance"),
    (0.7, "slightly better than chance"),
    (0.8, "fairly well"),
    (0.9, "well"),
)
FIT_SKILL = 0.25  # of the Brier score, from which single rows may be told apart
FIT_R2 = 0.5
SLOPES = (0.8, 1.25)  # beyond, probabilities are too extreme, or too timid
SHIFT = 0.2  # of the log-odds, beyond which probabilities are too low or too high
NEGLIGIBLE = 0.05  # calibration error, as a share of the mean prediction
FEW_ROWS, FEW_CASES = 200, 100  # a hundred events: Collins, Ogundimu and Altman 2016, doi:10.1002/sim.6787
MOST_NAMES = 6
FEWEST_FLAGGED = 100  # rows, before what a threshold finds is said

Figure = dict[str, float | None]


def judge(target: Target, measured: dict[str, Any], leaks: Sequence[str] = ()) -> list[str]:
    """Return the verdict as sentences, computed from what `training.measurement` found.

    `leaks` are the labels of the features that alone give the target away: they come first, as all else hangs on them.
    """
    held_out, slices = measured["held_out"], measured["slices"]
    figures = held_out["model"]
    if all(entry["increase"] == entry["standard_deviation"] == 0 for entry in measured["importance"]):
        usual = "mean" if target.task == "regression" else "base rate"
        sentences = [f"No column helped: every row gets the same answer, the {usual} of the training rows."]
    elif target.task == "regression":
        sentences = [_explains(figures), _errs(figures, held_out["baseline"])]
    else:
        sentences = [_ranks(figures["roc_auc"]), _improves(figures["log_loss_skill"])]
        sentences += _finds(target, measured["thresholds"], held_out)
        sentences += [_calibrated(measured), *_groups(slices), _fit(figures["brier_skill"])]
    wrong = {name for names in _wrong_groups(slices).values() for name in names}
    unjudged = [entry for entry in slices if entry["small"] and _name(entry) not in wrong]
    few = _few(target, held_out) + _few_in(unjudged, measured["slices_without_rows"], len(slices))
    return _given_away(leaks) + sentences + few


def _given_away(leaks: Sequence[str]) -> list[str]:
    if not leaks:
        return []
    who = leaks[0] if len(leaks) == 1 else f"each of {_joined(leaks)}"
    return [
        f"Do not believe it yet: {who} alone gives the answer away. Unless that is known before the outcome, no figure "
        "here will hold."
    ]


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['label']}, {entry['slice']}"


def _bounds(figure: Figure) -> tuple[float, float, float] | None:
    """Return value, low and high, if there is an interval of some width."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    return None if value is None or low is None or high is None or low == high else (value, low, high)


def _ranks(auc: Figure) -> str:
    if auc["value"] is not None and auc["low"] == auc["high"] == 1:
        return "It ranks the held-out rows without a mistake; are they few, or does a feature give the answer away?"
    if (bounds := _bounds(auc)) is None:
        return "Too few held-out rows, or too few of a class, to say how well it ranks."
    value, low, high = bounds
    figures = f"ROC AUC {value:.3f}, 95% interval {low:.3f} to {high:.3f}, where 0.5 is chance"
    if low <= 0.5:
        return f"That it ranks better than chance is not shown ({figures})."
    words = next((words for bound, words in RANKS if value < bound), "very well")
    return f"It ranks {words} ({figures})."


def _improves(skill: Figure) -> str:
    value, low, high = skill["value"], skill["low"], skill["high"]
    if value is not None and high is not None and high < 0:
        return f"It is worse than always answering the base rate: its log loss is {-value:.1%} more."
    if value is None or low is None or high is None or low <= 0:
        return "That it improves on always answering the base rate is not shown."
    return f"It takes {value:.1%} off the log loss of always answering the base rate ({low:.1%} to {high:.1%})."


def _finds(target: Target, thresholds: list[dict[str, Any]], held_out: dict[str, Any]) -> list[str]:
    usual = held_out["class_rows"][1] / held_out["rows"] if thresholds else 0.0
    for line in thresholds:
        low, high = line["precision_interval"]
        if line["flagged"] * held_out["rows"] >= FEWEST_FLAGGED and low > usual:
            return [
                f"Of the {line['flagged']:.1%} that it ranks highest, {line['precision']:.1%} are “{target.labels[1]}” "
                f"({low:.1%} to {high:.1%}), where {usual:.1%} is usual."
            ]
    return []


def _calibrated(measured: dict[str, Any]) -> str:
    """Judge the slope, then the mean error against what chance alone would make of perfect probabilities."""
    figures, chance = measured["held_out"]["model"], measured["held_out"]["error_if_calibrated"]["high"]
    rows = measured["held_out"]["rows"]
    mean = sum(line["rows"] * line["predicted"] for line in measured["calibration"]) / rows
    error = figures["expected_calibration_error"]["value"] or 0.0
    shown = f"mean error {error:.2%}"
    if "calibration_slope" in figures:
        least, most = SLOPES
        bounds = _bounds(figures["calibration_slope"])
        if bounds is None:
            return "Too few held-out rows, or too equal predictions, to say whether its probabilities hold."
        slope, low, high = bounds
        shown = f"calibration slope {slope:.2f}, {low:.2f} to {high:.2f}, where 1 is perfect; {shown}"
        if (high < 1 or low > 1) and not least <= slope <= most:
            return f"Its probabilities are too {'extreme' if slope < 1 else 'timid'} ({shown})."
        shift = _bounds(figures["calibration_intercept"])
        if shift and abs(shift[0]) > SHIFT and (shift[1] > 0 or shift[2] < 0):
            return f"Its probabilities are too {'low' if shift[0] > 0 else 'high'} on average ({shown})."
    if error > max(chance, NEGLIGIBLE * mean):
        return f"Its probabilities do not hold all along ({shown}; by chance alone at most {chance:.2%})."
    if rows < FEW_ROWS or ("calibration_slope" in figures and (low < least or high > most)):
        return f"There are too few rows, or too few of a class, to say whether its probabilities hold ({shown})."
    return f"On average, its probabilities hold ({shown})."


def _groups(slices: list[dict[str, Any]]) -> list[str]:
    """Name the groups for which probabilities are too low or too high by more than chance."""
    wrong = _wrong_groups(slices)
    return [f"Its probabilities are too {words} for: {'; '.join(names)}." for words, names in wrong.items() if names]


def _wrong_groups(slices: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the groups whose calibration intercept lies beyond SHIFT with its whole interval, small or not."""
    found: dict[str, list[str]] = {"low": [], "high": []}
    for entry in slices:
        bounds = _bounds(entry["figures"].get("calibration_intercept", {"value": None, "low": None, "high": None}))
        if bounds and bounds[1] > SHIFT:
            found["low"].append(_name(entry))
        elif bounds and bounds[2] < -SHIFT:
            found["high"].append(_name(entry))
    return found


def _fit(skill: Figure) -> str:
    value, low, high = skill["value"], skill["low"], skill["high"]
    if value is None or low is None or high is None:
        return "Whether it tells individuals apart cannot be said from these rows."
    less = f"{value:.1%} below" if value > 0 else "not below"
    explained = f"its squared error is {less} that of always answering the base rate"
    if high < FIT_SKILL:
        return f"It is not fit for decisions about individuals: {explained}."
    if low < FIT_SKILL:
        return f"Whether it is fit for decisions about individuals cannot be said from these rows: {explained}."
    return f"It tells individuals apart to a degree ({explained}); whether that is enough is for its use to say."


def _explains(figures: dict[str, Figure]) -> str:
    bounds = _bounds(figures["r2"])
    if bounds and bounds[2] < 0:
        return f"It is worse than always answering the mean (R2 {bounds[0]:.3f})."
    if bounds is None or bounds[1] <= 0:
        return "That it predicts better than always answering the mean is not shown."
    value, low, high = bounds
    words = "most" if value >= FIT_R2 else "a part" if value >= 0.1 else "little"
    return f"It explains {words} of the variance (R2 {value:.3f}, 95% interval {low:.3f} to {high:.3f})."


def _errs(figures: dict[str, Figure], baseline: dict[str, float]) -> str:
    mae, usual, r2 = figures["mae"]["value"] or 0.0, baseline["mae"], _bounds(figures["r2"]) or (0.0, -1.0, 1.0)
    fit = ""
    if r2[2] < FIT_R2:
        fit = " It is not fit for decisions about individuals."
    elif r2[1] < FIT_R2:
        fit = " Whether it is fit for decisions about individuals cannot be said from these rows."
    worse = ", which is better" if usual < mae else ""
    return f"It is off by {mae:.4g} on average, where always answering the mean is off by {usual:.4g}{worse}.{fit}"


def _few(target: Target, held_out: dict[str, Any]) -> list[str]:
    rows = held_out["rows"]
    if rows < FEW_ROWS:
        return [f"Only {rows} rows were held out: take every figure with care, and intervals for too narrow."]
    few = [
        f"{count:,} are “{label}”"
        for count, label in zip(held_out["class_rows"], target.labels, strict=True)
        if count < FEW_CASES
    ]
    return [f"Of the held-out rows only {_joined(few)}: take figures with care."] if few else []


def _few_in(unjudged: list[dict[str, Any]], without_rows: list[str], slices: int) -> list[str]:
    names = [_name(entry) for entry in unjudged] + without_rows
    if len(names) > MOST_NAMES:
        total = slices + len(without_rows)
        return [f"There are too few held-out rows to judge it for {len(names)} of {total} groups."]
    return [f"There are too few held-out rows to judge it for: {'; '.join(names)}."] if names else []


def _joined(words: Sequence[str]) -> str:
    return ", ".join([*words[:MOST_NAMES], *["..."] * (len(words) > MOST_NAMES)])
