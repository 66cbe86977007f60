"""The schema is derived from the table and problem.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.batch import read_csv
from predict.row import RowValidator
from tests.tables import make_problem, make_table
from training.edges import to_records
from training.errors import InputError
from training.problem import Column, Problem
from training.schema import Schema, derive_schema, median, parse_features, typical_row
from training.table import read_table

CSV = "size,colour_name,y,n\n1,red,1,4\n2.5,,0,3\n-7,blue,0,2\n"


def schema_of(tmp_path: Path, text: str = CSV, **columns: Column) -> Schema:
    (tmp_path / "t.csv").write_text(text)
    problem = Problem("p", "P", "", "y", "1", weight="n", sensitive=["colour_name"], columns=columns)
    return derive_schema(read_table(str(tmp_path / "t.csv"), problem), problem)


def test_kinds_labels_and_examples_are_inferred(tmp_path: Path) -> None:
    schema = schema_of(tmp_path)
    largest = 3.4028234663852886e38
    assert schema == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "P",
        "type": "object",
        "properties": {
            "size": {
                "type": "number",
                "minimum": -largest,
                "maximum": largest,
                "x-kind": "number",
                "x-range": [-7.0, 2.5],
                "x-step": "any",
                "x-label": "Size",
                "x-order": 0,
                "x-sensitive": False,
                "x-example": 1.0,
            },
            "colour_name": {
                "type": ["string", "null"],
                "enum": ["blue", "red", None],
                "x-kind": "category",
                "x-label": "Colour name",
                "x-order": 1,
                "x-sensitive": True,
                "x-example": "red",
            },
        },
        "required": ["size"],
        "additionalProperties": False,
    }
    assert typical_row(schema) == {"size": 1.0, "colour_name": "red"}


def test_problem_toml_overrides_what_is_inferred(tmp_path: Path) -> None:
    size = Column(label="Tall", description="How tall.", unit="m", kind="category", choices=["2.5", "1", "-7", "9"])
    value = schema_of(tmp_path, size=size)["properties"]["size"]
    assert value == {
        "type": "string",
        "enum": ["2.5", "1", "-7"],  # in the user's order, without the one that no row has
        "x-kind": "category",
        "x-label": "Tall",
        "x-order": 0,
        "x-sensitive": False,
        "description": "How tall.",
        "x-unit": "m",
        "x-example": "1",
    }


def test_features_are_parsed_in_the_order_of_the_schema(tmp_path: Path) -> None:
    schema = schema_of(tmp_path)
    rows = read_table(str(tmp_path / "t.csv"), Problem("p", "P", "", "y", "1", weight="n")).rows
    features = parse_features(rows, schema)
    assert list(features.columns) == ["size", "colour_name"]
    assert features["size"].dtype == float
    assert sorted(features.fillna("missing").values.tolist()) == [[-7.0, "blue"], [1.0, "red"], [2.5, "missing"]]


def test_values_are_parsed_as_the_api_has_them() -> None:
    columns: dict[str, list[Any]] = {
        "paid": ["TRUE", "f", None],
        "joined": ["31/01/2024 12:30", None, "2024-02-01"],
        "n": ["1", None, "2.5"],
        "text": ["a", None, "b"],
        "y": [1, 0, 1],
    }
    table = make_table(columns)
    problem = make_problem(columns={"joined": Column(kind="date", format="%d/%m/%Y")})
    features = parse_features(table.rows, derive_schema(table, problem))
    assert features.dtypes.tolist() == [object, object, float, object]
    assert features.astype(object).where(features.notna(), None).to_dict("list") == {
        "paid": [True, False, None],
        "joined": ["2024-01-31", None, "2024-02-01"],
        "n": [1.0, None, 2.5],
        "text": ["a", None, "b"],
    }


MIXED: dict[str, Any] = {
    "n": ["1", "2", "2", "4", None],
    "text": ["b", "a", "b", "a", None],
    "day": ["2024-01-01", "2024-01-03", "2024-01-03", "2024-01-09", None],
    "paid": ["true", "true", "false", None, None],
    "many": [*(f"c{i}" for i in range(4)), "c0"],
    "y": [0, 1, 0, 1, 0],
}


def test_typical_row_has_the_most_common_choice_and_the_median() -> None:
    problem = make_problem(columns={"many": Column(other=True)})
    assert typical_row(derive_schema(make_table(MIXED), problem)) == {
        "n": 2.0,
        "text": "a",  # as common as b
        "day": "2024-01-03",
        "paid": True,
        "many": "c0",
    }
    weighted = derive_schema(make_table(MIXED, counts=[1, 1, 1, 9, 20]), problem)
    assert typical_row(weighted) == {"n": 4.0, "text": None, "day": "2024-01-09", "paid": None, "many": "c0"}


@pytest.mark.parametrize(
    ("counts", "expected"), [([1, 1, 3], 3.0), ([3, 1, 1], 1.0), ([2, 1, 2], 2.0), ([2, 1, 1], 1.0), ([0, 1, 0], 2.0)]
)
def test_median_is_of_the_rows_that_each_line_stands_for(counts: list[int], expected: float) -> None:
    values = pd.Series([1.0, None, 2.0, 3.0])
    assert median(values, np.array([counts[0], 9, *counts[1:]])) == expected


@pytest.mark.parametrize("end", [0.0, 9.0])
def test_typical_number_may_be_an_end_of_the_range(end: float) -> None:
    columns = {"n": Column(kind="number", range=[0, 9], typical=end)}
    table = make_table({"n": [1, 2, 3], "y": [0, 1, 1]})
    assert typical_row(derive_schema(table, make_problem(columns=columns))) == {"n": end}


def test_features_keep_their_rows_and_names() -> None:
    table = make_table({"n": [1, 2, 3, 4], "day": ["2024-01-09"] * 4, "y": [0, 1, 0, 1]})
    features = parse_features(table.rows.iloc[[3, 1]], derive_schema(table, make_problem()))
    assert features.index.tolist() == [3, 1]
    assert features["n"].tolist() == [4.0, 2.0]


def test_others_are_never_typical() -> None:
    """Not even where they are more than any choice: each of them is rare."""
    values: dict[str, list[Any]] = {"many": ["c0", "c0", *(f"d{i}" for i in range(60))], "y": [0, 1] * 31}
    schema = derive_schema(make_table(values), make_problem(columns={"many": Column(choices=["c0"], other=True)}))
    assert schema["properties"]["many"]["x-example"] == "c0"


@pytest.mark.parametrize(
    ("name", "typical", "expected"),
    [
        ("n", 3, 3.0),
        ("text", "b", "b"),
        ("text", "", None),
        ("n", "", None),
        ("day", "2030-12-31", "2030-12-31"),
        ("paid", False, False),
        ("many", "(other)", "(other)"),
    ],
)
def test_typical_value_is_what_problem_toml_says(name: str, typical: Any, expected: Any) -> None:
    kind = {"n": "integer", "day": "date"}.get(name)
    columns = {"many": Column(other=True)} | {name: Column(kind=kind, typical=typical, other=name == "many" or None)}
    assert typical_row(derive_schema(make_table(MIXED), make_problem(columns=columns)))[name] == expected


@pytest.mark.parametrize(
    ("name", "column", "allowed"),
    [
        ("n", Column(typical=2.5), "a number from -3.40282e+38 to 3.40282e+38, a whole one"),
        ("n", Column(typical="2"), "a number from -3.40282e+38 to 3.40282e+38, a whole one"),
        ("n", Column(typical=True), "a number from -3.40282e+38 to 3.40282e+38, a whole one"),
        ("n", Column(kind="number", range=[0, 9], typical=10.5), "a number from 0 to 9"),
        ("n", Column(kind="number", typical=float("nan")), "a number from -3.40282e+38 to 3.40282e+38"),
        ("text", Column(typical="c"), "one of 'a', 'b', None"),
        ("y2", Column(typical=""), "one of '0', '1'"),
        ("day", Column(typical="03/01/2024"), "a date such as 2024-12-31"),
        ("day", Column(typical=3), "a date such as 2024-12-31"),
        ("paid", Column(typical=1), "one of False, True, None"),
        ("paid", Column(typical="true"), "one of False, True, None"),
        ("many", Column(typical="d"), "one of 'c0', 'c1', 'c2', 'c3'"),
    ],
)
def test_typical_value_that_cannot_be_is_refused(name: str, column: Column, allowed: str) -> None:
    columns = {"y2": Column(kind="category")} | {
        name: replace(column, kind=column.kind or ("category" if name == "y2" else None))
    }
    table = make_table({**MIXED, "y2": MIXED["y"]})
    with pytest.raises(InputError) as error:
        derive_schema(table, make_problem(columns=columns))
    assert str(error.value) == f"[columns.{name}]: typical = {column.typical!r} should be {allowed}"


def test_codes_with_leading_zeros_are_choices_unless_told(tmp_path: Path) -> None:
    text = "zip,y,n\n00123,1,4\n00124,0,3\n01234,0,2\n"
    (tmp_path / "t.csv").write_text(text)
    problem = Problem("p", "P", "", "y", "1", weight="n")
    table = read_table(str(tmp_path / "t.csv"), problem)
    assert derive_schema(table, problem)["properties"]["zip"]["enum"] == ["00123", "00124", "01234"]
    told = replace(problem, columns={"zip": Column(kind="number")})
    assert derive_schema(table, told)["properties"]["zip"]["x-range"] == [123.0, 1234.0]


def test_labels_keep_capitals_and_tell_columns_apart(tmp_path: Path) -> None:
    text = "HDL_chol,g,G,y,n\na,b,c,1,4\nd,e,f,0,3\n"
    (tmp_path / "t.csv").write_text(text)
    problem = Problem("p", "P", "", "y", "1", weight="n")
    schema = derive_schema(read_table(str(tmp_path / "t.csv"), problem), problem)
    assert [value["x-label"] for value in schema["properties"].values()] == ["HDL chol", "g", "G"]


@pytest.mark.parametrize(
    ("missing", "cells"),
    [
        ([""], ["a", "n/a", "", "7", "yes", "2024-01-31"]),
        (["", "n/a"], ["a", "", "n/a", "n/a", "", "n/a"]),
        (["n/a", "-9"], ["a", "", "-9", "-9.0", "n/a", "-9"]),
        (["?"], ["", "n/a", "?", "?", "?", "?"]),
    ],
)
def test_function_reads_the_cells_of_the_table_as_training_does(
    tmp_path: Path, missing: list[str], cells: list[str]
) -> None:
    lines = [["a", "b", "b", "1", "yes", "2024-01-31"], ["b", "b", "a", "2.5", "no", "2024-02-29"]]
    header = "y,closed,open,number,truth,day"
    lines = [[str(place), *line[1:]] for place, line in enumerate([*lines, *lines, cells])]
    lines[-1][1] = cells[1]
    text = "\n".join([header, *map(",".join, lines)]) + "\n"
    (tmp_path / "t.csv").write_text(text)
    columns = {"open": Column(choices=["a", "b"], other=True), "closed": Column(other=False)}
    problem = Problem("p", "P", "", "y", task="regression", missing_values=missing, columns=columns)
    table = read_table(str(tmp_path / "t.csv"), problem)
    schema = derive_schema(table, problem)
    assert schema.get("x-missing", [""]) == missing
    order = table.rows["y"].astype(int).argsort()
    expected = to_records(parse_features(table.rows.iloc[order], schema))
    given = "\n".join(line.partition(",")[2] for line in text.splitlines())
    assert [RowValidator(schema).check(row) for _place, row in read_csv(given, schema)] == expected
    assert None in expected[-1].values()
