"""Splits look at features in which what is missing lies on the side that they send it to."""

from __future__ import annotations

import math

import numpy as np

from training.columns import Choice, Column, Number
from training.splits import Splits
from training.trees import FittedTree

COLUMNS: list[Column] = [
    Number("x"),
    Choice("colour", {"red": 0.0, "blue": 2.0, "green": math.nan}, math.nan),
    Choice("shape", {"round": 0.0, "flat": 1.0}, None),
    Number("y"),
]


def tree(feature: int, threshold: float, missing_left: bool, categories: dict[float, bool] | None = None) -> FittedTree:
    """Return a tree of one split."""
    return FittedTree(
        np.array([feature, -1, -1]),
        np.array([threshold, 0.0, 0.0]),
        np.array([1, -1, -1]),
        np.array([2, -1, -1]),
        np.array([missing_left, False, False]),
        np.array([[0.0], [1.0], [2.0]]),
        {0: categories} if categories else {},
    )


LEFT, RIGHT = tree(0, 0.7, missing_left=True), tree(0, 0.7, missing_left=False)


def test_number_that_may_be_missing_is_a_feature_for_each_side() -> None:
    splits = Splits(COLUMNS[:1], ["x"], [LEFT, RIGHT, LEFT])
    assert splits.columns() == [(COLUMNS[0], "high"), (COLUMNS[0], "low")]
    assert (splits.position(RIGHT, 0), splits.position(LEFT, 0)) == (0, 1)
    assert splits.threshold(LEFT, 0) == splits.threshold(RIGHT, 0) == 0.7
    assert Splits(COLUMNS[:1], ["x"], [RIGHT]).columns() == [(COLUMNS[0], "high")]


def test_number_that_is_never_missing_is_one_feature() -> None:
    splits = Splits(COLUMNS[:1], [], [LEFT, RIGHT])
    assert splits.columns() == [(COLUMNS[0], None)]
    assert splits.position(LEFT, 0) == splits.position(RIGHT, 0) == 0


def test_column_without_splits_stays_so_that_its_bad_values_are_refused() -> None:
    splits = Splits(COLUMNS, ["x"], [tree(3, 0.7, missing_left=True)])
    assert splits.columns() == [(COLUMNS[0], "low"), (COLUMNS[1], "low"), (COLUMNS[2], None), (COLUMNS[3], None)]


def test_split_on_categories_lists_the_codes_to_the_left() -> None:
    """What is missing, and so what fitting has not seen, as blue here, goes where NaN goes."""
    known = {0.0: False, 1.0: True}
    left, right = tree(1, 0, True, known), tree(1, 0, False, known)
    splits = Splits(COLUMNS, [], [left, right])
    assert splits.columns()[1] == (COLUMNS[1], -1.0)
    assert splits.threshold(left, 0) == [-1.0, 2.0]
    assert splits.threshold(right, 0) == []
    assert splits.threshold(tree(1, 0, False, {0.0: True, 2.0: False}), 0) == [0.0]


def test_what_stands_for_nan_is_no_other_code() -> None:
    column = Choice("colour", {"red": -4.0, "blue": math.nan}, None)
    split = tree(0, 0, True, {-4.0: False})
    splits = Splits([column], [], [split])
    assert splits.columns() == [(column, -5.0)]
    assert splits.threshold(split, 0) == [-5.0]


def test_threshold_of_an_indicator_is_one_half() -> None:
    assert Splits(COLUMNS, []).threshold(tree(2, 0.123, False), 0) == 0.5
    assert Splits(COLUMNS, []).threshold(tree(2, 1.0, False), 0) == 1.0
    assert Splits(COLUMNS, []).threshold(tree(3, 0.123, False), 0) == 0.123
