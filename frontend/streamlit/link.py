"""The link: a row as the parameters of the page's address, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

LARGEST = 2**53  # whole numbers up to here are exact in JavaScript; Streamlit refuses larger ones
FIRST_DAY = date(1000, 1, 1)  # Streamlit cannot write earlier ones
BOOLEANS = {"true": True, "false": False}
RESERVED = ("embed", "embed_options")  # parameters of Streamlit's own, in any case

Field = Mapping[str, Any]


def write_link(row: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, str]:
    """Return the parameters of an address that reproduces `row`."""
    return {_parameter(name): _write(value, fields[name]) for name, value in row.items()}


def read_link(parameters: Mapping[str, str], fields: Mapping[str, Field]) -> tuple[dict[str, Any], list[str]]:
    """Return the part of a row that an address has, and a sentence on each parameter that cannot be used."""
    row, wrong = {}, []
    names = {_parameter(name): name for name in fields}
    for parameter, text in parameters.items():
        if parameter not in names:
            wrong.append(f"{parameter} is not a field of this model.")
            continue
        name = names[parameter]
        value = _read(text, fields[name])
        if fits(value, fields[name]):
            row[name] = value
        else:
            wrong.append(f"{fields[name]['x-label']}: “{text}” is not a value of this field.")
    return row, wrong


def fits(value: Any, field: Field) -> bool:
    """Return whether a field can have `value`, and its widget can show it."""
    if value is None:
        return is_nullable(field)
    if field["x-kind"] == "boolean":
        return isinstance(value, bool)
    if field["x-kind"] == "category":
        return isinstance(value, str) and (is_open(field) or value in field["enum"])
    if field["x-kind"] == "date":
        return isinstance(value, str) and _is_date(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return not is_whole(field) or (value == int(value) and abs(value) < LARGEST)


def choices_of(field: Field) -> list[Any]:
    """Return the choices of a field, Yes before No, those told apart if it takes any text; none of numbers or dates."""
    choices = list(field.get("enum", field.get("x-choices", ())))
    return [True, *(choice for choice in choices if choice is not True)] if field["x-kind"] == "boolean" else choices


def is_nullable(field: Field) -> bool:
    """Return whether a field may be missing."""
    return "null" in field["type"]


def is_open(field: Field) -> bool:
    """Return whether a category takes texts that are none of its choices."""
    return "x-choices" in field


def is_whole(field: Field) -> bool:
    """Return whether a number field takes whole numbers only, small enough for a browser."""
    return "integer" in field["type"] and max(map(abs, field["x-range"])) < LARGEST


def _parameter(name: str) -> str:
    return f"{name} (field)" if name.lower() in RESERVED else name


def _write(value: Any, field: Field) -> str:
    if value is None:
        return _missing(field)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value!r}" if isinstance(value, float) else str(value)


def _read(text: str, field: Field) -> Any:
    if is_nullable(field) and text == _missing(field):
        return None
    if field["x-kind"] == "boolean":
        return BOOLEANS.get(text, text)
    if field["x-kind"] != "number":
        return text
    try:
        number = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return text
    return int(number) if is_whole(field) and math.isfinite(number) and number == int(number) else number


def _missing(field: Field) -> str:
    """Return the text that stands for a missing value: the first of some that is no choice itself."""
    return next(text for text in ("", "null", "␀") if text not in choices_of(field))


def _is_date(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and day >= FIRST_DAY
