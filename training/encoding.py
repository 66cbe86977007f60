"""The encoding: a fitted encoder, followed from the fields of a row to each column that comes out of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

from predict.dates import PARTS, expand, find_part
from training.columns import Affine, Column, Number, is_nan

Columns = list[Column]


def trace_columns(encoder: Any, columns: Columns) -> Columns:
    """Return the columns that a fitted encoder, or any part of one, makes of these.

    Known are ColumnTransformer and Pipeline, nested as one likes, of SimpleImputer, StandardScaler, MinMaxScaler,
    OneHotEncoder, OrdinalEncoder, FunctionTransformer (of predict.dates.expand, or of no function), passthrough, drop.

    Raises:
        TypeError: the encoder holds anything else, or does what the inputs of model.json have no words for.
    """
    if isinstance(encoder, str) and encoder in ("passthrough", "drop"):
        return columns if encoder == "passthrough" else []
    for kind, trace in _TRACES.items():
        if isinstance(encoder, kind):
            traced: Columns = trace(encoder, columns)
            return traced
    raise _unknown(type(encoder).__name__)


def _unknown(name: str) -> TypeError:
    return TypeError(f"there is no portable bake of {name}")


def _trace_pipeline(pipeline: Pipeline, columns: Columns) -> Columns:
    for _name, step in pipeline.steps:
        columns = trace_columns("passthrough" if step is None else step, columns)
    return columns


def _trace_parts(encoder: ColumnTransformer, columns: Columns) -> Columns:
    if encoder.transformer_weights:
        raise _unknown("ColumnTransformer with transformer_weights")
    names = list(getattr(encoder, "feature_names_in_", ()))
    out: Columns = []
    for _name, transformer, chosen in encoder.transformers_:
        given = [columns[at] for at in _positions(chosen, names, len(columns))]
        out += trace_columns(transformer, given) if given else []
    return out


def _positions(chosen: Any, names: list[str], width: int) -> list[int]:
    """Return the places of the columns that a part of a ColumnTransformer takes, by whatever they are named there."""
    if isinstance(chosen, slice):
        if isinstance(chosen.start or chosen.stop, str):
            raise _unknown("ColumnTransformer with a slice of names")
        return list(range(width))[chosen]
    listed = np.asarray(chosen)
    if not listed.size:
        return []
    if listed.dtype.kind in "OU":
        return [names.index(name) for name in listed]
    return [int(place) for place in np.arange(width)[listed]]


def _trace_imputer(imputer: SimpleImputer, columns: Columns) -> Columns:
    if not is_nan(imputer.missing_values):
        raise _unknown(f"SimpleImputer with missing_values={imputer.missing_values!r}")
    fills = [_plain(fill) for fill in imputer.statistics_]
    gaps = [] if imputer.indicator_ is None else [columns[at].gaps() for at in imputer.indicator_.features_]
    kept = [(column, fill) for column, fill in zip(columns, fills, strict=True) if not is_nan(fill)]
    return [column.fill(fill) for column, fill in kept] + gaps


def _trace_standard(scaler: StandardScaler, columns: Columns) -> Columns:
    means = np.zeros(len(columns)) if scaler.mean_ is None or not scaler.with_mean else scaler.mean_
    scales = np.ones(len(columns)) if scaler.scale_ is None else scaler.scale_
    return _trace_affine(columns, ("mean", "scale"), means, scales)


def _trace_min_max(scaler: MinMaxScaler, columns: Columns) -> Columns:
    if scaler.clip:
        raise _unknown("MinMaxScaler with clip=True")
    return _trace_affine(columns, ("factor", "offset"), scaler.scale_, scaler.min_)


def _trace_affine(columns: Columns, names: tuple[str, str], first: Any, second: Any) -> Columns:
    pairs = zip(columns, first, second, strict=True)
    return [column.then(Affine(names, (float(one), float(two)))) for column, one, two in pairs]


def _trace_one_hot(encoder: OneHotEncoder, columns: Columns) -> Columns:
    _refuse_joined(encoder)
    if encoder.drop is not None:
        raise _unknown("OneHotEncoder that drops categories")
    out: Columns = []
    other = None if encoder.handle_unknown == "error" else 0.0
    for column, categories in zip(columns, encoder.categories_, strict=True):
        choices = [_choice(category) for category in categories]
        out += [column.encode({each: float(each == choice) for each in choices}, other) for choice in choices]
    return out


def _trace_ordinal(encoder: OrdinalEncoder, columns: Columns) -> Columns:
    _refuse_joined(encoder)
    other = None if encoder.handle_unknown == "error" else float(encoder.unknown_value)
    out: Columns = []
    for column, categories in zip(columns, encoder.categories_, strict=True):
        codes = {_choice(category): float(place) for place, category in enumerate(categories)}
        if None in codes:
            codes[None] = float(encoder.encoded_missing_value)
        out.append(column.encode(codes, other))
    return out


def _refuse_joined(encoder: OneHotEncoder | OrdinalEncoder) -> None:
    if encoder.min_frequency is not None or encoder.max_categories is not None:
        raise _unknown(f"{type(encoder).__name__} that joins categories")


def _trace_function(transformer: FunctionTransformer, columns: Columns) -> Columns:
    if transformer.func is None:
        return columns
    if transformer.func is not expand or len(columns) != 1:
        raise _unknown(f"FunctionTransformer of {getattr(transformer.func, '__name__', transformer.func)}")
    (column,) = columns
    if not isinstance(column, Number) or column != Number(column.field):
        raise _unknown("dates that something else was done to")
    return _expand(column.field, **transformer.kw_args)


def _expand(field: str, since: str, fill: str | None = None) -> Columns:
    missing = {part: math.nan if fill is None else float(find_part(part, since)(fill)) for part in PARTS}
    parts: Columns = [Number(field, part, since, missing=missing[part]) for part in PARTS]
    return parts if fill is None else [*parts, Number(field).gaps()]


def _choice(category: Any) -> Any:
    """Return the category as the API has it: what is missing is None."""
    plain = _plain(category)
    return None if is_nan(plain) else plain


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


_TRACES: dict[type, Any] = {
    Pipeline: _trace_pipeline,
    ColumnTransformer: _trace_parts,
    SimpleImputer: _trace_imputer,
    StandardScaler: _trace_standard,
    MinMaxScaler: _trace_min_max,
    OneHotEncoder: _trace_one_hot,
    OrdinalEncoder: _trace_ordinal,
    FunctionTransformer: _trace_function,
}
