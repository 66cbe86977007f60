"""Chunks: pieces of a table as texts, small enough for memory, with how many rows each of their rows stands for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import InputError

CHUNK_ROWS = 100_000
MOST_ROWS = 10**9  # a line may stand for, and a class may have fewer: numpy's limit for an exact split
COUNT = 0  # a column of a table is named by a text, so no column has this name


def check_header(header: list[str], name: str) -> list[str]:
    """Return the names of the columns of the table `name`.

    Raises:
        InputError: a column has no name, or the name of another.
    """
    for position, column in enumerate(header):
        if not column:
            index = ", as the index has that pandas writes unless told index=False" if position == 0 else ""
            raise InputError(f"{name}: column {position + 1} has no name{index}; name it, or save the table without it")
        if column in header[:position]:
            raise InputError(f"{name} has more than one column named {column!r}; rename them")
    return header


def read_counts(texts: pd.Series, name: str) -> NDArray[np.int64]:
    """Return the weights of the table `name`, of shape (n,), as whole numbers.

    Raises:
        InputError: a weight is missing, negative, fractional, too large or no number.
    """
    numbers = pd.to_numeric(texts.astype(object), errors="coerce")
    bad = texts[~((numbers >= 0) & (numbers % 1 == 0) & (numbers < MOST_ROWS))]
    if len(bad):
        raise refuse_count(bad.iloc[0], str(texts.name), name)
    return numbers.to_numpy(np.int64)


def refuse_count(given: object, weight: str, name: str) -> InputError:
    """Return the error of a weight that is no count."""
    shown = repr(given) if isinstance(given, str) and given else "an empty value"
    return InputError(
        f"{name}: the weight {weight!r} holds {shown}; counts are whole numbers from 0 to {MOST_ROWS - 1:,}"
    )
