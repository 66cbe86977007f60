"""The link: a row as the parameters of the page's address, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

LARGEST = 2**53  # whole numbers up to here are exact in JavaScript; Streamlit refuses larger ones


def write_link(row: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of an address that reproduces `row`."""
    return {name: _write(value, fields[name]) for name, value in row.items()}


def read_link(parameters: Mapping[str, str], fields: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the part of a row that an address has, and a sentence on each parameter that cannot be used."""
    row, wrong = {}, []
    for name, text in parameters.items():
        if name not in fields:
            wrong.append(f"{name} is not a field of this model.")
            continue
        value = _read(text, fields[name])
        if fits(value, fields[name]):
            row[name] = value
        else:
            wrong.append(f"{fields[name]['x-label']}: “{text}” is not a value of this field.")
    return row, wrong


def fits(value: Any, field: Mapping[str, Any]) -> bool:
    """Return whether a field can have `value`, and its widget can show it."""
    if "enum" in field:
        return value in field["enum"] and not isinstance(value, bool)
    if field["x-kind"] == "date":
        return isinstance(value, str) and _is_date(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return not is_whole(field) or (value == int(value) and abs(value) < LARGEST)


def is_whole(field: Mapping[str, Any]) -> bool:
    """Return whether a number field takes whole numbers, small enough for a browser."""
    return field.get("x-step") == 1 and max(map(abs, field["x-range"])) < LARGEST


def _write(value: Any, field: Mapping[str, Any]) -> str:
    if value is None:
        return _missing(field)
    return f"{value!r}" if isinstance(value, float) else str(value)


def _read(text: str, field: Mapping[str, Any]) -> Any:
    if "enum" in field:
        return None if text == _missing(field) and None in field["enum"] else text
    if field["x-kind"] == "date":
        return text
    try:
        number = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return text
    return int(number) if is_whole(field) and math.isfinite(number) and number == int(number) else number


def _missing(field: Mapping[str, Any]) -> str:
    """Return the text that stands for a missing value: the first of some that is no choice itself."""
    return next(text for text in ("", "null", "␀") if text not in field.get("enum", []))


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
