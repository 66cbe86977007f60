"""The evaluation: figures of predictions with bootstrap intervals, over all rows and by slice."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.calibration import Floats
from training.dataset import Dataset
from training.groups import find_groups
from training.prediction import Predicted

DRAWS = 1_000
LEVEL = 0.95
QUANTILES = [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2]
WITHOUT_INTERVAL = ("expected_calibration_error",)  # noise only adds to it: no draw is as low as the truth may be
MOST_CELLS = 4_000_000  # held at a time: draws times rows
SMALL = {"rows": 200, "cases": 20}  # a slice of fewer rows, or fewer of a class, is marked

Figure = dict[str, float | None]


def evaluate(predicted: Predicted, generator: np.random.Generator) -> dict[str, Figure]:
    """Return each figure as {value, low, high}; None where it has no meaning, as the ROC AUC of one class.

    The interval is the 95 % percentile interval over bootstrap draws of the rows, each draw of as many rows as there
    are; that is a multinomial draw of the counts.
    """
    counts = predicted.counts
    values = predicted.figures(counts[None].astype(np.float64))
    per_chunk = max(1, MOST_CELLS // len(counts))
    drawn = []
    for start in range(0, DRAWS, per_chunk):
        size = min(per_chunk, DRAWS - start)
        weights = generator.multinomial(int(counts.sum()), counts / counts.sum(), size=size).astype(np.float64)
        drawn.append(predicted.figures(weights))
    return {
        name: _with_interval(name, value, np.concatenate([figures[name] for figures in drawn]))
        for name, value in values.items()
    }


def _with_interval(name: str, value: Floats, by_draw: Floats) -> Figure:
    interval: Any = [np.nan, np.nan]
    # an interval over the draws that happen to have a value would be too narrow
    if name not in WITHOUT_INTERVAL and np.isfinite(by_draw).all():
        interval = np.percentile(by_draw, QUANTILES)
    found, low, high = (float(x) if np.isfinite(x) else None for x in (value[0], *interval))
    return {"value": found, "low": low, "high": high}


def evaluate_slices(
    predicted: Predicted, dataset: Dataset, thresholds: list[dict[str, Any]], generator: np.random.Generator
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the figures of each group by each sensitive column, and the groups that have no held-out row.

    Each entry has the number of rows, whether they are few, the mean outcome and prediction, and of two classes what
    share the threshold that flags at most a tenth of all rows flags and finds.
    """
    found, without_rows = [], []
    threshold = max(
        (line for line in thresholds if line["flagged"] <= 0.1), key=lambda line: line["flagged"], default=None
    )
    for column, label in dataset.sensitive.items():
        for name, chosen in find_groups(dataset, column):
            part = predicted.where(chosen)
            if not len(part.counts):
                without_rows.append(f"{label}, {name}")
                continue
            entry = {"column": column, "label": label, "slice": name, **_sizes(part)}
            if part.task == "binary":
                entry |= _flagged(part, threshold)
            found.append({**entry, "figures": evaluate(part, generator)})
    return found, without_rows


def _sizes(part: Predicted) -> dict[str, Any]:
    rows = int(part.counts.sum())
    few_cases = part.task == "binary" and min(part.class_rows) < SMALL["cases"]
    return {
        "rows": rows,
        "small": rows < SMALL["rows"] or few_cases,
        "observed": float(np.average(part.outcome, weights=part.counts)),
        "predicted": float(np.average(part.score, weights=part.counts)),
    }


def _flagged(part: Predicted, threshold: dict[str, Any] | None) -> dict[str, float | None]:
    if threshold is None:
        return {"flagged": None, "recall": None}
    flagged = part.score >= threshold["threshold"]
    cases = part.counts * (part.target == 1)
    recall = float(cases[flagged].sum() / cases.sum()) if cases.any() else None
    return {"flagged": float(part.counts[flagged].sum() / part.counts.sum()), "recall": recall}
