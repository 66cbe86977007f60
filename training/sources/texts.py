"""Texts: the one text form of each value, so that a table is the same whichever source it is read from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from training.errors import InputError

# A number as programs write it. "007" and "+5" may be codes, and stay texts.
NUMERAL = re.compile(r"(-?(?:0|[1-9][0-9]*))((?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
MISSING_WORDS = frozenset(
    ["NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "?", "-", ".", "missing", "unknown"]
)
EXACT = 2**53  # up to here every whole number is a float


def parse_numbers(texts: Iterable[object]) -> NDArray[np.float64]:
    """Return the number that each text is written as, NaN for other texts, codes such as 007, and what is missing."""
    numerals = (read_numeral(text) if isinstance(text, str) else None for text in texts)
    return np.array([math.nan if numeral is None else float(numeral) for numeral in numerals], dtype=np.float64)


def write_values(values: Iterable[object], column: str, name: str) -> list[str | None]:
    """Return the texts of values from `column` of the table `name`, a database's or a Parquet file's; None is missing.

    Texts stand as they are, numbers as in `write_number`, truth values as True and False, dates as 2026-01-31, times of
    day with their date as 2026-01-31 12:30:00, in UTC where they have a time zone.

    Raises:
        InputError: a value is no single one, but a list, say.
    """
    try:
        return [_write(value) for value in values]
    except TypeError as error:
        raise InputError(
            f"{name}: the column {column!r} holds values of the type {error}; texts, numbers, truth values and dates "
            "can be read"
        ) from None


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
