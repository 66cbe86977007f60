"""The levels: the values that one feature of the rows has, and how people read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.properties import Schema, choices_of

MISSING = "(missing)"
TRUTH = {True: "Yes", False: "No"}


def find_levels(column: pd.Series, value: Schema) -> tuple[list[Any], NDArray[np.intp]]:
    """Return the values there are, None for what is missing last, and for each row the position of its own.

    Of categories and booleans these are the choices, in their order, whether they occur or not; a text that is none of
    them counts as one of the others. Of numbers and dates they are those that occur, ascending.

    Args:
        column: of one feature, as `parse_features` has it.
        value: its property in the schema.
    """
    levels = [choice for choice in choices_of(value) if choice is not None]
    if not levels:
        levels = sorted(column.dropna().unique().tolist())
    positions = pd.Index(levels, dtype=column.dtype).get_indexer(pd.Index(column, dtype=column.dtype))
    if "x-other" in value:
        positions[positions < 0] = levels.index(value["x-other"])
    positions[column.isna().to_numpy()] = len(levels)
    return [*levels, None], positions


def name_level(value: Any) -> str:
    """Return a value as text."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return TRUTH[value]
    return value if isinstance(value, str) else f"{value:g}"
