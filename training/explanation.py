"""The explanation: which features a fitted pipeline uses, and how, by scikit-learn's own inspection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.pipeline import Pipeline

from training.dataset import Dataset, Rows
from training.schema import Schema
from training.selection import estimation, make_scorer_of

SAMPLE_ROWS = 10_000
REPEATS = 5
MOST_COLUMNS = 20  # whose dependence is measured
GRID_POINTS = 20
MOST_LEVELS = 30  # of a category, the most common ones


def draw_rows(rows: Rows, most: int, generator: np.random.Generator) -> Rows:
    """Return at most `most` single rows, drawn without replacement; of few rows, all, with their counts folded out."""
    counts = generator.multivariate_hypergeometric(rows.counts, min(most, rows.total), method="marginals")
    return rows.take(np.repeat(np.arange(len(rows)), counts), np.ones(counts.sum(), dtype=np.int64))


def measure_importance(pipeline: Pipeline, dataset: Dataset, generator: np.random.Generator) -> list[dict[str, Any]]:
    """Return how much worse the loss is on held-out rows when one feature is shuffled, the most important first.

    Each entry has the mean over five shufflings of 10,000 rows and its standard deviation. The rows are single ones:
    shuffling distinct rows that stand for many would shuffle another table.
    """
    rows = draw_rows(dataset.test, SAMPLE_ROWS, generator)
    with estimation():
        found = permutation_importance(
            pipeline,
            rows.features,
            rows.target,
            scoring=make_scorer_of(dataset.target),
            n_repeats=REPEATS,
            random_state=int(generator.integers(2**32)),
        )
    entries = [
        {"column": name, "increase": float(mean), "standard_deviation": float(deviation)}
        for name, mean, deviation in zip(
            rows.features.columns, found.importances_mean, found.importances_std, strict=True
        )
    ]
    return sorted(entries, key=lambda entry: -float(entry["increase"]))


def measure_dependence(
    pipeline: Pipeline, dataset: Dataset, importance: list[dict[str, Any]], generator: np.random.Generator
) -> list[dict[str, Any]]:
    """Return for the 20 most important features the mean prediction with that feature set to each of its values.

    Each entry has `column`, `values` and `predictions`, one list per class, or one for the positive class or a number.
    Of a category the 30 most common choices are set, of a number the twentieths of its distribution. The mean is over
    all training rows, or over 10,000 of them where more are distinct.
    """
    rows = dataset.train
    if len(rows) > SAMPLE_ROWS:
        rows = draw_rows(rows, SAMPLE_ROWS, generator)
    entries = []
    important = {entry["column"] for entry in importance[:MOST_COLUMNS]}
    for name, value in dataset.schema["properties"].items():
        if name not in important:
            continue
        grid = _grid(value, rows, name)
        with estimation():
            found = partial_dependence(
                pipeline,
                rows.features,
                [name],
                sample_weight=rows.counts,
                categorical_features=[name] if value["x-kind"] == "category" else None,
                custom_values={name: grid},
                method="brute",
                kind="average",
            )
        shown = [None if isinstance(x, float) and np.isnan(x) else x for x in grid.tolist()]
        entries.append({"column": name, "values": shown, "predictions": found["average"].tolist()})
    return entries


def _grid(value: Schema, rows: Rows, name: str) -> NDArray[Any]:
    column = rows.features[name]
    if value["x-kind"] == "number":
        levels = np.linspace(0, 1, GRID_POINTS + 1)
        return np.unique(np.quantile(column, levels, weights=rows.counts, method="inverted_cdf"))
    choices = [np.nan if choice is None else choice for choice in value["enum"]]
    counts = [int(rows.counts[column.isna() if choice is np.nan else column == choice].sum()) for choice in choices]
    common = sorted(np.argsort(-np.array(counts), kind="stable")[:MOST_LEVELS])
    return np.array([choices[position] for position in common], dtype=object)
