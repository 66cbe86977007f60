"""Texts: the one text form of each value, so that a table is the same whichever source it is read from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from predict.cells import NUMERAL
from training.errors import CellError

MISSING_WORDS = frozenset(
    ["NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "?", "-", ".", "missing", "unknown"]
)
EXACT = 2**53  # up to here every whole number is a float


def parse_numbers(texts: Iterable[object]) -> NDArray[np.float64]:
    """Return the number that each text is written as, NaN for other texts, codes such as 007, and what is missing."""
    import pyarrow as pa
    from pyarrow import compute

    given = pa.array([text if isinstance(text, str) else None for text in texts], pa.string())
    is_numeral = compute.match_substring_regex(given, f"^{NUMERAL.pattern}$")
    numerals = compute.if_else(is_numeral, given, pa.scalar(None, pa.string()))
    numbers = np.array(numerals.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    for position in np.flatnonzero(np.isinf(numbers)):  # 1e999 is no number, though 1 and 999 zeros is one
        if read_numeral(given[position].as_py()) is None:
            numbers[position] = math.nan
    return numbers


def write_values(values: Iterable[object], column: str) -> list[str | None]:
    """Return the texts of values from `column` of a database or a Parquet file; None is missing.

    Texts stand as they are, numbers as in `write_number`, truth values as True and False, dates as 2026-01-31, times of
    day with their date as 2026-01-31 12:30:00, in UTC where they have a time zone.

    Raises:
        CellError: a value is no single one, but a list, say.
    """
    written = []
    for value in values:
        try:
            written.append(_write(value))
        except TypeError as error:
            raise CellError(
                f"a value of the type {error} is no text, number, truth value or date; set ignore = true for the "
                "column in problem.toml, or write it in another way",
                column,
                str(value),
            ) from None
    return written


def show_values(values: Iterable[object]) -> list[str | None]:
    """Return the texts of values as `write_values` does, and of those that it refuses what Python writes for them."""
    return [_show(value) for value in values]


def _show(value: object) -> str | None:
    try:
        return _write(value)
    except TypeError:
        return str(value)


def _write(value: object) -> str | None:
    match value:
        case None | str():
            return value
        case float() | Decimal():
            return None if value != value else write_number(value)
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case bool() | int() | UUID():
            return str(value)
    raise TypeError(type(value).__name__)


def write_number(number: float | Decimal) -> str:
    """Return the shortest text that reads as this number: 3 for 3.0, 0.1, 1e-07."""
    if isinstance(number, Decimal):
        return format(number, "f")
    return str(int(number)) if abs(number) < EXACT and number.is_integer() else repr(number)


def read_numeral(text: str) -> str | None:
    """Return what `write_number` writes for a number in any notation, such as 0.1 for 0.10, None for other texts."""
    match = NUMERAL.fullmatch(text)
    if match is None:
        return None
    whole, rest = match.groups()
    if not rest:
        return "0" if whole == "-0" else whole
    number = float(text)
    return write_number(number) if math.isfinite(number) else None
