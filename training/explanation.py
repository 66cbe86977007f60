"""The explanation: which features a fitted pipeline uses, and how, by scikit-learn's own inspection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.pipeline import Pipeline

from training.dataset import Dataset, Rows
from training.levels import find_levels
from training.properties import Schema, choices_of
from training.selection import estimation, make_scorer_of

MOST_ROWS, FEWEST_ROWS = 10_000, 1_000
MOST_CELLS = 200_000  # of a table with many columns, which takes as many predictions as it has columns
REPEATS = 5
MOST_COLUMNS = 20  # whose dependence is measured
GRID_POINTS = 20
MOST_LEVELS = 30  # of a category, the most common ones


def sample_rows(columns: int) -> int:
    """Return how many rows a table with so many columns is explained by, if it has more."""
    return min(MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // columns))


def draw_rows(rows: Rows, most: int, generator: np.random.Generator) -> Rows:
    """Return at most `most` single rows, drawn without replacement; of few rows, all, with their counts folded out."""
    counts = generator.multivariate_hypergeometric(rows.counts, min(most, rows.total), method="marginals")
    return rows.take(np.repeat(np.arange(len(rows)), counts), np.ones(counts.sum(), dtype=np.int64))


def measure_importance(pipeline: Pipeline, dataset: Dataset, generator: np.random.Generator) -> list[dict[str, Any]]:
    """Return how much worse the loss is on held-out rows when one feature is shuffled, the most important first.

    Each entry has the mean over five shufflings of 10,000 rows, fewer where columns are many, and its standard
    deviation. The rows are single ones: shuffling distinct rows that stand for many would shuffle another table.
    """
    rows = draw_rows(dataset.test, sample_rows(dataset.test.features.shape[1]), generator)
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
    Of a category the 30 most common choices are set, of a number or a date the twentieths of its distribution, and
    None, last, where one may be missing. The mean is over all training rows, or over 10,000 of them, fewer where
    columns are many, if more are distinct.
    """
    rows = dataset.train
    most = sample_rows(rows.features.shape[1])
    if len(rows) > most:
        rows = draw_rows(rows, most, generator)
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
                categorical_features=[name] if rows.features[name].dtype == object else None,
                custom_values={name: grid},
                method="brute",
                kind="average",
            )
        shown = [None if isinstance(x, float) and np.isnan(x) else x for x in grid.tolist()]
        entries.append({"column": name, "values": shown, "predictions": found["average"].tolist()})
    return entries


def _grid(value: Schema, rows: Rows, name: str) -> NDArray[Any]:
    """Return the values that a feature is set to, as the pipeline takes them."""
    levels, positions = find_levels(rows.features[name], value)
    totals = np.bincount(positions, rows.counts, minlength=len(levels))
    if choices_of(value):
        most = np.argsort(-totals[: len(choices_of(value))], kind="stable")[:MOST_LEVELS]
        return np.array([np.nan if levels[at] is None else levels[at] for at in sorted(most)], dtype=object)
    gaps = [np.nan] if totals[-1] else []
    present = np.flatnonzero(totals[:-1])
    if not len(present):
        return np.array(gaps)
    twentieths = np.linspace(0, 1, GRID_POINTS + 1)
    at = np.unique(np.quantile(present, twentieths, weights=totals[present], method="inverted_cdf"))
    return np.array(
        [*(levels[position] for position in at), *gaps], dtype=object if value["x-kind"] == "date" else float
    )
