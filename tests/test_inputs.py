"""The inputs of model.json make features of a row; the expected ones are worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from predict.inputs import LARGEST_NUMBER, Inputs

Input = dict[str, Any]
COLOURS: Input = {"field": "x", "one_hot": ["red", "blue", None]}
CODES: Input = {"field": "x", "choices": ["a", True, False, None], "codes": [0, 1.5, "low", "high"]}
NUMBER: Input = {"field": "x", "mean": 3.0, "scale": 2.0}
DATE: Input = {"field": "x", "part": "days", "since": "2024-02-28", "mean": 0.0, "scale": 1.0}


def encode(entry: Input, *values: Any) -> list[list[float]]:
    return [Inputs([entry]).encode({"x": value}) for value in values]


@pytest.mark.parametrize("value", [LARGEST_NUMBER, -LARGEST_NUMBER])
def test_largest_numbers_are_taken_and_larger_ones_refused(value: float) -> None:
    entry = {"field": "x", "mean": 0.0, "scale": 1.0}
    assert encode(entry, value) == [[value]]
    with pytest.raises(ValueError, match="the field 'x' is missing, or holds what it may not"):
        encode(entry, value * (1 + 1e-15))


def test_one_hot_is_an_indicator_for_each_choice() -> None:
    assert encode(COLOURS, "red", "blue", None) == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_null_counts_as_the_choice_that_stands_for_it() -> None:
    entry = {"field": "x", "one_hot": ["red", "blue"], "missing": "blue"}
    assert encode(entry, "red", "blue", None) == [[1, 0], [0, 1], [0, 1]]


def test_what_is_none_of_the_choices_makes_zeros_where_others_are_allowed() -> None:
    entry = {"field": "x", "one_hot": ["red", "blue"], "other": True}
    assert encode(entry, "blue", "green", None, True) == [[0, 1], [0, 0], [0, 0], [0, 0]]


def test_codes_may_lie_below_and_above_every_number() -> None:
    assert encode(CODES, "a", True, False, None) == [[0.0], [1.5], [-math.inf], [math.inf]]
    assert encode({**CODES, "other": -1}, "a", "b") == [[0.0], [-1.0]]


def test_number_is_scaled_either_way() -> None:
    assert encode(NUMBER, 3, 4.0, -LARGEST_NUMBER) == [[0.0], [0.5], [(-LARGEST_NUMBER - 3) / 2]]
    assert encode({"field": "x", "factor": 0.5, "offset": 1.0}, 3, -4.0) == [[2.5], [-1.0]]


@pytest.mark.parametrize(("missing", "feature"), [(7.5, 7.5), ("low", -math.inf), ("high", math.inf)])
def test_missing_number_is_as_encoded(missing: Any, feature: float) -> None:
    assert encode({**NUMBER, "missing": missing}, None, 5) == [[feature], [1.0]]
    assert encode({**DATE, "missing": missing}, None, "2024-03-01") == [[feature], [2.0]]


@pytest.mark.parametrize(("part", "number"), [("year", 2024), ("month", 2), ("weekday", 3), ("days", 1)])
def test_part_of_a_date_is_a_number(part: str, number: int) -> None:
    assert encode({**DATE, "part": part}, "2024-02-29") == [[number]]
    assert encode({**DATE, "part": part, "mean": 1.0, "scale": 2.0}, "2024-02-29") == [[(number - 1) / 2]]


def test_gap_is_told_whatever_the_field_holds() -> None:
    assert encode({"field": "x", "is_missing": [-0.5, 2.0]}, 0.0, "", False, None) == [[-0.5], [-0.5], [-0.5], [2.0]]


def test_inputs_lie_side_by_side() -> None:
    inputs = Inputs([{**NUMBER, "field": "n"}, COLOURS, {**DATE, "field": "day", "missing": -1}])
    assert inputs.width == 5
    assert inputs.encode({"x": "blue", "n": 5, "day": None, "more": 1}) == [1.0, 0.0, 1.0, 0.0, -1.0]
    assert inputs.zeros == [0.0] * 5


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        (COLOURS, "green"),
        (COLOURS, True),
        (COLOURS, ["red"]),
        ({**COLOURS, "other": True}, 1),
        ({**COLOURS, "one_hot": ["red"]}, None),
        (CODES, 1),
        (CODES, 0),
        (CODES, "b"),
        (NUMBER, None),
        (NUMBER, True),
        (NUMBER, "3"),
        (NUMBER, math.nan),
        (NUMBER, 10**400),
        ({**NUMBER, "missing": 0.0}, math.inf),
        ({**NUMBER, "missing": 0.0}, "2024-02-29"),
        (DATE, None),
        (DATE, 3),
        (DATE, "2023-02-29"),
        (DATE, "20240229"),
        (DATE, "2024-W09-4"),
        (DATE, "2024-02-29T00:00"),
    ],
)
def test_what_training_would_refuse_is_refused(entry: Input, value: Any) -> None:
    with pytest.raises(ValueError, match="^the field 'x' is missing, or holds what it may not$"):
        encode(entry, value)
    with pytest.raises(ValueError, match="^the field 'x' is missing, or holds what it may not$"):
        Inputs([entry]).encode({})


@pytest.mark.parametrize(
    "entry",
    [
        {"field": "x"},
        {"one_hot": ["a"]},
        {**CODES, "codes": [0]},
        {**CODES, "codes": [0, 1, 2, "middle"]},
        {**CODES, "codes": [0, 1, 2, math.nan]},
        {**CODES, "other": True},
        {"field": "x", "one_hot": ["a"], "missing": "b"},
        {**NUMBER, "scale": 0},
        {**NUMBER, "mean": "3"},
        {**NUMBER, "mean": 10**400},
        {**NUMBER, "missing": math.inf},
        {**DATE, "part": "hour"},
        {**DATE, "since": "yesterday"},
        {"field": "x", "factor": 1.0},
        {"field": "x", "is_missing": [0.0]},
        {"field": "x", "is_missing": [0.0, "high"]},
    ],
)
def test_inputs_of_another_form_are_refused(entry: Input) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        Inputs([entry])
