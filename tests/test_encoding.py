"""A fitted encoder is followed to inputs that make exactly the numbers that it makes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from predict.dates import expand
from predict.inputs import Inputs
from training.columns import Number, to_inputs
from training.edges import to_records
from training.encoding import trace_columns

ROWS = pd.DataFrame(
    {
        "x": [1.5, np.nan, -3.25, 1e10, 0.1],
        "y": [0.3, 0.7, 1.9, -2.3, 0.1],
        "colour": pd.Series(["red", "blue", np.nan, "red", "green"], dtype=object),
        "member": pd.Series([True, False, True, np.nan, True], dtype=object),
        "day": pd.Series(["2024-02-29", "1999-12-31", np.nan, "0001-01-01", "2024-03-01"], dtype=object),
    }
)
FILLED = SimpleImputer(strategy="most_frequent")
COLOURS = np.array(["red", "green"], dtype=object)
WITH_GAP = np.array(["blue", "red", "green", np.nan], dtype=object)
EXPANDED = FunctionTransformer(expand, kw_args={"since": "2000-01-01", "fill": "2020-02-29"})
OPEN_CODES = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, categories=[COLOURS])
NAN_CODES = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, categories=[COLOURS])

Parts = list[tuple[Any, Any]]


def fit(parts: Parts, **settings: Any) -> ColumnTransformer:
    named = [(str(place), transformer, chosen) for place, (transformer, chosen) in enumerate(parts)]
    encoder: ColumnTransformer = ColumnTransformer(named, **settings).fit(ROWS)
    return encoder


def write_inputs(encoder: Any) -> list[dict[str, Any]]:
    names = [str(name) for name in ROWS]
    columns = trace_columns(encoder, [Number(name) for name in names])
    inputs = to_inputs([(column, "high" if column.reaches_nan(names) else None) for column in columns])
    return list(json.loads(json.dumps(inputs, allow_nan=False)))


@pytest.mark.parametrize(
    "parts",
    [
        [("passthrough", ["x", "y"])],
        [("drop", ["x"]), ("passthrough", ["y"])],
        [(StandardScaler(), ["y", "x"])],
        [(StandardScaler(with_mean=False), ["y"]), (StandardScaler(with_std=False), ["y"])],
        [(MinMaxScaler(feature_range=(-1, 3)), ["x", "y"])],
        [(SimpleImputer(), ["x", "y"])],
        [(SimpleImputer(strategy="median", add_indicator=True), ["y", "x"])],
        [(make_pipeline(SimpleImputer(strategy="constant", fill_value=7, add_indicator=True), StandardScaler()), ["x"])],
        [(make_pipeline(StandardScaler(), SimpleImputer(strategy="constant", fill_value=-9.0)), ["x"])],
        [(make_pipeline(MinMaxScaler(), SimpleImputer(add_indicator=True), "passthrough"), ["x"])],
        [(OneHotEncoder(sparse_output=False), ["colour", "member"])],
        [(OneHotEncoder(), ["colour"]), ("passthrough", ["y"])],
        [(OneHotEncoder(sparse_output=False, categories=[COLOURS], handle_unknown="ignore"), ["colour"])],
        [(make_pipeline(FILLED, OneHotEncoder(sparse_output=False)), ["colour", "member"])],
        [(make_pipeline(OneHotEncoder(sparse_output=False), StandardScaler()), ["colour"])],
        [(make_pipeline(FILLED, OneHotEncoder(sparse_output=False), MinMaxScaler((2, 5))), ["colour"])],
        [(OrdinalEncoder(categories=[WITH_GAP]), ["colour"])],
        [(OrdinalEncoder(categories=[WITH_GAP], encoded_missing_value=-5), ["colour"])],
        [(make_pipeline(OrdinalEncoder(), SimpleImputer(add_indicator=True), StandardScaler()), ["colour", "member"])],
        [(OPEN_CODES, ["colour"]), (NAN_CODES, ["colour"])],
        [(make_pipeline(FILLED, OPEN_CODES), ["colour"])],
        [(EXPANDED, ["day"]), (FunctionTransformer(expand, kw_args={"since": "2000-01-01"}), ["day"])],
        [(make_pipeline(EXPANDED, StandardScaler()), ["day"]), (make_pipeline(EXPANDED, MinMaxScaler()), ["day"])],
        [(FunctionTransformer(), ["y"]), ("passthrough", slice(0, 2)), ("passthrough", [1])],
        [("passthrough", [True, True, False, False, False]), (StandardScaler(), [])],
        [(Pipeline([("inner", ColumnTransformer([("b", StandardScaler(), [1])], remainder="passthrough"))]), ["x", "y"])],
    ],
)  # fmt: skip
def test_inputs_make_what_the_encoder_makes(parts: Parts) -> None:
    encoder = fit(parts)
    expected = encoder.transform(ROWS)
    expected = np.asarray(expected.toarray() if hasattr(expected, "toarray") else expected, dtype=float)
    inputs = Inputs(write_inputs(encoder))
    found = np.array([inputs.encode(row) for row in to_records(ROWS)])
    assert np.array_equal(found, np.where(np.isnan(expected), np.inf, expected))


def test_inputs_that_are_only_near_are_told_apart() -> None:
    """The twin of the test above: a billionth part of the mean shows."""
    inputs = write_inputs(fit([(StandardScaler(), ["y"])]))
    inputs[0]["mean"] *= 1 + 1e-9
    expected = fit([(StandardScaler(), ["y"])]).transform(ROWS)
    assert not np.array_equal([Inputs(inputs).encode(row) for row in to_records(ROWS)], expected)


def test_inputs_are_written_in_few_words() -> None:
    scaled = make_pipeline(SimpleImputer(strategy="constant", fill_value=3.0), MinMaxScaler())
    one_hot = OneHotEncoder(categories=[COLOURS], handle_unknown="ignore")
    filled = make_pipeline(FILLED, OneHotEncoder(categories=[[False, True]]))
    parts = [
        (scaled, ["y"]),
        (one_hot, ["colour"]),
        (filled, ["member"]),
        (OPEN_CODES, ["colour"]),
        (EXPANDED, ["day"]),
    ]
    date = {"field": "day", "mean": 0.0, "scale": 1.0}
    assert write_inputs(fit(parts)) == [
        {
            "field": "y",
            "factor": pytest.approx(1 / 4.2),
            "offset": pytest.approx(2.3 / 4.2),
            "missing": pytest.approx(5.3 / 4.2),
        },
        {"field": "colour", "one_hot": ["red", "green"], "other": True},
        {"field": "member", "one_hot": [False, True], "missing": True},
        {"field": "colour", "choices": ["red", "green"], "codes": [0.0, 1.0], "other": -1.0},
        {**date, "part": "year", "missing": 2020.0},
        {**date, "part": "month", "missing": 2.0},
        {**date, "part": "weekday", "missing": 5.0},
        {**date, "part": "days", "since": "2000-01-01", "missing": 7364.0},
        {"field": "day", "is_missing": [0.0, 1.0]},
    ]


def test_whole_encoder_may_be_a_pipeline_of_any_depth() -> None:
    inner = ColumnTransformer([("a", SimpleImputer(), ["x", "y"])], verbose_feature_names_out=False)
    outer = ColumnTransformer([("b", MinMaxScaler(), [1])], remainder=StandardScaler())
    encoder = Pipeline([("first", inner), ("again", Pipeline([("second", outer), ("none", None)]))]).fit(ROWS)
    inputs = Inputs(write_inputs(encoder))
    assert np.array_equal([inputs.encode(row) for row in to_records(ROWS)], encoder.transform(ROWS))


def to_zero(x: Any) -> Any:
    return 0 * x


@pytest.mark.parametrize(
    ("transformer", "chosen", "name"),
    [
        (KBinsDiscretizer(2), ["y"], "KBinsDiscretizer"),
        (MissingIndicator(), ["x"], "MissingIndicator"),
        (FunctionTransformer(to_zero), ["y"], "FunctionTransformer of to_zero"),
        (make_pipeline(FILLED, FunctionTransformer(to_zero)), ["y"], "FunctionTransformer of to_zero"),
        (MinMaxScaler(clip=True), ["y"], "MinMaxScaler with clip=True"),
        (make_pipeline(StandardScaler(), MinMaxScaler()), ["y"], "two scalings of one number, 'y'"),
        (OneHotEncoder(drop="first"), ["colour"], "OneHotEncoder that drops categories"),
        (OneHotEncoder(min_frequency=2), ["colour"], "OneHotEncoder that joins categories"),
        (OrdinalEncoder(max_categories=2), ["colour"], "OrdinalEncoder that joins categories"),
        (OneHotEncoder(), ["y"], "numbers as categories, which 'y' holds"),
        (make_pipeline(EXPANDED, OneHotEncoder(handle_unknown="ignore")), ["day"], "numbers as categories"),
        (make_pipeline(OrdinalEncoder(), OneHotEncoder()), ["colour"], "categories that are encoded twice"),
        (SimpleImputer(missing_values=0.1), ["y"], "SimpleImputer with missing_values=0.1"),
        (
            make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OPEN_CODES),
            ["colour"],
            "'none' for gaps",
        ),
        (make_pipeline(FILLED, "passthrough"), ["colour"], "'red' for gaps of the number 'colour'"),
        ("passthrough", slice("x", "y"), "ColumnTransformer with a slice of names"),
    ],
)
def test_what_inputs_have_no_words_for_is_refused_by_name(transformer: Any, chosen: Any, name: str) -> None:
    encoder = fit([(transformer, chosen)])
    with pytest.raises(TypeError, match=f"^there is no portable bake of .*{name}"):
        write_inputs(encoder)


def test_weights_of_transformers_are_refused() -> None:
    encoder = fit([("passthrough", ["y"])], transformer_weights={"0": 2.0})
    with pytest.raises(TypeError, match="^there is no portable bake of ColumnTransformer with transformer_weights$"):
        write_inputs(encoder)
