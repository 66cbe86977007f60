"""Columns say how a number is computed from a field, and become inputs of model.json."""

from __future__ import annotations

import math

import pytest

from training.columns import Affine, Choice, Codes, Column, Number, to_inputs

RED: Codes = {"red": 1.0, "blue": 0.0}
BLUE: Codes = {"red": 0.0, "blue": 1.0}


@pytest.mark.parametrize(("names", "result"), [(("mean", "scale"), -0.5), (("factor", "offset"), 18.0)])
def test_affine_is_applied_and_inverted(names: tuple[str, str], result: float) -> None:
    affine = Affine(names, (6.0, 4.0)) if "mean" in names else Affine(names, (3.5, 4.0))
    assert affine(4.0) == result
    assert affine.invert(result) == 4.0


@pytest.mark.parametrize(
    ("columns", "inputs"),
    [
        ([Choice("x", RED, None), Choice("x", BLUE, None)], [{"field": "x", "one_hot": ["red", "blue"]}]),
        (
            [Choice("x", RED, 0.0, "blue"), Choice("x", BLUE, 0.0, "blue")],
            [{"field": "x", "one_hot": ["red", "blue"], "missing": "blue", "other": True}],
        ),
        (
            [Choice("x", BLUE, None), Choice("x", RED, None)],  # the other way round
            [{"field": "x", "choices": ["red", "blue"], "codes": codes} for codes in ([0.0, 1.0], [1.0, 0.0])],
        ),
        (
            [Choice("x", RED, None), Choice("y", BLUE, None)],
            [
                {"field": "x", "choices": ["red", "blue"], "codes": [1.0, 0.0]},
                {"field": "y", "choices": ["red", "blue"], "codes": [0.0, 1.0]},
            ],
        ),
        (
            [Choice("x", {"a": 2.0, "b": 1.0}, 7.0, "a"), Number("y").gaps()],
            [
                {"field": "x", "choices": ["a", "b", None], "codes": [2.0, 1.0, 2.0], "other": 7.0},
                {"field": "y", "is_missing": [0.0, 1.0]},
            ],
        ),
    ],
)
def test_indicators_side_by_side_are_one_input(columns: list[Column], inputs: list[dict[str, object]]) -> None:
    assert to_inputs([(column, None) for column in columns]) == inputs


def test_nan_is_written_as_what_stands_for_it_or_left_out() -> None:
    codes = Choice("x", {"a": 2.0, None: math.nan}, None)
    assert codes.to_input("low") == {"field": "x", "choices": ["a", None], "codes": [2.0, "low"]}
    assert codes.to_input(None) == {"field": "x", "choices": ["a"], "codes": [2.0]}
    assert Number("x").to_input("high") == {"field": "x", "mean": 0.0, "scale": 1.0, "missing": "high"}
    assert Number("x").to_input(None) == {"field": "x", "mean": 0.0, "scale": 1.0}


def test_nan_is_reached_where_a_field_may_be_missing_and_nothing_stands_in() -> None:
    null = Choice("x", {"a": 2.0, None: math.nan}, None)
    assert [Number("x").reaches_nan(optional) for optional in ([], ["y"], ["x"])] == [False, False, True]
    assert [null.reaches_nan(optional) for optional in ([], ["y"], ["x"])] == [False, False, True]
    assert not Number("x").fill(1.0).reaches_nan(["x"])
    assert not null.fill(1.0).reaches_nan(["x"])
    assert not Number("x").gaps().reaches_nan(["x"])
    assert Choice("x", {"a": 2.0}, math.nan).reaches_nan([])
