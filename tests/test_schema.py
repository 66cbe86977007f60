"""The schema is derived from the table and problem.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from training.errors import InputError
from training.problem import Column, Problem
from training.schema import Schema, derive_schema, parse_features, typical_row
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


def test_whole_numbers_have_step_one(tmp_path: Path) -> None:
    assert schema_of(tmp_path, "a,y,n,colour_name\n1,1,1,x\n2,0,1,x\n")["properties"]["a"]["x-step"] == 1


def test_features_are_parsed_in_the_order_of_the_schema(tmp_path: Path) -> None:
    schema = schema_of(tmp_path)
    rows = read_table(str(tmp_path / "t.csv"), Problem("p", "P", "", "y", "1", weight="n")).rows
    features = parse_features(rows, schema)
    assert list(features.columns) == ["size", "colour_name"]
    assert features["size"].dtype == float
    assert sorted(features.fillna("missing").values.tolist()) == [[-7.0, "blue"], [1.0, "red"], [2.5, "missing"]]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (CSV, {"colour_name": Column(choices=["red"])}, "'colour_name' holds 'blue', which its choices"),
        (CSV, {"colour_name": Column(kind="number")}, "'colour_name' is to be a number, but holds 'blue'"),
        ("size,colour_name,y,n\n1,,1,1\n,,0,1\n", {}, "the number 'size' is missing in 1 rows"),
        ("size,colour_name,y,n\n1,,1,1\n2,,0,1\n", {}, "the column 'colour_name' is empty"),
        (
            "size,colour_name,y,n\n" + "".join(f"1,id-{i},{i % 2},1\n" for i in range(1_001)),
            {},
            "'colour_name' has 1,001 different texts, as an identifier or free text has; set ignore = true",
        ),
    ],
)
def test_column_that_cannot_be_used_is_refused(
    tmp_path: Path, text: str, columns: dict[str, Column], message: str
) -> None:
    with pytest.raises(InputError) as error:
        schema_of(tmp_path, text, **columns)
    assert message in str(error.value)


def test_number_too_large_for_float32_makes_a_category(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, "size,colour_name,y,n\n1e39,x,1,1\n2,x,0,1\n")
    assert schema["properties"]["size"]["x-kind"] == "category"


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
