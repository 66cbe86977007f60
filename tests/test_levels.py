"""The values of a feature are found whichever kind it is, and named as people read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.levels import find_levels, name_level

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "column", "levels", "positions"),
    [
        ({"x-kind": "number"}, [2.5, NAN, -1.0, 2.5], [-1.0, 2.5, None], [1, 2, 0, 1]),
        ({"x-kind": "number"}, [NAN, NAN], [None], [0, 0]),
        ({"x-kind": "date"}, ["2024-02-01", NAN, "2019-12-31"], ["2019-12-31", "2024-02-01", None], [1, 2, 0]),
        ({"x-kind": "boolean", "enum": [False, True, None]}, [True, NAN, False], [False, True, None], [1, 2, 0]),
        ({"x-kind": "boolean", "enum": [False, True]}, [True, True], [False, True, None], [1, 1]),
        ({"x-kind": "category", "enum": ["b", "a", "c"]}, ["a", "b"], ["b", "a", "c", None], [1, 0]),
        (
            {"x-kind": "category", "x-choices": ["a", "(other)", None], "x-other": "(other)"},
            ["z", "a", NAN, "(other)", ""],
            ["a", "(other)", None],
            [1, 0, 2, 1, 1],
        ),
    ],
)
def test_levels_are_the_choices_or_what_occurs(
    value: dict[str, Any], column: list[Any], levels: list[Any], positions: list[int]
) -> None:
    kind = float if value["x-kind"] == "number" else object
    found, at = find_levels(pd.Series(column, dtype=kind), value)
    assert found == levels
    assert list(map(type, found)) == list(map(type, levels))
    assert at.tolist() == positions


def test_levels_have_names() -> None:
    assert [name_level(level) for level in (None, True, False, 1.0, 0.25, "x")] == [
        "(missing)",
        "Yes",
        "No",
        "1",
        "0.25",
        "x",
    ]
