"""Encoders make of the fields of a row the numbers that each style of estimator takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.typing import NDArray

from tests.tables import make_problem, make_table
from training.dataset import Dataset, prepare
from training.encoders import Style, list_native, make_encoder
from training.problem import Column

ROWS = 60
COLUMNS: dict[str, list[Any]] = {
    "n": [None, "1", "2", "3", "2"],
    "whole": ["5", "6", "7", "8", "9"],
    "colour": ["red", None, "blue", "red", "blue"],
    "city": ["a", "b", "c", "a", "b"],
    "size": ["low", "high", "medium", None, "low"],
    "paid": ["true", "false", None, "true", "false"],
    "day": ["2024-01-01", "2024-02-29", None, "2024-01-02", "2024-01-01"],
}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    values = {name: texts * (ROWS // 5) for name, texts in COLUMNS.items()}
    table = make_table({**values, "y": [position % 2 for position in range(ROWS)]})
    columns = {"city": Column(choices=["a", "b"], other=True), "whole": Column(kind="integer")}
    return prepare(table, make_problem(columns=columns))


ROW = {"n": 2.0, "whole": 6.0, "colour": "red", "city": "a", "size": "medium", "paid": True, "day": "2024-02-29"}
GAPS = {**ROW, "n": np.nan, "colour": np.nan, "size": np.nan, "paid": np.nan, "day": np.nan}
OTHER = {**ROW, "city": "zzz"}


def encode(dataset: Dataset, style: Style, *rows: Mapping[Any, Any]) -> NDArray[np.float64]:
    """Return what the encoder, fitted on the training rows, makes of rows."""
    with sklearn.config_context(enable_metadata_routing=True):
        encoder = make_encoder(dataset.schema, dataset.train, style)
        weights = {"sample_weight": dataset.train.counts} if style == "scaled" else {}
        encoder.fit(dataset.train.features, **weights)
    given = pd.DataFrame(rows).astype(dict.fromkeys(("colour", "city", "size", "paid", "day"), object))
    return np.asarray(encoder.transform(given[list(dataset.schema["properties"])]), dtype=float)


def test_plain_features_are_indicators_positions_and_numbers(dataset: Dataset) -> None:
    found = encode(dataset, "plain", ROW, GAPS, OTHER)
    expected = [
        # blue, red, none; false, true, none   a, b    size  whole  n, missing    year, month, weekday, days, missing
        [0, 1, 0, 0, 1, 0, 1, 0, 1, 6, 2, 0, 2024, 2, 3, 59, 0],
        [0, 0, 1, 0, 0, 1, 1, 0, -1, 6, 2, 1, 2024, 1, 0, 0, 1],  # the typical number and date stand in
        [0, 1, 0, 0, 1, 0, 0, 0, 1, 6, 2, 0, 2024, 2, 3, 59, 0],  # another city is none of both
    ]
    np.testing.assert_array_equal(found, expected)


def test_native_features_keep_what_is_missing(dataset: Dataset) -> None:
    assert list_native(dataset.schema) == ["colour", "city", "paid"]
    found = encode(dataset, "native", ROW, GAPS, OTHER)
    nan = np.nan
    expected = [
        # colour, city, paid, size, whole, n, year, month, weekday, days
        [1, 0, 1, 1, 2, 6, 2024, 2, 3, 59],
        [nan, 0, nan, nan, nan, 6, nan, nan, nan, nan],
        [1, nan, 1, 1, 2, 6, 2024, 2, 3, 59],
    ]
    np.testing.assert_array_equal(found, expected)


def test_scaled_numbers_and_dates_are_standardised_and_an_ordered_category_is_indicators(dataset: Dataset) -> None:
    train = dataset.train
    found = encode(dataset, "scaled", ROW, GAPS)
    # colour, size and paid with what is missing, and two cities
    assert found[:, :12].tolist() == [[0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0], [0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0]]
    whole = train.features["whole"].to_numpy()
    mean = np.average(whole, weights=train.counts)
    deviation = np.sqrt(np.average((whole - mean) ** 2, weights=train.counts))
    assert found[0, 12] == pytest.approx((6 - mean) / deviation, abs=1e-12)
    every = encode(dataset, "scaled", *train.features.to_dict("records"))[:, 12:]
    assert every.shape == (len(train), 1 + 2 + 5)
    np.testing.assert_allclose(np.average(every, axis=0, weights=train.counts), 0, atol=1e-12)
    year, *varying = np.average(every[:, 3:] ** 2, axis=0, weights=train.counts)
    assert year == 0  # there is one only
    np.testing.assert_allclose(varying, 1, atol=1e-12)


def test_unknown_choice_of_a_closed_category_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="unknown categories"):
        encode(dataset, "plain", {**ROW, "colour": "green"})


def test_choice_that_does_not_occur_in_training_rows_counts_as_missing_natively(dataset: Dataset) -> None:
    """Histogram gradient boosting would refuse a code that it never saw."""
    schema = {**dataset.schema, "properties": {**dataset.schema["properties"]}}
    colour = schema["properties"]["colour"]
    schema["properties"]["colour"] = {**colour, "enum": ["blue", "green", "red", None]}
    with sklearn.config_context(enable_metadata_routing=True):
        encoder = make_encoder(schema, dataset.train, "native").fit(dataset.train.features)
    rows = pd.DataFrame([{**ROW, "colour": colour} for colour in ("green", "blue", "red")])
    np.testing.assert_array_equal(encoder.transform(rows)[:, 0], [np.nan, 0, 1])


@pytest.mark.parametrize("name", ["date__time", "__proto__", "it's", "number 0", "größe", "1"])
@pytest.mark.parametrize("style", ["scaled", "plain", "native"])
def test_any_name_will_do(name: str, style: Style) -> None:
    for texts in (COLUMNS["n"], COLUMNS["day"], COLUMNS["colour"]):
        values = {name: texts * 12, "other": COLUMNS["day"] * 12, "y": [0, 1] * 30}
        dataset = prepare(make_table(values), make_problem())
        with sklearn.config_context(enable_metadata_routing=True):
            encoder = make_encoder(dataset.schema, dataset.train, style)
            assert len(encoder.fit_transform(dataset.train.features)) == len(dataset.train)


@pytest.mark.parametrize("style", get_args(Style))
def test_empty_text_may_be_a_choice(style: Style) -> None:
    values: dict[str, list[Any]] = {"colour": ["", "red", None, "blue"] * 20, "x": [1, 2, 3, 4] * 20, "y": [0, 1] * 40}
    dataset = prepare(make_table(values), make_problem(columns={"colour": Column(choices=["", "red", "blue"])}))
    with sklearn.config_context(enable_metadata_routing=True):
        encoder = make_encoder(dataset.schema, dataset.train, style).fit(dataset.train.features)
        given = pd.DataFrame({"colour": ["", "red"], "x": [1.0, 1.0]}).astype({"colour": object})
        empty, red = encoder.transform(given)
    assert empty.tolist() != red.tolist()


def test_what_a_form_shows_first_is_not_what_stands_in_for_a_gap() -> None:
    values = {"day": [*COLUMNS["day"]] * 16, "n": [*COLUMNS["n"]] * 16, "y": [0, 1] * 40}
    columns = {"day": Column(kind="date", typical=""), "n": Column(kind="number", typical="")}
    stated = prepare(make_table(values), make_problem(columns=columns))
    plain = prepare(make_table(values), make_problem())
    assert [value["x-example"] for value in stated.schema["properties"].values()] == [None, None]
    row = pd.DataFrame({"day": [np.nan], "n": [np.nan]}).astype({"day": object})
    with sklearn.config_context(enable_metadata_routing=True):
        found = [
            make_encoder(each.schema, each.train, "plain").fit(each.train.features).transform(row).tolist()
            for each in (stated, plain)
        ]
    assert found[0] == found[1]
    assert not np.isnan(found[0]).any()
