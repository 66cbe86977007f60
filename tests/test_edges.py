"""Edge rows are made whatever a column is called and holds; what they are for is in test_parity.py."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

from predict.inputs import LARGEST_NUMBER
from predict.problems import RowError
from predict.row import RowValidator
from tests.pipelines import fit, make_example
from tests.pipelines import one_thread as one_thread
from training.edges import UNSEEN, bad_rows, edge_rows, threshold_rows, to_records

NUMBER = {"minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER, "x-kind": "number"}
SCHEMA = {
    "properties": {
        "self": {"type": ["string", "null"], "x-kind": "category", "enum": ["a", "b", None]},
        "value": {"type": "number", **NUMBER, "x-range": [1.0, 2.0]},
    },
    "required": ["value"],
}
FEATURES = pd.DataFrame({"self": pd.Series(["a", "b"], dtype=object), "value": [1.0, 2.0]})


def test_columns_may_be_called_as_python_calls_its_own() -> None:
    rows = edge_rows(FEATURES, SCHEMA)
    assert len(rows) == 3 * (2 + 3 + 6)
    assert set(rows["self"].dropna()) == {"a", "b"}
    assert rows["self"].isna().sum() == 3 + 3
    bad = bad_rows(FEATURES, SCHEMA)
    assert [row["self"] for row in bad] == [1, True, UNSEEN] + ["a"] * 7


@pytest.mark.parametrize(
    ("value", "edges"),
    [
        ({"type": "boolean", "x-kind": "boolean", "enum": [False, True]}, [False, True]),
        ({"type": "string", "x-kind": "category", "x-choices": ["a", "+"], "x-other": "+"}, ["a", "+", UNSEEN]),
        ({"type": ["number", "null"], **NUMBER, "minimum": 0.0, "maximum": 9.0, "x-range": [1.0, 2.0]},
         [1.0, 2.0, 0.0, -0.0, 0.0, 9.0, None]),
        ({"type": "integer", **NUMBER, "x-range": [1.0, 2.0]},
         [1.0, 2.0, 0.0, -0.0, -LARGEST_NUMBER, LARGEST_NUMBER]),
        ({"type": ["string", "null"], "format": "date", "x-kind": "date", "x-range": ["2020-01-02", "2020-03-04"]},
         ["2020-01-02", "2020-03-04", "0001-01-01", "2000-02-29", "2023-12-31", "2024-02-29", "9999-12-31", None]),
    ],
)  # fmt: skip
def test_each_kind_of_field_has_its_edges(value: dict[str, Any], edges: list[Any]) -> None:
    example = pd.DataFrame({"x": pd.Series([edges[0]], dtype=float if value["x-kind"] == "number" else object)})
    schema = {"properties": {"x": value}, "required": ["x"]}
    rows = to_records(edge_rows(example, schema))
    assert [row["x"] for row in rows[6::3]] == edges
    validator = RowValidator(schema)
    assert [validator.check(row)["x"] for row in rows] == [row["x"] for row in rows]


def test_no_bad_row_passes_the_check_of_the_schema() -> None:
    example = make_example("every kind")
    validator = RowValidator(example.schema)
    bad = bad_rows(example.features, example.schema)
    assert len(bad) > 40
    for row in bad:
        with pytest.raises(RowError):
            validator.check(row)


def test_whole_numbers_have_no_fractions() -> None:
    value = {"type": "integer", **NUMBER, "x-range": [1.0, 2.0]}
    schema = {"properties": {"value": value}, "required": ["value"]}
    fractions = [row for row in bad_rows(FEATURES[["value"]], schema) if row.get("value") == 2.5]
    assert fractions == [{"value": 2.5}]


def test_each_split_on_a_number_is_reached_from_both_sides() -> None:
    example = make_example("numbers")
    pipeline = fit(example, "regression", RandomForestRegressor(2, max_depth=3, random_state=0))
    rows = threshold_rows(pipeline, example.features)
    splits = sum(int((tree.tree_.feature >= 0).sum()) for tree in pipeline["estimator"].estimators_)
    assert len(rows) == 3 * splits
    leaves = pipeline["estimator"].apply(pipeline["encoder"].transform(rows))
    assert (leaves[0::3] != leaves[2::3]).any(axis=1).all()
    assert (leaves[0::3] == leaves[1::3]).all()


def test_splits_on_categories_and_dates_have_no_thresholds_to_try() -> None:
    choices, dates = make_example("choices"), make_example("gaps")
    boosting = HistGradientBoostingRegressor(max_iter=3)
    assert len(threshold_rows(fit(choices, "regression", boosting), choices.features)) == 0
    rows = threshold_rows(fit(dates, "regression", boosting), dates.features)
    assert len(rows) > 10
    assert set(rows["depth"].dropna()) - set(dates.features["depth"])
    assert set(rows["day"].dropna()) <= set(dates.features["day"])
