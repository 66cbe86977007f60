"""The evaluation: figures on held-out rows with bootstrap intervals, by slice, by threshold, and as curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_curve, roc_curve
from sklearn.pipeline import Pipeline

from training.dataset import Dataset
from training.figures import Figures, Floats, binary_figures, multiclass_figures, regression_figures

DRAWS = 1_000
LEVEL = 0.95
BINS = 10
MOST_CELLS = 4_000_000  # held at a time: draws times rows
SMALL_ROWS, SMALL_CASES = 200, 20  # a slice of fewer rows, or fewer of a class, is marked
FLAGGED = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
MOST_POINTS = 200  # of a curve
MOST_RANGES = 4  # that a sensitive number is cut into
QUANTILES = [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2]


@dataclass(frozen=True)
class Predicted:
    """Rows with their outcome and prediction.

    `target` (n,), `prediction` (n, classes) or for numbers (n,), `counts` (n,), `bins` (n,): the tenth of the rows, by
    prediction, that each belongs to. `base` is what is always answered for comparison: (classes,) or (1,).
    """

    task: str
    target: NDArray[Any]
    prediction: Floats
    base: Floats
    counts: NDArray[np.int64]
    bins: NDArray[np.int64]

    def figures(self, weights: Floats) -> Figures:
        """Return each figure for weights of shape (draws, n)."""
        if self.task == "regression":
            return regression_figures(self.target, self.prediction, weights)
        of = binary_figures if self.task == "binary" else multiclass_figures
        return of(self.target, self.prediction, self.base, self.bins, weights)

    def where(self, chosen: NDArray[np.bool_]) -> Predicted:
        """Return the rows that `chosen`, of shape (n,), marks."""
        return Predicted(
            self.task,
            self.target[chosen],
            self.prediction[chosen],
            self.base,
            self.counts[chosen],
            self.bins[chosen],
        )

    @property
    def baseline(self) -> Predicted:
        """The same rows with the base rates, or the base value, as prediction."""
        prediction = np.broadcast_to(self.base, self.prediction.shape) if self.base.size > 1 else None
        if prediction is None:
            prediction = np.full(len(self.counts), self.base[0])
        return Predicted(self.task, self.target, prediction, self.base, self.counts, np.zeros_like(self.bins))

    @property
    def score(self) -> Floats:
        """What rows are ordered by, shape (n,): the positive class's or likeliest class's probability, or the value."""
        if self.task == "regression":
            return self.prediction
        return self.prediction[:, 1] if self.task == "binary" else self.prediction.max(axis=1)

    @property
    def outcome(self) -> Floats:
        """What `score` predicts, shape (n,): 1 for the positive class, or for the likeliest being right; the value."""
        right = self.prediction.argmax(axis=1) == self.target if self.task == "multiclass" else self.target
        return right.astype(np.float64)


def predict_held_out(pipeline: Pipeline, dataset: Dataset) -> Predicted:
    """Return the predictions of a fitted pipeline for the held-out rows."""
    test, task = dataset.test, dataset.target.task
    if task == "regression":
        prediction, base = pipeline.predict(test.features), np.array([dataset.base_value])
    else:
        prediction, base = pipeline.predict_proba(test.features), dataset.class_rates
    plain = Predicted(task, test.target, prediction, base, test.counts, np.zeros(len(test), dtype=np.int64))
    return Predicted(task, test.target, prediction, base, test.counts, _bins(plain.score, test.counts))


def _bins(score: Floats, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return bins 0, 1, ... that hold about a tenth of the rows each, by rising score; equal scores share a bin."""
    _cells, of_row = np.unique(score, return_inverse=True)
    rows = np.bincount(of_row, counts)
    middle = (rows.cumsum() - rows / 2) / rows.sum()
    _used, bins = np.unique((middle * BINS).astype(np.int64), return_inverse=True)
    return np.asarray(bins[of_row])


def evaluate(predicted: Predicted, generator: np.random.Generator) -> dict[str, dict[str, float | None]]:
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
    found: dict[str, dict[str, float | None]] = {}
    for name, value in values.items():
        by_draw = np.concatenate([figures[name] for figures in drawn])
        # an interval over the draws that happen to have a value would be too narrow
        interval = np.percentile(by_draw, QUANTILES) if np.isfinite(by_draw).all() else [np.nan, np.nan]
        low, high = (_or_none(bound) for bound in interval)
        found[name] = {"value": _or_none(value[0]), "low": low, "high": high}
    return found


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def evaluate_slices(predicted: Predicted, dataset: Dataset, generator: np.random.Generator) -> list[dict[str, Any]]:
    """Return the figures of each choice of each sensitive column, with its rows and whether they are few.

    A number is cut into quarters of the rows.
    """
    found = []
    for column, value in dataset.schema["properties"].items():
        if not value["x-sensitive"]:
            continue
        for name, chosen in _slices(dataset, column, value):
            part = predicted.where(chosen)
            if len(part.counts):
                entry = {"column": column, "slice": name, **_sizes(part)}
                found.append({**entry, "figures": evaluate(part, generator)})
    return found


def _slices(dataset: Dataset, column: str, value: dict[str, Any]) -> list[tuple[str, NDArray[np.bool_]]]:
    values = dataset.test.features[column]
    if value["x-kind"] == "category":
        return [
            ("(missing)", values.isna().to_numpy()) if choice is None else (choice, (values == choice).to_numpy())
            for choice in value["enum"]
        ]
    numbers = values.to_numpy()
    levels = np.linspace(0, 1, MOST_RANGES + 1)[1:-1]
    edges = np.unique(np.quantile(numbers, levels, weights=dataset.test.counts, method="inverted_cdf"))
    quarter = np.searchsorted(edges, numbers)
    parts = [quarter == position for position in np.unique(quarter)]
    return [(f"{numbers[part].min():g} to {numbers[part].max():g}", part) for part in parts]


def _sizes(part: Predicted) -> dict[str, Any]:
    rows = int(part.counts.sum())
    sizes: dict[str, Any] = {
        "rows": rows,
        "observed": float(np.average(part.outcome, weights=part.counts)),
        "predicted": float(np.average(part.score, weights=part.counts)),
    }
    few = rows < SMALL_ROWS
    if part.task == "binary":
        cases = int(part.counts[part.target == 1].sum())
        few = few or min(cases, rows - cases) < SMALL_CASES
    return {**sizes, "small": few}


def calibration_table(predicted: Predicted) -> list[dict[str, float]]:
    """Return rows, mean prediction and mean outcome of each bin, with a 95 % interval of the outcome.

    The interval is Wilson's for shares, and normal for numbers.
    """
    found = []
    for position in np.unique(predicted.bins):
        part = predicted.where(predicted.bins == position)
        rows = int(part.counts.sum())
        observed = float(np.average(part.outcome, weights=part.counts))
        if part.task == "regression":
            variance = float(np.average((part.outcome - observed) ** 2, weights=part.counts))
            margin = 1.96 * (variance / rows) ** 0.5
            low, high = observed - margin, observed + margin
        else:
            cases = int(part.counts[part.outcome == 1].sum())
            low, high = _share_interval(cases, rows)
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
                "precision_interval": _share_interval(hits[at], flagged[at]),
                "recall": float(recall),
                "recall_interval": _share_interval(hits[at], positives),
                "lift": float(precision / (positives / total)),
            }
        )
    return found


def _share_interval(cases: int, rows: int) -> list[float]:
    interval = binomtest(int(cases), int(rows)).proportion_ci(LEVEL, method="wilson")
    return [float(interval.low), float(interval.high)]


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
