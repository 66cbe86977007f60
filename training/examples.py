"""The examples: rows for a form, drawn value by value; one may exist, and each value does, but none is copied."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pickled import PickledScorer
from predict.scorer import Scorer
from training.dataset import Rows
from training.levels import find_levels
from training.schema import Schema
from training.target import Target

DRAWN = 200
MOST_CLASSES = 6
TIE = 1e-9  # predictions nearer than this are equal: their last digits vary by processor


def draw_examples(
    scorer: Scorer | PickledScorer, rows: Rows, schema: Schema, target: Target, scale: float, seed: int
) -> list[dict[str, Any]]:
    """Return the `x-examples` of a schema, {name, row} each: of 200 rows drawn, those that a prediction is most for.

    These are the rows that are likeliest of each class, of which the first six count, or those with the lowest and the
    highest number; of equals the first. Where all rows are predicted alike there are none. The order of `rows` has no
    influence.

    Args:
        scorer: of the baked model.
        rows: of training; each feature is drawn from its own values, as often as they occur, whatever the others are.
        schema: what a row may hold.
        target: what is predicted.
        scale: the standard deviation of the training target of a regression, else 1.
        seed: of the chance.
    """
    generator = np.random.default_rng(seed)
    columns = {
        name: _draw(rows.features[name], rows.counts, value, generator) for name, value in schema["properties"].items()
    }
    drawn = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    scores = np.array([scorer.predict(row) for row in drawn]) / scale
    sought = [(f"Rather {label}", scores[:, at]) for at, label in enumerate(target.labels[:MOST_CLASSES])]
    if not target.classes:
        sought = [("Low", -scores[:, 0]), ("High", scores[:, 0])]
    return [
        {"name": name, "row": drawn[int(np.argmax(each >= each.max() - TIE))]}
        for name, each in sought
        if np.ptp(each) > TIE
    ]


def _draw(column: pd.Series, counts: NDArray[np.int64], value: Schema, generator: np.random.Generator) -> list[Any]:
    """Return values of one feature as the API takes them; of a rare text no more than that it is one of the others."""
    levels, positions = find_levels(column, value)
    totals = np.bincount(positions, counts, minlength=len(levels))
    return [levels[at] for at in generator.choice(len(levels), DRAWN, p=totals / totals.sum())]
