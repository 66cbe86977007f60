"""Columns that tell nothing are left out, and columns that tell everything are named; others pass in silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.tables import make_problem, make_table
from training.checks import find_doubts, find_leaks, set_aside
from training.dataset import prepare
from training.errors import InputError
from training.problem import Column, Problem
from training.table import Table, read_table

BINARY = make_problem(positive="1")
ROWS = 400
TEXT = 'as an identifier or free text has; to keep it nevertheless, set kind = "category" for it'
WHOLE = 'as an identifier has; if it is a quantity, set kind = "number" for it'


@pytest.fixture
def columns() -> dict[str, list[object]]:
    """A weak feature and its target."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=ROWS).round(3)
    return {"x": x.tolist(), "y": (x + generator.normal(size=ROWS) > 0).astype(int).tolist()}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None] * ROWS, "it is empty"),
        (["k"] * ROWS, "it is 'k' in every row, which tells nothing"),
        ([f"p{i}" for i in range(ROWS)], f"it has a different value in 100% of the rows, {TEXT}"),
        ([f"p{max(i, 15)}" for i in range(ROWS)], f"it has a different value in 96% of the rows, {TEXT}"),
        (list(range(ROWS)), f"it has a different value in 100% of the rows, {WHOLE}"),
        ([max(i, 15) for i in range(ROWS)], f"it has a different value in 96% of the rows, {WHOLE}"),
        (
            [f"p{max(i, ROWS // 3)}" for i in range(ROWS)],
            "it has a different value in 67% of the rows, as free text has; to keep it nevertheless, set kind = "
            '"category" for it',
        ),
        (
            [f"p{i}" if i < 60 else None for i in range(ROWS)],  # of those that are there
            "it has a different value in 100% of the rows that have one, as free text has; to keep it nevertheless, set kind = "
            '"category" for it',
        ),
        (
            [f"${i},000" for i in range(1, ROWS + 1)],
            "its numbers are written as texts, such as '$1,000'; write them plainly, such as 1234.5, to have it as a "
            "number",
        ),
    ],
)
def test_column_that_tells_nothing_is_left_out(
    columns: dict[str, list[object]], values: list[object], reason: str
) -> None:
    table, left_out = set_aside(make_table({"c": values, **columns}), BINARY)
    assert left_out == {"c": reason}
    assert list(table.rows.columns) == ["x", "y"]
    assert table.counts.sum() == ROWS


@pytest.mark.parametrize(
    "values",
    [
        ["k"] * (ROWS - 1) + ["j"],
        ["k"] * (ROWS - 1) + [None],
        [max(i, 25) for i in range(ROWS)],  # a different value in 94 % of the rows
        [i + 0.5 for i in range(ROWS)],  # a measurement
        [7 * i for i in range(ROWS)],  # may be one, too
        [f"{2000 + i}-01-01" for i in range(ROWS)],
        [f"p{i // 3}" for i in range(ROWS)],  # of many choices
        [f"p{i}" if i < 40 else None for i in range(ROWS)],
    ],
)
def test_column_that_may_tell_something_stays(columns: dict[str, list[object]], values: list[object]) -> None:
    table = make_table({"c": values, **columns})
    assert set_aside(table, BINARY) == (table, {})


@pytest.mark.parametrize(
    "column", [Column(kind="number"), Column(kind="category"), Column(choices=[str(i) for i in range(ROWS)])]
)
def test_identifier_that_problem_toml_describes_stays(columns: dict[str, list[object]], column: Column) -> None:
    table = make_table({"c": list(range(ROWS)), **columns})
    assert set_aside(table, replace(BINARY, columns={"c": column})) == (table, {})


def test_distinct_rows_that_stand_for_many_are_no_identifier(columns: dict[str, list[object]]) -> None:
    table = make_table({"c": list(range(ROWS)), **columns}, counts=[2] * ROWS)
    assert set_aside(table, BINARY) == (table, {})


def test_table_folds_anew_without_its_identifier() -> None:
    table = make_table({"id": range(100), "a": ["x", "z"] * 50, "y": [0, 1] * 50})
    folded, _left_out = set_aside(table, BINARY)
    assert folded.rows.to_dict("list") == {"a": ["x", "z"], "y": ["0", "1"]}
    assert folded.counts.tolist() == [50, 50]


def test_target_is_never_left_out() -> None:
    table = make_table({"a": ["x", "z"] * 50, "y": range(100)})
    assert set_aside(table, make_problem()) == (table, {})


def test_table_without_a_feature_left_is_refused() -> None:
    with pytest.raises(InputError, match=r"^t\.csv has no feature to learn from: 'a': it is 'x' in every row"):
        set_aside(make_table({"a": ["x", "x"], "y": [0, 1]}, [50, 50]), BINARY)


