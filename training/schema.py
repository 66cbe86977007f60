"""The schema: what a row may hold, derived once from the table and problem.toml, as JSON Schema with form hints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cells import BOOLEANS, ISO, MISSING, read_date
from training.dates import read_dates
from training.errors import InputError
from training.problem import Column, Problem
from training.properties import Schema as Schema
from training.properties import choices_of, derive_property, is_nullable
from training.table import Table

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_LISTED = 5


def derive_schema(table: Table, problem: Problem) -> Schema:
    """Return the JSON Schema of a row: a property per feature, in the table's order, with `x-` hints for forms.

    Raises:
        InputError: a column is empty, or does not hold what problem.toml says.
    """
    names = [name for name in table.rows.columns if name != problem.target]
    features = [name for name in names if not problem.columns.get(name, Column()).ignore]
    labels = [label_column(name, problem) for name in features]
    properties = {}
    for position, (name, label) in enumerate(zip(features, labels, strict=True)):
        column = problem.columns.get(name, Column())
        hints = {
            "x-label": label if labels.count(label) == 1 else name,  # g, G and "g " would all be G
            "x-order": position,
            "x-sensitive": name in problem.sensitive,
        }
        if column.description:
            hints["description"] = column.description
        if column.unit:
            hints["x-unit"] = column.unit
        value = derive_property(name, table.rows[name], table.counts, column)
        values = parse_feature(table.rows[name], value)
        properties[name] = value | hints | {"x-example": _typical(name, values, table.counts, value, column)}
    missing = problem.missing_values
    return {
        "$schema": DIALECT,
        "title": problem.title,
        "type": "object",
        "properties": properties,
        "required": [name for name in features if not is_nullable(properties[name])],
        "additionalProperties": False,
        **({"x-missing": missing} if missing != [*MISSING] else {}),
    }


def label_column(name: str, problem: Problem) -> str:
    """Return what people read for a column: problem.toml's label, or its name with spaces and a capital."""
    words = name.replace("_", " ").strip()
    return problem.columns.get(name, Column()).label or words[:1].upper() + words[1:] or name


def parse_features(rows: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the features of `rows`, texts, in the schema's order and as the API has them; what is missing is NaN.

    Categories and dates are columns of texts, a date as YYYY-MM-DD, booleans of True and False, numbers of floats.
    """
    parsed = {name: parse_feature(rows[name], value) for name, value in schema["properties"].items()}
    return pd.DataFrame(parsed, index=rows.index)


def parse_feature(texts: pd.Series, value: Schema) -> pd.Series:
    """Return the values of one column of texts, as parse_features does; `value` is its property."""
    if value["x-kind"] == "number":
        return texts.astype(float)
    if value["x-kind"] not in ("date", "boolean"):
        return texts.astype(object)
    codes, distinct = pd.factorize(texts)
    if value["x-kind"] == "date":
        read: list[Any] = [day or np.nan for day in read_dates(distinct, value.get("x-format", ISO)).values()]
    else:
        read = [BOOLEANS[text.lower()] for text in distinct]
    return pd.Series(np.array([*read, np.nan], dtype=object)[codes], texts.index, object, texts.name)


def typical_row(schema: Schema) -> dict[str, Any]:
    """Return the most common choice and the median number or date of each feature."""
    return {name: value["x-example"] for name, value in schema["properties"].items()}


def median(values: pd.Series, counts: NDArray[np.int64]) -> Any:
    """Return the lower median of numbers or ISO dates, one that occurs; `counts` says how often each stands there."""
    present = values.notna().to_numpy()
    totals = pd.Series(counts[present]).groupby(values[present].to_numpy()).sum()
    return totals.index[int(np.searchsorted(totals.cumsum(), totals.sum() / 2))]


def _typical(name: str, values: pd.Series, counts: NDArray[np.int64], value: Schema, column: Column) -> Any:
    """Return what problem.toml says, else the most common choice, of equals the first, or the median."""
    choices = choices_of(value)
    if column.typical is not None:
        return _check_typical(name, column.typical, value)
    if not choices:
        found = median(values, counts)
        return found if value["x-kind"] == "date" else float(found)
    missing = values.isna().to_numpy()
    rows = pd.Series(counts[~missing]).groupby(values[~missing].to_numpy()).sum().to_dict()
    rows[None] = int(counts[missing].sum())
    if "x-other" in value:
        rows[value["x-other"]] = 0  # they are many, and none of them is common
    return max(choices, key=lambda choice: rows.get(choice, 0))


def _check_typical(name: str, given: Any, value: Schema) -> Any:
    """Return what problem.toml says is typical, as the API has it; the empty text is what is missing, if it may be."""
    choices = choices_of(value)
    if given == "" and is_nullable(value) and "" not in choices:
        return None
    if value["x-kind"] == "number":
        fits = type(given) in (int, float) and value["minimum"] <= given <= value["maximum"]
        fits = fits and (given % 1 == 0 or "integer" not in value["type"])
        allowed = f"a number from {value['minimum']:g} to {value['maximum']:g}" + ", a whole one" * (
            "integer" in value["type"]
        )
    elif value["x-kind"] == "date":
        fits = isinstance(given, str) and read_date(given, ISO) == given
        allowed = "a date such as 2024-12-31"
    else:
        fits = any(given == choice and type(given) is type(choice) for choice in choices)  # to Python, 1 is True
        allowed = f"one of {', '.join(map(repr, choices[:MOST_LISTED]))}" + ", ..." * (len(choices) > MOST_LISTED)
    if not fits:
        raise InputError(f"[columns.{name}]: typical = {given!r} should be {allowed}")
    return float(given) if value["x-kind"] == "number" else given
