"""The row validator, made of the schema in model.json: what is served is exactly what /schema says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from predict.dates import parse_date
from predict.problems import RowError, Schema, refuse_row

Check = Callable[[Any], Any]  # returns a value as the model takes it, or raises ValueError
NUMBERS = (int, float)


class RowValidator:
    """Checks rows against a schema: unknown fields, unseen categories and values of another type are refused."""

    def __init__(self, schema: Schema) -> None:
        """Prepare the checks of `schema`; any text can be a field's name."""
        self._schema = schema
        self._checks = {name: _nullable(value, _check(value)) for name, value in schema["properties"].items()}

    def check(self, given: Any, *, is_brief: bool = False) -> dict[str, Any]:
        """Return a row with every field of the schema, in its order; what is left out is None, as is null.

        Raises:
            RowError: it is no such row; `errors` has an entry per bad field, without what is allowed if `is_brief`.
        """
        if isinstance(given, dict) and given.keys() <= self._checks.keys():
            try:
                return {name: check(given.get(name)) for name, check in self._checks.items()}
            except ValueError:
                pass
        raise self._refusal(given, is_brief=is_brief)

    def _refusal(self, given: Any, *, is_brief: bool) -> RowError:
        if not isinstance(given, dict):
            return refuse_row([None], given, self._schema, is_brief=is_brief)
        bad = [name for name, check in self._checks.items() if not _passes(check, given.get(name))]
        unknown = [name for name in given if name not in self._checks]
        return refuse_row([*bad, *unknown], given, self._schema, is_brief=is_brief)


def _passes(check: Check, value: Any) -> bool:
    try:
        check(value)
    except ValueError:
        return False
    return True


def _check(value: Schema) -> Check:
    """Return the check of a property's values, null left aside."""
    types = value.get("type", ())
    if "boolean" in types:
        return _boolean
    if "enum" in value:
        return _choice(frozenset(value["enum"]))
    if value.get("format") == "date":
        return _date
    return _text if "string" in types else _number(value["minimum"], value["maximum"], whole="integer" in types)


def _nullable(value: Schema, check: Check) -> Check:
    if None in value["enum"] if "enum" in value else "null" in value["type"]:
        return lambda given: None if given is None else check(given)
    return check


def _boolean(given: Any) -> bool:
    if given is True or given is False:
        return given
    raise ValueError


def _choice(choices: frozenset[Any]) -> Check:
    def check(given: Any) -> str:
        if isinstance(given, str) and given in choices:
            return given
        raise ValueError

    return check


def _text(given: Any) -> str:
    if isinstance(given, str) and (given.isascii() or given.encode()):  # which half a surrogate pair cannot be
        return given
    raise ValueError


def _date(given: Any) -> str:
    if isinstance(given, str):
        parse_date(given)
        return given
    raise ValueError


def _number(low: float, high: float, *, whole: bool) -> Check:
    def check(given: Any) -> float:
        is_number = isinstance(given, NUMBERS) and not isinstance(given, bool)
        if is_number and low <= given <= high and (not whole or given % 1 == 0):
            return float(given)
        raise ValueError

    return check
