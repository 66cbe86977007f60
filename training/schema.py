"""The schema: what a row may hold, derived once from the table and problem.toml, as JSON Schema with form hints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.scorer import LARGEST_NUMBER
from training.errors import InputError
from training.problem import Column, Problem
from training.sources.texts import parse_numbers
from training.table import Table

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_CHOICES = 1_000

Schema = dict[str, Any]


def derive_schema(table: Table, problem: Problem) -> Schema:
    """Return the JSON Schema of a row: a property per feature, in the table's order, with `x-` hints for forms.

    Raises:
        InputError: a column is empty, has gaps where none are allowed, or does not hold what problem.toml says.
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
        value = _value(name, table, column)
        properties[name] = value | hints | {"x-example": _typical(value, table.rows[name], table.counts)}
    required = [name for name in features if None not in properties[name].get("enum", [])]
    return {
        "$schema": DIALECT,
        "title": problem.title,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def label_column(name: str, problem: Problem) -> str:
    """Return what people read for a column: problem.toml's label, or its name with spaces and a capital."""
    words = name.replace("_", " ").strip()
    return problem.columns.get(name, Column()).label or words[:1].upper() + words[1:] or name


def parse_features(rows: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the features of `rows` in the schema's order: categories as texts (missing: NaN), numbers as floats."""
    parsed = {}
    for name, value in schema["properties"].items():
        column = rows[name]
        parsed[name] = column.astype(float) if value["x-kind"] == "number" else column.astype(object)
    return pd.DataFrame(parsed, index=rows.index)


def typical_row(schema: Schema) -> dict[str, Any]:
    """Return the most common choice and the median number of each feature."""
    return {name: value["x-example"] for name, value in schema["properties"].items()}


def _typical(value: Schema, texts: pd.Series, counts: NDArray[np.int64]) -> Any:
    """Return the most common choice, of equals the first, or the median number (the lower one, which occurs)."""
    if value["x-kind"] == "number":
        totals = pd.Series(counts).groupby(texts.astype(float).to_numpy()).sum()
        return float(totals.index[int(np.searchsorted(totals.cumsum(), totals.sum() / 2))])
    rows = {choice: int(counts[texts.isna() if choice is None else texts == choice].sum()) for choice in value["enum"]}
    return max(rows, key=rows.__getitem__)


def _value(name: str, table: Table, column: Column) -> Schema:
    """Return what one feature may hold, from its distinct texts."""
    texts = table.rows[name]
    gaps = int(table.counts[texts.isna()].sum())
    distinct = texts.dropna().unique()
    if not len(distinct):
        raise InputError(f"the column {name!r} is empty; set ignore = true for it in problem.toml")
    # codes such as 007 are numbers only if problem.toml says so
    series = pd.Series(distinct, dtype=object)
    numbers = (
        pd.to_numeric(series, errors="coerce").to_numpy(float) if column.kind == "number" else parse_numbers(distinct)
    )
    usable = np.isfinite(numbers) & (np.abs(numbers) <= LARGEST_NUMBER)
    if column.kind == "number" or (column.kind is None and column.choices is None and usable.all()):
        if not usable.all():
            raise InputError(f"the column {name!r} is to be a number, but holds {distinct[~usable][0]!r}")
        if gaps:
            raise InputError(
                f"the number {name!r} is missing in {gaps:,} rows, which is not supported yet; "
                'fill the gaps, or set kind = "category" or ignore = true for it in problem.toml'
            )
        return _number(numbers)
    return _category(name, sorted(distinct), column.choices, gaps)


def _number(numbers: np.ndarray) -> Schema:
    low, high = float(numbers.min()), float(numbers.max())
    return {
        "type": "number",
        "minimum": -LARGEST_NUMBER,
        "maximum": LARGEST_NUMBER,
        "x-kind": "number",
        "x-range": [low, high],
        "x-step": 1 if (numbers % 1 == 0).all() else "any",
    }


def _category(name: str, distinct: list[str], choices: list[str] | None, gaps: int) -> Schema:
    if len(distinct) > MOST_CHOICES:
        raise InputError(
            f"the column {name!r} has {len(distinct):,} different texts, as an identifier or free text has; "
            "set ignore = true for it in problem.toml"
        )
    unknown = [value for value in distinct if choices is not None and value not in choices]
    if unknown:
        raise InputError(f"the column {name!r} holds {unknown[0]!r}, which its choices in problem.toml do not name")
    enum: list[str | None] = [choice for choice in choices or distinct if choice in set(distinct)]
    if gaps:
        return {"type": ["string", "null"], "enum": [*enum, None], "x-kind": "category"}
    return {"type": "string", "enum": enum, "x-kind": "category"}
