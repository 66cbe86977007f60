"""The property of a feature says what it may hold; a column that does not hold what problem.toml says is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.errors import CellError, InputError
from training.problem import Column
from training.properties import choices_of, derive_property, is_nullable

LARGEST = 3.4028234663852886e38
NUMBER = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST, "x-kind": "number"}
CURE = 'mend it, or add it to missing_values in problem.toml if it means that, or set kind = "category" or ignore = true there'
MANY = [f"c{position:04}" for position in range(1_001)]


def property_of(texts: Sequence[str | None], column: Column = Column()) -> dict[str, Any]:  # noqa: B008
    values = pd.Series([np.nan if text is None else text for text in texts], dtype=object)
    return derive_property("x", values, np.full(len(texts), 20), column)


@pytest.mark.parametrize(
    ("texts", "column", "expected"),
    [
        (["1.5", "-2"], Column(), {**NUMBER, "x-range": [-2.0, 1.5], "x-step": "any"}),
        (["1", "3"], Column(), {**NUMBER, "type": "integer", "x-range": [1.0, 3.0], "x-step": 1}),
        (["1", "3"], Column(kind="number"), {**NUMBER, "x-range": [1.0, 3.0], "x-step": 1}),
        (
            ["1", "3"],
            Column(kind="integer", range=[0, 120]),
            {
                "type": "integer",
                "minimum": 0.0,
                "maximum": 120.0,
                "x-kind": "number",
                "x-range": [0.0, 120.0],
                "x-step": 1,
            },
        ),
        (["007", "12"], Column(kind="integer"), {**NUMBER, "type": "integer", "x-range": [7.0, 12.0], "x-step": 1}),
        (["b", "a"], Column(), {"type": "string", "enum": ["a", "b"], "x-kind": "category"}),
        (
            ["low", "high", "medium"],
            Column(),
            {"type": "string", "enum": ["low", "medium", "high"], "x-kind": "category", "x-ordered": True},
        ),
        (
            ["b", "a", "(other)"],
            Column(choices=["b", "(other)"], other=True),
            {
                "type": "string",
                "x-kind": "category",
                "x-choices": ["b", "(other)", "((other))"],
                "x-other": "((other))",
            },
        ),
        (["true", "f"], Column(), {"type": "boolean", "enum": [False, True], "x-kind": "boolean"}),
        (["Y", "0"], Column(kind="boolean"), {"type": "boolean", "enum": [False, True], "x-kind": "boolean"}),
        (
            ["2024-01-31 12:30", "2023-12-31"],
            Column(),
            {"type": "string", "format": "date", "x-kind": "date", "x-range": ["2023-12-31", "2024-01-31"]},
        ),
        (
            ["31/01/2024", "1/12/2023"],
            Column(),
            {
                "type": "string",
                "format": "date",
                "x-kind": "date",
                "x-range": ["2023-12-01", "2024-01-31"],
                "x-format": "%d/%m/%Y",
            },
        ),
        (
            ["02-01-2024", "2024-03-01"],
            Column(kind="date", format="%m-%d-%Y", range=["2020-01-01", "2030-12-31"]),
            {
                "type": "string",
                "format": "date",
                "x-kind": "date",
                "x-range": ["2020-01-01", "2030-12-31"],
                "x-format": "%m-%d-%Y",
            },
        ),
    ],
)
def test_property_says_what_a_column_may_hold(
    texts: list[str | None], column: Column, expected: dict[str, Any]
) -> None:
    assert property_of(texts, column) == expected
    assert not is_nullable(expected)


@pytest.mark.parametrize(
    ("texts", "choices"),
    [
        (["1", "2.5", None], []),
        (["1", None], []),
        (["2024-01-31", None], []),
        (["a", None], ["a", None]),
        (["true", None], [False, True, None]),
        ([*MANY[:60], None], [*MANY[:50], "(other)", None]),
    ],
)
def test_missing_values_may_be_missing(texts: list[str | None], choices: list[Any]) -> None:
    with_gaps, without = property_of(texts), property_of(texts[:-1])
    lists: dict[str, Any] = {key: choices for key in ("enum", "x-choices") if key in without}
    assert with_gaps == {**without, "type": [without["type"], "null"], **lists}
    assert (choices_of(with_gaps), is_nullable(with_gaps)) == (choices, True)
    assert property_of(texts[:-1], Column(missing=True)) == with_gaps
    assert property_of(texts[:-1], Column(missing=False)) == without


@pytest.mark.parametrize(
    ("texts", "column", "message"),
    [
        ([None], Column(), "the column 'x' is empty; set ignore = true for it in problem.toml"),
        (
            ["1", None],
            Column(missing=False),
            "the column 'x' is missing in 20 rows, but problem.toml has missing = false for it; fill or drop them, or "
            "leave `missing` out",
        ),
        (
            ["red", "blue"],
            Column(kind="ordered"),
            "the texts of 'x', such as 'blue', 'red', have no order that is known; name them with `choices` in "
            "problem.toml, lowest first",
        ),
        (
            ["red", "blue"],
            Column(choices=["green"], other=True),
            "the column 'x' has none of the choices that problem.toml names for it; mend them",
        ),
        (
            MANY,
            Column(other=False),
            "the column 'x' has 1,001 different texts, at most 1,000 can be told apart; leave out other = false in "
            "problem.toml, or set ignore = true for it",
        ),
    ],
)
def test_column_that_cannot_be_used_is_refused(texts: list[str | None], column: Column, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        property_of(texts, column)


@pytest.mark.parametrize(
    ("texts", "column", "odd", "message"),
    [
        (["1", "z", "a"], Column(kind="number"), "a", f"'a' is no number; {CURE}"),
        (["1", "inf"], Column(), "inf", f"'inf' is no number; {CURE}"),
        (["1", "-1e39"], Column(), "-1e39", "'-1e39' is beyond 3.4e+38, the largest number there may be; mend it"),
        (
            ["1", "inf"],
            Column(kind="number"),
            "inf",
            "'inf' is beyond 3.4e+38, the largest number there may be; mend it",
        ),
        (
            ["1", "-2"],
            Column(kind="number", range=[0, 1]),
            "-2",
            "'-2' is beyond the range of problem.toml, 0 to 1",
        ),
        (["1", "2.5"], Column(kind="integer"), "2.5", "'2.5' is no whole number; set kind = \"number\" for the column"),
        (
            ["yes", "oui", "maybe"],
            Column(kind="boolean"),
            "maybe",
            "'maybe' is no truth value, such as true and false, yes and no, 1 and 0",
        ),
        (
            [*(f"{day}/12/2024" for day in range(10, 20)), "31/02/2024"],
            Column(),
            "31/02/2024",
            f"'31/02/2024' is no date of the form %d/%m/%Y; {CURE}",
        ),
        (
            ["31/12/2024"],
            Column(kind="date", format="%m/%d/%Y"),
            "31/12/2024",
            f"'31/12/2024' is no date of the form %m/%d/%Y; {CURE}",
        ),
        (
            ["a", "c", "b"],
            Column(choices=["a"]),
            "b",
            "'b' is none of the choices that problem.toml names; add it to them, or set other = true there",
        ),
        (
            ["a", "c", "b"],
            Column(kind="ordered", choices=["a", "c"]),
            "b",
            "'b' is none of the choices that problem.toml names; add it to them",
        ),
    ],
)
def test_cell_that_does_not_fit_is_named(texts: list[str | None], column: Column, odd: str, message: str) -> None:
    with pytest.raises(CellError, match=f"^{re.escape(message)}$") as error:
        property_of(texts, column)
    assert (error.value.column, error.value.text) == ("x", odd)


def test_thousand_choices_can_be_told_apart() -> None:
    assert len(choices_of(property_of([*MANY[:-1]], Column(other=False)))) == 1_000