def leaks(table: Table, problem: Problem) -> list[str]:
    return list(find_leaks(prepare(table, problem)).values())


def test_feature_that_gives_the_target_away_is_named_with_its_figure(columns: dict[str, list[object]]) -> None:
    y = np.array(columns["y"], dtype=int)
    noise = np.random.default_rng(1).normal(size=ROWS)
    columns = {"answer": np.where(y, "yes", "no").tolist(), "close": (y + 0.1 * noise).tolist(), **columns}
    assert leaks(make_table(columns), BINARY) == [
        f"WARNING: '{name}' alone gives 'y' away (ROC AUC 1.000). If it is not known before the outcome, the figures are "
        "worthless: set ignore = true for it in problem.toml"
        for name in ("answer", "close")
    ]


def test_feature_that_says_something_is_no_leak(columns: dict[str, list[object]]) -> None:
    """The twin of the test above: a strong feature passes."""
    y = np.array(columns["y"], dtype=int)
    strong = (y + 0.5 * np.random.default_rng(1).normal(size=ROWS)).tolist()
    assert leaks(make_table({"strong": strong, **columns}), BINARY) == []


def test_leak_of_a_number_or_of_several_classes_is_named(columns: dict[str, list[object]]) -> None:
    x = np.array(columns["x"], dtype=float)
    table = make_table(
        {"a": (2 * x + 1).tolist(), "b": np.random.default_rng(1).normal(size=ROWS).tolist(), "y": x.tolist()}
    )
    (warning,) = leaks(table, make_problem())
    assert warning.startswith("WARNING: 'a' alone gives 'y' away (R2 0.98")
    classes = np.digitize(x, [-0.5, 0.5])
    (warning,) = leaks(
        make_table({"a": list(np.array(["p", "q", "r"])[classes]), "b": columns["y"], "y": classes}), make_problem()
    )
    assert warning.startswith("WARNING: 'a' alone gives 'y' away (ROC AUC 1.000)")


def test_births_are_in_order(problem: Problem) -> None:
    table = read_table(problem.data, problem)
    assert set_aside(table, problem) == (table, {})
    assert leaks(table, problem) == []


def test_ignored_column_that_groups_are_told_by_stays(columns: dict[str, list[object]]) -> None:
    table = make_table({"sex": ["f"] * ROWS, **columns})
    audited = replace(BINARY, sensitive=["sex"], columns={"sex": Column(ignore=True)})
    assert set_aside(table, audited) == (table, {})


PRICES = [(7 * i) % (7 * ROWS) + 1000 * (i % 2) for i in range(ROWS)]
CITIES = [f"c{i % 8 if i < 300 else i}" for i in range(ROWS)]
DAYS = [f"{i % 12 + 1:02}/{i % 11 + 1:02}/2024" for i in range(ROWS)]
WEIGHTS = [f"{i % 9} kg" for i in range(ROWS)]


@pytest.mark.parametrize(
    ("values", "doubt"),
    [
        (
            PRICES,
            "the column 'c' is kept as a number, but it has a different value in 100% of the rows, as an identifier "
            "has; if it is one, set ignore = true for it",
        ),
        (
            CITIES,
            "the column 'c' has 108 different texts: the 8 most common are told apart, all else counts as one other; set "
            "other = false for it to tell them all apart, or ignore = true to leave it out",
        ),
        (
            DAYS,
            "the dates of 'c' are read as %m/%d/%Y, but could be %d/%m/%Y as well; if they are, set kind = \"date\" and "
            'format = "%d/%m/%Y" for it',
        ),
        (
            WEIGHTS,
            "the column 'c' is taken for a category, for its numbers are written as texts, such as '0 kg'; write them "
            "plainly, such as 1234.5, to have it as a number",
        ),
    ],
)
def test_column_that_may_be_meant_in_another_way_stays_with_a_notice(
    columns: dict[str, list[object]], values: list[object], doubt: str
) -> None:
    table = make_table({"c": values, **columns})
    assert set_aside(table, BINARY) == (table, {})
    assert find_doubts(table, BINARY) == [doubt]


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (PRICES, Column(kind="number")),
        (CITIES, Column(other=True)),
        (CITIES, Column(other=False)),
        (DAYS, Column(kind="date", format="%m/%d/%Y")),
        (WEIGHTS, Column(kind="category")),
        (DAYS, Column(ignore=True)),
        ([i // 2 for i in range(ROWS)], Column()),
        ([f"c{i % 50}" for i in range(ROWS)], Column()),
        (["31/01/2024", "01/02/2024"] * (ROWS // 2), Column()),
    ],
)
def test_column_that_is_clear_has_no_notice(
    columns: dict[str, list[object]], values: list[object], column: Column
) -> None:
    problem = replace(BINARY, columns={"c": column})
    assert find_doubts(make_table({"c": values, **columns}), problem) == []
