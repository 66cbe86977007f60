"""The prediction: rows with what was predicted for them and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from training.calibration import Floats
from training.dataset import Dataset
from training.figures import Figures, binary_figures, multiclass_figures, regression_figures

MOST_BINS = 10
FEWEST_IN_BIN = 20


@dataclass(frozen=True)
class Predicted:
    """Rows with their outcome and prediction.

    `target` (n,), `prediction` (n, classes) or for numbers (n,), `counts` (n,), `bins` (n,): the bin of equally many
    rows, by prediction, that each belongs to. `base` is what is always answered for comparison: (classes,) or (1,).
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
        target, prediction, counts = self.target[chosen], self.prediction[chosen], self.counts[chosen]
        return Predicted(self.task, target, prediction, self.base, counts, self.bins[chosen])

    @property
    def baseline(self) -> Predicted:
        """The same rows with the base rates, or the base value, as prediction."""
        base = self.base if self.task != "regression" else self.base[0]
        prediction = np.broadcast_to(base, self.prediction.shape)
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

    @property
    def class_rows(self) -> list[int]:
        """How many rows there are of each class; of a number, none."""
        if self.task == "regression":
            return []
        return [int(self.counts[self.target == position].sum()) for position in range(self.prediction.shape[1])]


def predict_held_out(pipeline: Pipeline, dataset: Dataset) -> Predicted:
    """Return the predictions of a fitted pipeline for the held-out rows."""
    test, task = dataset.test, dataset.target.task
    if task == "regression":
        prediction, base = pipeline.predict(test.features), np.array([dataset.base_value])
    else:
        prediction, base = pipeline.predict_proba(test.features), dataset.class_rates
    plain = Predicted(task, test.target, prediction, base, test.counts, np.zeros(len(test), dtype=np.int64))
    return Predicted(task, test.target, prediction, base, test.counts, make_bins(plain.score, test.counts))


def make_bins(score: Floats, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return bins 0, 1, ... by rising score, shape (n,): ten of about equally many rows, fewer of few rows.

    Equal scores share a bin.
    """
    _cells, of_row = np.unique(score, return_inverse=True)
    rows = np.bincount(of_row, counts)
    middle = (rows.cumsum() - rows / 2) / rows.sum()
    bins = min(MOST_BINS, max(1, int(rows.sum()) // FEWEST_IN_BIN))
    _used, of_cell = np.unique((middle * bins).astype(np.int64), return_inverse=True)
    return np.asarray(of_cell[of_row])
