"""Columns that tell nothing are left out, and columns that tell everything are named; others pass in silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.tables import make_problem, make_table
from training.checks import find_leaks, find_wide_categories, set_aside
from training.dataset import prepare
from training.errors import InputError
from training.problem import Column, Problem
from training.table import Table, read_table

BINARY = make_problem(positive="1")
ROWS = 400


@pytest.fixture
def columns() -> dict[str, list[object]]:
    """A weak feature and its target."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=ROWS).round(3)
    return {"x": x.tolist(), "y": (x + generator.normal(size=ROWS) > 0).astype(int).tolist()}


@pytest.mark.parametrize(
    ("values", "notice"),
    [
        (["k"] * ROWS, "the column 'c' is 'k' in every row and is left out: it can tell nothing"),
        ([f"p{i}" for i in range(ROWS)], "the column 'c' is left out: it has a different value in 100% of the rows, as an identifier has; set its kind in problem.toml to keep it, kind = \"number\" for a quantity"),
        (list(range(ROWS)), "the column 'c' is left out: it has a different value in 100% of the rows, as an identifier has; set its kind in problem.toml to keep it, kind = \"number\" for a quantity"),
        ([max(i, 15) for i in range(ROWS)], "the column 'c' is left out: it has a different value in 96% of the rows, as an identifier has; set its kind in problem.toml to keep it, kind = \"number\" for a quantity"),
    ],
)  # fmt: skip
def test_column_that_tells_nothing_is_left_out(
    columns: dict[str, list[object]], values: list[object], notice: str
) -> None:
    table, notices = set_aside(make_table({"c": values, **columns}), BINARY)
    assert notices == [notice]
    assert list(table.rows.columns) == ["x", "y"]
    assert table.counts.sum() == ROWS


@pytest.mark.parametrize(
    "values",
    [
        ["k"] * (ROWS - 1) + ["j"],
        ["k"] * (ROWS - 1) + [None],
        [max(i, 25) for i in range(ROWS)],  # a different value in 94 % of the rows
        [i + 0.5 for i in range(ROWS)],  # a measurement
    ],
)
def test_column_that_may_tell_something_stays(columns: dict[str, list[object]], values: list[object]) -> None:
    table = make_table({"c": values, **columns})
    assert set_aside(table, BINARY) == (table, [])


@pytest.mark.parametrize("column", [Column(kind="number"), Column(choices=[str(i) for i in range(ROWS)])])
def test_identifier_that_problem_toml_describes_stays(columns: dict[str, list[object]], column: Column) -> None:
    table = make_table({"c": list(range(ROWS)), **columns})
    assert set_aside(table, replace(BINARY, columns={"c": column})) == (table, [])


def test_distinct_rows_that_stand_for_many_are_no_identifier(columns: dict[str, list[object]]) -> None:
    table = make_table({"c": list(range(ROWS)), **columns}, counts=[2] * ROWS)
    assert set_aside(table, BINARY) == (table, [])


def test_table_folds_anew_without_its_identifier() -> None:
    table = make_table({"id": range(100), "a": ["x", "z"] * 50, "y": [0, 1] * 50})
    folded, _notices = set_aside(table, BINARY)
    assert folded.rows.to_dict("list") == {"a": ["x", "z"], "y": ["0", "1"]}
    assert folded.counts.tolist() == [50, 50]


def test_target_is_never_left_out() -> None:
    table = make_table({"a": ["x", "z"] * 50, "y": range(100)})
    assert set_aside(table, make_problem()) == (table, [])


def test_table_without_a_feature_left_is_refused() -> None:
    with pytest.raises(InputError, match=r"^t\.csv has no feature to learn from: the column 'a' is 'x' in every row"):
        set_aside(make_table({"a": ["x", "x"], "y": [0, 1]}, [50, 50]), BINARY)


def leaks(table: Table, problem: Problem) -> list[str]:
    return find_leaks(prepare(table, problem))


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
    assert set_aside(table, problem) == (table, [])
    assert leaks(table, problem) == []


def test_whole_numbers_over_a_wide_range_stay_with_a_notice(columns: dict[str, list[object]]) -> None:
    """A price is no identifier, and may be what tells most."""
    prices = (100 * np.random.default_rng(0).permutation(ROWS) + 7).tolist()
    table = make_table({"price": prices, **columns})
    assert set_aside(table, BINARY) == (
        table,
        [
            "the column 'price' is kept as a number, but it has a different value in 100% of the rows, as an identifier "
            "has; if so, set ignore = true for it"
        ],
    )


def test_ignored_column_that_groups_are_told_by_stays(columns: dict[str, list[object]]) -> None:
    table = make_table({"sex": ["f"] * ROWS, **columns})
    audited = replace(BINARY, sensitive=["sex"], columns={"sex": Column(ignore=True)})
    assert set_aside(table, audited) == (table, [])


@pytest.mark.parametrize(("choices", "expected"), [(51, 1), (50, 0)])
def test_category_of_many_choices_is_named(columns: dict[str, list[object]], choices: int, expected: int) -> None:
    dates = [f"2026-{i % choices // 28 + 1:02}-{i % choices % 28 + 1:02}" for i in range(ROWS)]
    dataset = prepare(make_table({"day": dates, **columns}), BINARY)
    notices = find_wide_categories(dataset, BINARY)
    assert len(notices) == expected
    assert all(
        notice.startswith("the column 'day' is taken for a category of 51 choices, such as '2026-01-01'; the function")
        for notice in notices
    )
    described = replace(BINARY, columns={"day": Column(kind="category")})
    assert find_wide_categories(dataset, described) == []
