"""The cells of a CSV: what JSON would have in their place, whichever way tables write it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

Read = Callable[[str], Any]

MISSING = ("",)  # the texts that mean missing, where a schema has no `x-missing`
# A number as programs write it. "007" and "+5" may be codes, and stay texts.
NUMERAL = re.compile(r"(-?(?:0|[1-9][0-9]*))((?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of one

BOOLEANS = {
    **{"true": True, "false": False, "t": True, "f": False},
    **{"yes": True, "no": False, "y": True, "n": False, "1": True, "0": False},
}
ISO = "%Y-%m-%d"
CODES = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})"}
ORDERS = ("%Y{0}%m{0}%d", "%d{0}%m{0}%Y", "%m{0}%d{0}%Y")  # in which people write dates, parted by a sign
SEPARATORS = "-/. "
TIME = r"(?:[T ]\d{1,2}:\d\d[:.\d]*(?: ?[AaPp][Mm])?(?: ?[A-Z]{1,4}| ?[-+][\d:]+)?)?"  # of day, which is left out


def disarm(text: str) -> str:
    """Return a text that spreadsheets show: what begins like a formula, and is no number, after an apostrophe."""
    is_formula = text.startswith(FORMULA) and not NUMERAL.fullmatch(text.removeprefix("+"))
    return f"'{text}" if is_formula else text


def make_reader(value: dict[str, Any], missing: Iterable[str] = MISSING) -> Read:
    """Return the function that reads the cells of a column; `value` is its property.

    As in training, a cell is missing if it is one of the texts of `missing`, or in a column of numbers the same number
    as one of them. What cannot be read stays a text, which the validator refuses.
    """
    texts = frozenset(missing)
    read = _reader(value, frozenset(float(text) for text in texts if NUMERAL.fullmatch(text)))
    return lambda cell: None if cell in texts else read(cell)


def _reader(value: dict[str, Any], missing: frozenset[float]) -> Read:
    """Return the function that reads the cells of a column but for the texts that mean missing."""
    types = value["type"]
    if "boolean" in types:
        return lambda cell: BOOLEANS.get(cell.lower(), cell)
    if value.get("format") == "date":
        forms = [form for form in (ISO, value.get("x-format")) if form]
        # What looks like YYYY-MM-DD is left to the validator, which looks closer, and faster.
        return lambda cell: cell if cell[4:5] == "-" and len(cell) == 10 else read_date(cell, *forms) or cell
    if "string" in types:
        return lambda cell: cell
    return lambda cell: None if (found := _number(cell)) in missing else found


def guess_date(text: str) -> str | None:
    """Return the one date that a text can mean; none if it can mean two, as 01/02/2024 can."""
    forms = [order.format(separator) for separator in SEPARATORS for order in ORDERS]
    found = {read_date(text, form) for form in forms} - {None}
    return found.pop() if len(found) == 1 else None


def read_date(text: str, *forms: str) -> str | None:
    """Return the day of a text that is written in one of these forms, as YYYY-MM-DD; a time of day is dropped."""
    for form in forms:
        if match := _pattern(form).fullmatch(text):
            try:
                return datetime.date(*(int(match[part]) for part in "Ymd")).isoformat()
            except ValueError:
                return None
    return None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of a date as strptime's codes have it, with or without a time of day."""
    return re.compile(re.sub("%[Ymd]", lambda code: CODES[code[0]], re.escape(form)) + TIME, re.ASCII)


def _number(cell: str) -> float | str:
    """Return the number that a cell holds, or its text."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else cell
    except ValueError:
        return cell
