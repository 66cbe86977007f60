"""The curves of an evaluation and the tables behind them: calibration, thresholds, ROC, precision-recall."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import binomtest
from scipy.stats import t as student
from sklearn.metrics import precision_recall_curve, roc_curve

from training.calibration import Floats
from training.evaluation import LEVEL
from training.prediction import Predicted

FLAGGED = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
MOST_POINTS = 200  # of a curve


def calibration_table(predicted: Predicted) -> list[dict[str, Any]]:
    """Return rows, mean prediction and mean outcome of each bin, with a 95 % interval of the outcome.

    The interval is Wilson's for shares, and Student's for numbers, of which one row has none.
    """
    found = []
    for position in np.unique(predicted.bins):
        part = predicted.where(predicted.bins == position)
        rows = int(part.counts.sum())
        observed = float(np.average(part.outcome, weights=part.counts))
        low: float | None
        high: float | None
        if part.task != "regression":
            low, high = share_interval(int(part.counts[part.outcome == 1].sum()), rows)
        elif rows > 1:
            spread = (part.counts @ (part.outcome - observed) ** 2 / (rows - 1)) ** 0.5
            margin = float(student.ppf((1 + LEVEL) / 2, rows - 1) * spread / rows**0.5)
            low, high = observed - margin, observed + margin
        else:
            low = high = None
        expected = float(np.average(part.score, weights=part.counts))
        found.append({"rows": rows, "predicted": expected, "observed": observed, "low": low, "high": high})
    return found


def threshold_table(predicted: Predicted) -> list[dict[str, Any]]:
    """Return what calling every row positive from a threshold on would mean, for growing shares of flagged rows.

    Each threshold is the lowest predicted probability that flags no more than the share; `lift` is precision against
    the share of positives. Intervals are Wilson's, of 95 %.
    """
    order = np.argsort(-predicted.score, kind="stable")
    score, counts = predicted.score[order], predicted.counts[order]
    last = np.append(np.diff(score) != 0, True)  # a threshold flags all rows of its score
    flagged, hits = np.cumsum(counts)[last], np.cumsum(counts * (predicted.target[order] == 1))[last]
    total, positives, thresholds = counts.sum(), hits[-1], score[last]
    chosen = sorted({int(np.searchsorted(flagged / total, share, side="right")) - 1 for share in FLAGGED} - {-1})
    found = []
    for at in chosen:
        precision, recall = hits[at] / flagged[at], hits[at] / positives
        found.append(
            {
                "threshold": float(thresholds[at]),
                "flagged": float(flagged[at] / total),
                "precision": float(precision),
                "precision_interval": list(share_interval(int(hits[at]), int(flagged[at]))),
                "recall": float(recall),
                "recall_interval": list(share_interval(int(hits[at]), int(positives))),
                "lift": float(precision / (positives / total)),
            }
        )
    return found


def share_interval(cases: int, rows: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of the share cases / rows."""
    interval = binomtest(cases, rows).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def curves(predicted: Predicted) -> dict[str, list[list[float]]]:
    """Return the ROC curve and the precision-recall curve, each a list of at most 200 points.

    A point is (false positive rate, true positive rate), or (recall, precision).
    """
    fpr, tpr, _thresholds = roc_curve(predicted.target, predicted.score, sample_weight=predicted.counts)
    precision, recall, _ = precision_recall_curve(predicted.target, predicted.score, sample_weight=predicted.counts)
    return {"roc": _thinned(fpr, tpr), "precision_recall": _thinned(recall[::-1], precision[::-1])}


def _thinned(x: Floats, y: Floats) -> list[list[float]]:
    at = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(int))
    return [[float(x[i]), float(y[i])] for i in at]
