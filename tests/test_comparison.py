"""Values and lines are compared number by number, and the worst difference is told."""

from __future__ import annotations

import math
from typing import Any

import pytest

from training.comparison import OTHER_VERSIONS, SAME_VERSIONS, Tolerance, compare, compare_lines


@pytest.mark.parametrize(
    ("found", "recorded", "expected"),
    [
        ({"a": [1, 2.0], "b": "x"}, {"a": [1, 2.0], "b": "x"}, (2, 0.0, "")),
        ({"a": [1.0, 2.5]}, {"a": [1.25, 2.0]}, (2, 0.25, "a[1]: 2.5 instead of 2.0")),
        ({"a": 1e6}, {"a": 1e6 + 1}, (1, 1 / (1e6 + 1), "a: 1000000.0 instead of 1000001.0")),
        ([None, True], [None, True], (0, 0.0, "")),
        ([None], [0.0], (0, math.inf, "[0]: null instead of 0.0")),
        ([1], [True], (0, math.inf, "[0]: 1 instead of true")),
        ({"a": "x"}, {"a": "y"}, (0, math.inf, 'a: "x" instead of "y"')),
        ({"a": 1}, {"b": 1}, (0, math.inf, ': {"a": 1} instead of {"b": 1}')),
        ([math.nan], [math.nan], (1, math.inf, "[0]: NaN instead of NaN")),
        ([0.5], [math.nan], (1, math.inf, "[0]: 0.5 instead of NaN")),
        ([math.inf], [math.inf], (1, math.inf, "[0]: Infinity instead of Infinity")),
        ([0.5], [-math.inf], (1, math.inf, "[0]: 0.5 instead of -Infinity")),
        ([0.5, 1], [10**400, 2], (2, math.inf, f"[0]: 0.5 instead of 1{'0' * 58}…")),
        ({"a": [1, 2]}, {"a": [1]}, (0, math.inf, "a: [1, 2] instead of [1]")),
    ],
)
def test_worst_difference_is_found(found: Any, recorded: Any, expected: tuple[int, float, str]) -> None:
    assert compare(found, recorded) == expected


@pytest.mark.parametrize(
    ("found", "recorded", "tolerance", "numbers"),
    [
        ("ROC AUC 0.623 (0.620 to 0.625)", "ROC AUC 0.623 (0.620 to 0.625)", SAME_VERSIONS, 3),
        ("| a   1.0 |", "| a 1.00 |", SAME_VERSIONS, 1),  # pandas pads, and adds zeros
        ("0.6234", "0.6235", OTHER_VERSIONS, 1),
        ("9.3%", "9.4%", OTHER_VERSIONS, 1),  # 9.3499 and 9.3501
        ("9.32%", "9.43%", OTHER_VERSIONS, 1),  # 0.0932 and 0.0943
        ("3,096,936 rows", "3,097,936 rows", OTHER_VERSIONS, 1),
        ("-0.0001", "\N{MINUS SIGN}0.0002", OTHER_VERSIONS, 1),
        ("to 8e-16", "to 9e-16", SAME_VERSIONS, 1),
        ("scikit-learn 1.9.1, 5ee5f54f72dd", "scikit-learn 1.9.1, 5ee5f54f72dd", SAME_VERSIONS, 0),
        ("no number", "no  number ", SAME_VERSIONS, 0),
    ],
)
def test_lines_that_agree(found: str, recorded: str, tolerance: Tolerance, numbers: int) -> None:
    assert compare_lines([found], [recorded], tolerance) == (numbers, [])


@pytest.mark.parametrize(
    ("found", "recorded", "tolerance"),
    [
        ("ROC AUC 0.623", "ROC AUC 0.624", SAME_VERSIONS),
        ("ROC AUC 0.623", "ROC AUC 0.62", SAME_VERSIONS),
        ("9.32%", "9.33%", SAME_VERSIONS),
        ("626 rows", "627 rows", SAME_VERSIONS),
        ("ROC AUC 0.6230", "ROC AUC 0.6245", OTHER_VERSIONS),
        ("9.32%", "9.44%", OTHER_VERSIONS),
        ("9.32%", "9.32", OTHER_VERSIONS),
        ("slope 1.01", "slope -1.01", OTHER_VERSIONS),
        ("0.6 to 0.7", "0.6 to -", OTHER_VERSIONS),
        ("slightly better", "much better", OTHER_VERSIONS),
        ("scikit-learn 1.9.1", "scikit-learn 1.9.2", OTHER_VERSIONS),
        ("5ee5f54f72dd", "5ee5f54f72de", OTHER_VERSIONS),
    ],
)
def test_lines_that_differ(found: str, recorded: str, tolerance: Tolerance) -> None:
    assert compare_lines(["same 1", found], ["same 1", recorded], tolerance)[1] == [(found, recorded)]


def test_line_too_many_or_too_few_differs() -> None:
    assert compare_lines(["a", "b 2"], ["a"], OTHER_VERSIONS) == (0, [("b 2", "")])
    assert compare_lines(["a"], ["a", "b 2"], OTHER_VERSIONS) == (1, [("", "b 2")])
