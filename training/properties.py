"""The properties of the schema: what one feature may hold, from its texts and problem.toml."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cells import BOOLEANS, ISO
from predict.scorer import LARGEST_NUMBER
from training.dates import read_dates
from training.errors import CellError, InputError
from training.kinds import OTHER, Kind, find_distinct, find_kind
from training.problem import Column
from training.sources.texts import parse_numbers

MOST_CHOICES = 1_000
MOST_SHOWN = 3
CURES = 'add it to missing_values in problem.toml if it means that, or set kind = "category" or ignore = true there'

Schema = dict[str, Any]


def derive_property(name: str, texts: pd.Series, counts: NDArray[np.int64], column: Column) -> Schema:
    """Return what one feature may hold.

    Args:
        name: of the column.
        texts: of the distinct rows; missing ones are NaN.
        counts: how often each row occurs.
        column: what problem.toml says of it.

    Raises:
        InputError: the column is empty, or does not hold what problem.toml says.
    """
    missing = texts.isna().to_numpy()
    gaps = int(counts[missing].sum())
    if missing.all():
        raise InputError(f"the column {name!r} is empty; set ignore = true for it in problem.toml")
    if gaps and column.missing is False:
        raise InputError(
            f"the column {name!r} is missing in {gaps:,} rows, but problem.toml has missing = false for it; "
            "fill or drop them, or leave `missing` out"
        )
    kind = find_kind(texts, counts, column)
    distinct = find_distinct(texts)
    make = {"number": _number, "integer": _number, "date": _date, "boolean": _boolean}.get(kind.name, _category)
    return _allow_missing(make(name, distinct, kind, column), nullable=bool(gaps) or bool(column.missing))


def _allow_missing(value: Schema, *, nullable: bool) -> Schema:
    if not nullable:
        return value
    lists: Schema = {key: [*value[key], None] for key in ("enum", "x-choices") if key in value}
    return {**value, "type": [value["type"], "null"], **lists}


def _number(name: str, distinct: list[str], kind: Kind, column: Column) -> Schema:
    # codes such as 007 are numbers only if problem.toml says so
    series = pd.Series(distinct, dtype=object)
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(float) if column.kind else parse_numbers(distinct)
    low, high = column.range or (-LARGEST_NUMBER, LARGEST_NUMBER)
    whole, are_whole = kind.name == "integer", np.trunc(numbers) == numbers
    for usable, words in (
        (~np.isnan(numbers), f"is no number; mend it, or {CURES}"),
        (
            np.abs(numbers) <= LARGEST_NUMBER,
            f"is beyond {LARGEST_NUMBER:.2g}, the largest number there may be; mend it",
        ),
        ((numbers >= float(low)) & (numbers <= float(high)), f"is beyond the range of problem.toml, {low} to {high}"),
        (are_whole | (not whole), 'is no whole number; set kind = "number" for the column'),
    ):
        if not usable.all():
            odd = min(distinct[position] for position in np.flatnonzero(~usable))
            raise CellError(f"{odd!r} {words}", name, odd)
    ends = column.range or (float(numbers.min()), float(numbers.max()))
    return {
        "type": "integer" if whole else "number",
        "minimum": float(low),
        "maximum": float(high),
        "x-kind": "number",
        "x-range": [float(end) for end in ends],
        "x-step": 1 if are_whole.all() else "any",
    }


def _date(name: str, distinct: list[str], kind: Kind, column: Column) -> Schema:
    form = kind.format or ISO
    days = read_dates(distinct, form)
    if bad := sorted(text for text, day in days.items() if day is None):
        raise CellError(f"{bad[0]!r} is no date of the form {form}; mend it, or {CURES}", name, bad[0])
    found = [day for day in days.values() if day]
    ends = list(column.range or (min(found), max(found)))
    hint = {} if form == ISO else {"x-format": form}
    return {"type": "string", "format": "date", "x-kind": "date", "x-range": ends, **hint}


def _boolean(name: str, distinct: list[str], _kind: Kind, _column: Column) -> Schema:
    if odd := sorted(text for text in distinct if text.lower() not in BOOLEANS):
        raise CellError(f"{odd[0]!r} is no truth value, such as true and false, yes and no, 1 and 0", name, odd[0])
    return {"type": "boolean", "enum": [False, True], "x-kind": "boolean"}


def _category(name: str, distinct: list[str], kind: Kind, column: Column) -> Schema:
    if kind.name == "ordered" and not kind.choices and not column.choices:
        raise InputError(
            f"the texts of {name!r}, such as {', '.join(map(repr, sorted(distinct)[:MOST_SHOWN]))}, have no order that "
            "is known; name them with `choices` in problem.toml, lowest first"
        )
    if len(kind.choices) > MOST_CHOICES:
        raise InputError(
            f"the column {name!r} has {len(kind.choices):,} different texts, at most {MOST_CHOICES:,} can be told "
            "apart; leave out other = false in problem.toml, or set ignore = true for it"
        )
    known = set(kind.choices)
    unknown = sorted(value for value in distinct if value not in known)
    if unknown and not kind.other:
        cure = "" if kind.name == "ordered" else ", or set other = true there"
        raise CellError(
            f"{unknown[0]!r} is none of the choices that problem.toml names; add it to them{cure}", name, unknown[0]
        )
    if not known:
        raise InputError(f"the column {name!r} has none of the choices that problem.toml names for it; mend them")
    if kind.other:
        other = name_other(kind.choices)
        return {"type": "string", "x-kind": "category", "x-choices": [*kind.choices, other], "x-other": other}
    ordered = {"x-ordered": True} if kind.name == "ordered" else {}
    return {"type": "string", "enum": list(kind.choices), "x-kind": "category", **ordered}


def name_other(choices: Collection[str]) -> str:
    """Return what stands for all texts but `choices`, and is none of them."""
    other = OTHER
    while other in choices:
        other = f"({other})"
    return other


def is_nullable(value: Schema) -> bool:
    """Return whether a property may be null."""
    return "null" in value["type"]


def choices_of(value: Schema) -> list[Any]:
    """Return the choices of a property, null among them where it may be; of a number or a date none."""
    return [*value.get("enum", ()), *value.get("x-choices", ())]  # it has one of them, or neither
