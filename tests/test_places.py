"""Places: where in a table a value stands that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest

from tests.postgres import postgres as postgres
from training.errors import CellError
from training.problem import Column, Problem
from training.sources.places import find_cell, locate

PROBLEM = Problem(name="p", title="P", data="", target="y", missing_values=["", "NA"])
AGES = ["1", "2\n3", "1.50", "inf", "inf", "NA", "x"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A CSV file whose fourth line stands in its third row's quotes."""
    path = tmp_path / "t.csv"
    pd.DataFrame({"age": AGES, "y": 1}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("text", "line", "row"),
    [("1", "line 2", "row 1"), ("inf", "line 6", "row 4"), ("x", "line 9", "row 7"), ("z", None, None)],
)
def test_first_cell_with_a_text_is_found(file: Path, text: str, line: str | None, row: str | None) -> None:
    assert find_cell(str(file), PROBLEM, "age", text) == line
    pd.DataFrame({"age": AGES}).to_parquet(file.with_suffix(".parquet"))
    assert find_cell(str(file.with_suffix(".parquet")), PROBLEM, "age", text) == row


def test_cell_of_a_database_is_found(postgres: psycopg.Connection, postgres_url: str) -> None:
    postgres.execute(
        "CREATE TABLE p AS SELECT i AS a, CASE WHEN i = 17 THEN 'inf' ELSE 1.5 END::real AS age "
        "FROM generate_series(1, 30) AS i"
    )
    assert find_cell(postgres_url, PROBLEM, "age", "inf") == "row 17"
    assert find_cell(postgres_url, replace(PROBLEM, query="SELECT * FROM p WHERE a > 10"), "age", "inf") == "row 7"


def test_number_is_found_in_any_notation_unless_texts_are_quoted(file: Path) -> None:
    assert find_cell(str(file), PROBLEM, "age", "1.5") == "line 5"
    assert find_cell(str(file), replace(PROBLEM, columns={"age": Column(kind="category")}), "age", "1.5") is None


def test_empty_text_is_found_where_a_value_is_missing(file: Path) -> None:
    assert find_cell(str(file), PROBLEM, "age", "") == "line 8"
    assert find_cell(str(file), replace(PROBLEM, missing_values=[""]), "age", "") is None


@pytest.mark.parametrize(("text", "place"), [("inf", ", line 6"), ("z", "")])
def test_error_says_where_it_is(file: Path, text: str, place: str) -> None:
    error = locate(CellError(f"{text!r} is no number; mend it", "age", text), str(file), PROBLEM)
    assert str(error) == f"{file}{place}, column 'age': {text!r} is no number; mend it"


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, b"x"])
def test_value_that_is_no_single_one_is_found(tmp_path: Path, value: Any) -> None:
    pd.DataFrame({"a": [None, value]}).to_parquet(tmp_path / "t.parquet")
    assert find_cell(str(tmp_path / "t.parquet"), PROBLEM, "a", str(value)) == "row 2"
