"""The encoders: from the fields of a row to the numbers that an estimator takes, in three styles."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from predict.dates import expand
from training.dataset import Rows
from training.properties import Schema, choices_of, is_nullable
from training.schema import median

# scaled: for sums of products, as linear models are; plain: for trees; native: for trees that know categories and gaps
Style = Literal["scaled", "plain", "native"]
MOST_NATIVE = 255  # levels of a category in histogram gradient boosting
Parts = list[tuple[str, Any, list[str]]]


def make_encoder(schema: Schema, rows: Rows, style: Style) -> ColumnTransformer:
    """Return the unfitted encoder of the fields of `schema`, for an estimator of this style.

    - A category is an indicator per choice, all 0 for a text that is none of them. To trees, one that is ordered is the
      position of its choice, and natively any other is a code.
    - A number is itself, or standardised. Where it may be missing, the median stands in, with an indicator, beside
      which it hardly matters what stands in; being a constant, it is exact for rows that stand for many.
    - A date is its year, month, weekday and days since the earliest, with the same for what is missing.
    - Natively, what is missing stays so.

    Args:
        schema: what a row may hold.
        rows: to fit on; natively, choices that do not occur there count as missing.
        style: of the estimator.
    """
    fields = schema["properties"]
    native = list_native(schema) if style == "native" else []
    ordered = [name for name, value in fields.items() if value.get("x-ordered") and style != "scaled"]
    categories = [name for name, value in fields.items() if choices_of(value) and name not in (*native, *ordered)]
    numbers = [name for name, value in fields.items() if value["x-kind"] == "number"]
    gaps = [name for name in numbers if is_nullable(fields[name]) and style != "native"]
    parts: Parts = [("native", _codes(fields, rows, native), native)]
    for name, is_open in (("category", False), ("open", True)):
        names = [each for each in categories if ("x-other" in fields[each]) == is_open]
        parts.append((name, _indicators(fields, names), names))
    missing = np.nan if style == "native" else -1
    levels = [_levels(fields[name]) for name in ordered]
    parts.append(("ordered", OrdinalEncoder(categories=levels, encoded_missing_value=missing), ordered))
    parts.append(("number", _scaled("passthrough", style), [name for name in numbers if name not in gaps]))
    dates = [name for name, value in fields.items() if value["x-kind"] == "date"]
    for position, name in enumerate(gaps):
        fill = _fill(rows, name, fields[name])
        imputer = SimpleImputer(strategy="constant", fill_value=fill, add_indicator=True, keep_empty_features=True)
        parts.append((f"number {position}", _scaled(imputer, style), [name]))
    for position, name in enumerate(dates):
        value = fields[name]
        fill = _fill(rows, name, value) if is_nullable(value) and style != "native" else None
        date = FunctionTransformer(expand, kw_args={"since": value["x-range"][0], "fill": fill})
        parts.append((f"date {position}", _scaled(date, style), [name]))
    return ColumnTransformer([part for part in parts if part[2]], n_jobs=1)  # a search is what runs in parallel


def list_native(schema: Schema) -> list[str]:
    """Return the categories that histogram gradient boosting splits by itself: the first columns of its encoder."""
    return [
        name
        for name, value in schema["properties"].items()
        if 0 < len(choices_of(value)) <= MOST_NATIVE and not value.get("x-ordered")
    ]


def _levels(value: Schema) -> NDArray[Any]:
    """Return the choices that are told apart; pandas' missing is NaN."""
    told = [choice for choice in choices_of(value) if choice is None or choice != value.get("x-other")]
    return np.array([np.nan if choice is None else choice for choice in told], dtype=object)


def _codes(fields: dict[str, Schema], rows: Rows, names: list[str]) -> OrdinalEncoder:
    """Return the encoder of choices to codes; one that does not occur in `rows` counts as missing."""
    levels = []
    for name in names:
        told = [choice for choice in _levels(fields[name]) if choice is not np.nan]
        seen = set(rows.features[name].dropna().unique())
        levels.append(np.array([choice for choice in told if choice in seen] or told, dtype=object))
    return OrdinalEncoder(categories=levels, handle_unknown="use_encoded_value", unknown_value=np.nan)


def _indicators(fields: dict[str, Schema], names: list[str]) -> OneHotEncoder:
    unknown = "ignore" if any("x-other" in fields[name] for name in names) else "error"
    levels = [_levels(fields[name]) for name in names]
    return OneHotEncoder(categories=levels, sparse_output=False, handle_unknown=unknown)


def _fill(rows: Rows, name: str, value: Schema) -> Any:
    """Return what stands in where a number or a date is missing: the median of the rows, or the least where none is."""
    values = rows.features[name]
    return value["x-range"][0] if values.isna().all() else median(values, rows.counts)


def _scaled(transformer: Any, style: Style) -> Any:
    if style != "scaled":
        return transformer
    scaler = StandardScaler().set_fit_request(sample_weight=True)
    return scaler if transformer == "passthrough" else Pipeline([("encoder", transformer), ("scaler", scaler)])
