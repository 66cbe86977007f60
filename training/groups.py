"""The groups: the parts of the held-out rows that figures are told apart by, whichever kind of column makes them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.dataset import Dataset
from training.kinds import find_kind
from training.levels import find_levels, name_level
from training.problem import NUMBERS, Column
from training.properties import Schema, choices_of, name_other
from training.schema import parse_feature

MOST_CHOICES = 20  # of different numbers that are groups of their own; more are cut into quarters of the rows
QUARTERS = (0.25, 0.5, 0.75)

Group = tuple[str, NDArray[np.bool_]]


def find_groups(dataset: Dataset, column: str) -> list[Group]:
    """Return the name of each group by a column, and which held-out rows are in it, which may be none.

    A group is a choice, or a quarter of the rows by a number or a date; what is missing is one, too. The kind of a
    column that is no feature is inferred.
    """
    parts = (dataset.train, dataset.test)
    if column in dataset.schema["properties"]:
        value = dataset.schema["properties"][column]
        train, test = (rows.features[column] for rows in parts)
    else:
        texts = [rows.groups[column] for rows in parts]
        value = _infer(pd.concat(texts, ignore_index=True), np.concatenate([rows.counts for rows in parts]))
        train, test = (parse_feature(each, value) for each in texts)
    if not choices_of(value):
        return _quarters(test, value, dataset.test.counts)
    levels, positions = find_levels(test, value)
    known = {*positions.tolist(), *find_levels(train, value)[1].tolist()}
    return [(name_level(level), positions == at) for at, level in enumerate(levels) if at in known]


def _infer(texts: pd.Series, counts: NDArray[np.int64]) -> Schema:
    """Return the property of a column that is no feature, as far as its groups need it."""
    if texts.isna().all():
        return {"x-kind": "category", "enum": [None]}
    kind = find_kind(texts, counts, Column())
    if kind.name == "date":
        return {"x-kind": "date", "x-format": kind.format}
    if kind.name == "boolean":
        return {"x-kind": "boolean", "enum": [False, True]}
    if kind.name not in NUMBERS:
        other = name_other(kind.choices)
        return {"x-kind": "category", "x-choices": [*kind.choices, other], "x-other": other}
    if texts.nunique() > MOST_CHOICES:
        return {"x-kind": "number"}
    return {"x-kind": "category", "enum": sorted(texts.dropna().unique(), key=float)}  # codes, for all one knows


def _quarters(values: pd.Series, value: Schema, counts: NDArray[np.int64]) -> list[Group]:
    """Return the quarters of the rows that have a value, and the rest."""
    levels, positions = find_levels(values, value)
    present = positions < len(levels) - 1
    found = []
    if present.any():
        edges = np.quantile(positions[present], QUARTERS, weights=counts[present], method="inverted_cdf")
        quarter = np.where(present, np.searchsorted(np.unique(edges), positions), -1)
        for part in (quarter == at for at in np.unique(quarter[present])):
            ends = [levels[positions[part].min()], levels[positions[part].max()]]
            found.append((" to ".join(dict.fromkeys(map(_name_end, ends))), part))
    return found if present.all() else [*found, (name_level(None), ~present)]


def _name_end(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"
