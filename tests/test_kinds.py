"""The kind of a column is inferred from its texts, and is what problem.toml says where it says it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from training.kinds import MANY_CHOICES, Kind, find_distinct, find_kind
from training.problem import Column

MANY = [f"c{position:03}" for position in range(MANY_CHOICES + 1)]


def kind_of(texts: Sequence[str | None], column: Column = Column(), counts: list[int] | None = None) -> Kind:  # noqa: B008
    values = pd.Series([np.nan if text is None else text for text in texts], dtype=object)
    return find_kind(values, np.array(counts or [1] * len(texts)), column)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["b", "a", None], Kind("category", ("a", "b"))),
        (["a"], Kind("category", ("a",))),
        (["Yes", "No"], Kind("category", ("No", "Yes"))),
        (["yes", "no", None], Kind("category", ("no", "yes"))),
        (["high", "low", "medium"], Kind("ordered", ("low", "medium", "high"))),
        (["65+", "under 18", "18 to 64"], Kind("ordered", ("under 18", "18 to 64", "65+"))),
        (["1", "2.5", None], Kind("number")),
        (["1", "-2", "1e3"], Kind("integer")),
        (["0", "1"], Kind("integer")),
        (["-0", "0", "-0.0"], Kind("integer")),
        ([str(2**53 + 1), str(10**30)], Kind("integer")),
        (["1", "inf"], Kind("integer")),  # which the schema refuses
        (["1.5", "-Infinity", "1e999"], Kind("number")),
        (["inf", "-inf"], Kind("category", ("-inf", "inf"))),
        (["1", "x"], Kind("category", ("1", "x"))),
        (["007", "12"], Kind("category", ("007", "12"))),
        (["1,234", "5"], Kind("category", ("1,234", "5"))),
        (["12%", "5%"], Kind("category", ("12%", "5%"))),
        (["True", "False", None], Kind("boolean")),
        (["TRUE", "false"], Kind("boolean")),
        (["t"], Kind("boolean")),
        (["true", "false", "maybe"], Kind("category", ("false", "maybe", "true"))),
        (["2024-01-31", None], Kind("date", format="%Y-%m-%d")),
        (["2024-01-31 12:30:00", "2024-02-01"], Kind("date", format="%Y-%m-%d")),
        (["31/01/2024"], Kind("date", format="%d/%m/%Y")),
        (["01/02/2024"], Kind("date", format="%m/%d/%Y", doubtful="%d/%m/%Y")),
        (["20240131", "20240201"], Kind("integer")),
        (["12:30", "13:45"], Kind("category", ("12:30", "13:45"))),
    ],
)
def test_kind_is_inferred(texts: list[str | None], kind: Kind) -> None:
    assert kind_of(texts) == kind


@pytest.mark.parametrize(
    ("texts", "column", "kind"),
    [
        (["1", "2"], Column(kind="number"), Kind("number")),
        (["007"], Column(kind="integer"), Kind("integer")),
        (["2", "10"], Column(kind="category"), Kind("category", ("10", "2"))),
        (["1", "0"], Column(kind="boolean"), Kind("boolean")),
        (["yes"], Column(kind="boolean"), Kind("boolean")),
        (["low", "high", "medium"], Column(kind="category"), Kind("category", ("high", "low", "medium"))),
        (["low", "high", "medium"], Column(kind="ordered"), Kind("ordered", ("low", "medium", "high"))),
        (["red", "blue"], Column(kind="ordered"), Kind("ordered")),  # whose order is not known
        (["red", "blue"], Column(kind="ordered", choices=["red", "no", "blue"]), Kind("ordered", ("red", "blue"))),
        (["2024-01-31"], Column(choices=["2024-01-31"]), Kind("category", ("2024-01-31",))),
        (["1", "2"], Column(choices=["2", "1", "3"]), Kind("category", ("2", "1"))),
        (["1", "2"], Column(choices=["2"], other=True), Kind("category", ("2",), other=True)),
        (["1", "2"], Column(other=False), Kind("category", ("1", "2"))),
        (MANY, Column(other=False), Kind("category", tuple(MANY))),
        (MANY, Column(choices=MANY), Kind("category", tuple(MANY))),
        (["01/02/2024"], Column(kind="date"), Kind("date", format="%m/%d/%Y", doubtful="%d/%m/%Y")),
        (["01/02/2024"], Column(kind="date", format="%d/%m/%Y"), Kind("date", format="%d/%m/%Y")),
        (["soon"], Column(kind="date"), Kind("date", format="%Y-%m-%d")),  # which the schema refuses
    ],
)
def test_problem_toml_overrides_what_is_inferred(texts: list[str | None], column: Column, kind: Kind) -> None:
    assert kind_of(texts, column) == kind


def test_many_choices_are_folded_into_others_but_for_the_common_ones() -> None:
    assert kind_of(MANY[:-1]) == Kind("category", tuple(MANY[:-1]))
    counts = [10, 9, 12] + [1] * (len(MANY) - 3)
    assert kind_of(MANY, counts=counts) == Kind("category", (MANY[0], MANY[2]), other=True)
    assert kind_of(MANY[:3], Column(other=True), counts[:3]) == Kind("category", (MANY[0], MANY[2]), other=True)


def test_fifty_choices_at_most_are_told_apart() -> None:
    counts = [100] * 30 + [50] + [100] * 20
    assert kind_of(MANY, counts=counts) == Kind("category", tuple(MANY[:30] + MANY[31:]), other=True)


def test_where_none_is_common_the_first_of_the_most_common_are_told_apart() -> None:
    assert kind_of(MANY, counts=[1] * 50 + [2]) == Kind("category", tuple(MANY[:49] + MANY[50:]), other=True)


def test_distinct_texts_are_those_that_are_not_missing() -> None:
    assert find_distinct(pd.Series(["b", np.nan, "a", "b", ""], dtype=object)) == ["b", "a", ""]
