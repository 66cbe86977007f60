"""Dates, written YYYY-MM-DD, and the numbers that they have: year, month, weekday and days since another date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

PARTS = ("year", "month", "weekday", "days")
ORIGIN = "1970-01-01"


def parse_date(text: str) -> date:
    """Return the date that `text` is, from 0001-01-01 to 9999-12-31.

    Raises:
        TypeError, ValueError: it is no text, or none that is written YYYY-MM-DD.
    """
    if len(text) != 10 or text[4] != "-" or text[7] != "-":  # date.fromisoformat reads week dates, too
        raise ValueError("a date is written YYYY-MM-DD")
    return date.fromisoformat(text)


def find_part(part: str, since: str = ORIGIN) -> Callable[[str], int]:
    """Return what gives this part of a date: Monday's weekday is 0, and `days` are counted from `since`.

    Raises:
        KeyError: there is no such part.
    """
    first = parse_date(since).toordinal()
    parts: dict[str, Callable[[str], int]] = {
        "year": lambda text: parse_date(text).year,
        "month": lambda text: parse_date(text).month,
        "weekday": lambda text: parse_date(text).weekday(),
        "days": lambda text: parse_date(text).toordinal() - first,
    }
    return parts[part]


def expand(frame: Any, since: str, fill: str | None = None) -> Any:
    """Return the parts of the dates in a DataFrame's one column, for scikit-learn's FunctionTransformer.

    It lies here because a pickled pipeline refers to it by name, and the image that serves one has no training package.

    Args:
        frame: a column of texts, YYYY-MM-DD; missing ones are NaN.
        since: the date that days are counted from.
        fill: the date that a missing one counts as. If None, its parts are NaN.

    Returns:
        Year, month, weekday, days: shape (n, 4); with `fill` a fifth column, 1 where the date is missing, else 0.
    """
    import numpy as np  # the function has none

    find = [find_part(part, since) for part in PARTS]
    codes, texts = frame.iloc[:, 0].factorize()  # dates recur; -1, for a missing one, is the last line of the table
    table = np.array([[*(of(text) for of in find), 0] for text in texts], dtype=float).reshape(-1, 5)
    gap = [np.nan] * 4 if fill is None else [of(fill) for of in find]
    return np.vstack([table, [*gap, 1]])[codes, : 4 if fill is None else 5]
