"""Chunks: pieces of a table as texts, small enough for memory, with how many rows each of their rows stands for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import CellError

CHUNK_ROWS = 100_000
MOST_ROWS = 10**9  # a line may stand for, and a class may have fewer: numpy's limit for an exact split
COUNT = 0  # a column of a table is named by a text, so no column has this name


def read_counts(texts: pd.Series) -> NDArray[np.int64]:
    """Return the weights of a table, of shape (n,), as whole numbers.

    Raises:
        CellError: a weight is missing, negative, fractional, too large or no number.
    """
    numbers = pd.to_numeric(texts.astype(object), errors="coerce")
    bad = texts[~((numbers >= 0) & (numbers % 1 == 0) & (numbers < MOST_ROWS))]
    if len(bad):
        raise refuse_count(bad.iloc[0], str(texts.name))
    return numbers.to_numpy(np.int64)


def refuse_count(given: object, weight: str) -> CellError:
    """Return the error of a weight that is no count."""
    text = given if isinstance(given, str) else ""
    shown = repr(text) if text else "an empty value"
    return CellError(f"{shown} is no weight; counts are whole numbers from 0 to {MOST_ROWS - 1:,}", weight, text)
