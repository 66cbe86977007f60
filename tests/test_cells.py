"""Cells of a CSV are read as what JSON would have there; what cannot be read stays a text."""

from __future__ import annotations

from typing import Any

import pytest

from predict.cells import guess_date, make_reader
from tests.apps import MIXED

DATE = MIXED["'"]
DAY_FIRST = MIXED["a/b~c"]


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["true", "TRUE", "t", "Yes", "y", "1"], True),
        (["false", "False", "F", "no", "N", "0"], False),
        ([""], None),
    ],
)
def test_boolean_is_written_in_many_ways(cells: list[str], read: bool | None) -> None:
    assert [make_reader(MIXED['class "def"'])(cell) for cell in cells] == [read] * len(cells)


@pytest.mark.parametrize("cell", ["2", "1.0", "oui", " true", "ye\u017f", "null"])
def test_other_text_is_no_boolean(cell: str) -> None:
    assert make_reader(MIXED['class "def"'])(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-05",
        "2024-1-5",
        "2024-01-05 12:30",
        "2024-01-05 12:30:00",
        "2024-01-05T12:30:00Z",
        "2024-01-05T12:30:00.123456+02:00",
        "2024-01-05 1:30 PM",
        "2024-01-05 12:30:00 UTC",
    ],
)
def test_time_of_day_is_dropped_from_a_date(cell: str) -> None:
    assert make_reader(DATE)(cell) == make_reader(DAY_FIRST)(cell) == "2024-01-05"


@pytest.mark.parametrize("cell", ["05/01/2024", "5/1/2024", "05/1/2024 12:30:00"])
def test_date_is_read_as_the_table_writes_it(cell: str) -> None:
    assert make_reader(DAY_FIRST)(cell) == "2024-01-05"
    assert make_reader({**DAY_FIRST, "x-format": "%m/%d/%Y"})(cell) == "2024-05-01"
    assert make_reader(DATE)(cell) == cell


def test_signs_of_a_form_stand_for_themselves() -> None:
    read = make_reader({**DATE, "x-format": "%d.%m.%Y"})
    assert [read(cell) for cell in ("31.1.2024", "31/1/2024", "31x1x2024")] == ["2024-01-31", "31/1/2024", "31x1x2024"]


@pytest.mark.parametrize(
    "cell", ["2024-02-30", "2024-01-05 noon", "2024-01-05 12", "31/02/2024", "٣١/01/2024", "45000", "2024", "x"]
)
def test_text_that_is_no_date_stays_as_it_is(cell: str) -> None:
    assert make_reader(DAY_FIRST)(cell) == cell


@pytest.mark.parametrize("field", ["1st", "2"])
def test_number_is_read_whole_or_not(field: str) -> None:
    read = make_reader(MIXED[field])
    given = ["3", "3.0", "-2.5", "1e3", "", "1_000", "1,5", "three"]
    assert [read(cell) for cell in given] == [3.0, 3.0, -2.5, 1000.0, None, "1_000", "1,5", "three"]


COLUMNS: list[dict[str, Any]] = [
    {"type": "string", "enum": ["a", "NA"]},
    {"type": ["string", "null"], "x-choices": ["a", "", None]},
    *(MIXED[field] for field in ("1st", "2", 'class "def"', "'", "a/b~c")),
]


@pytest.mark.parametrize("column", COLUMNS)
def test_cells_are_missing_that_hold_a_text_which_means_it(column: dict[str, Any]) -> None:
    """As in training, whatever the choices are."""
    cells = ["", "NA", "n/a", "na", " "]
    assert [make_reader(column)(cell) for cell in cells] == [None, "NA", "n/a", "na", " "]
    assert [make_reader(column, ["", "n/a"])(cell) for cell in cells] == [None, "NA", None, "na", " "]
    assert [make_reader(column, ["NA"])(cell) for cell in cells] == ["", None, "n/a", "na", " "]
    assert [make_reader(column, [])(cell) for cell in cells] == cells


def test_number_that_means_missing_may_be_written_in_other_ways() -> None:
    number, text = make_reader(MIXED["2"], ["", "-9", "007"]), make_reader(COLUMNS[1], ["", "-9", "007"])
    cells = ["-9", "-9.0", "-9e0", "-9.5", "007", "7", "7.0", "1e999"]
    assert [number(cell) for cell in cells] == [None, None, None, -9.5, None, 7.0, 7.0, float("inf")]
    assert [text(cell) for cell in cells] == [None, "-9.0", "-9e0", "-9.5", None, "7", "7.0", "1e999"]
    assert make_reader(MIXED["2"], ["0.0"])("-0") is None
    assert make_reader(MIXED['class "def"'], ["1.0"])("1") is True


def test_text_of_json_is_no_missing_one() -> None:
    assert make_reader({"type": "string"})("null") == "null"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("31/12/2024", "2024-12-31"),
        ("12/31/2024", "2024-12-31"),
        ("31.12.2024", "2024-12-31"),
        ("5-5-2024", "2024-05-05"),
        ("2024/12/31", "2024-12-31"),
        ("2024-12-31T23:59:59Z", "2024-12-31"),
        ("01/02/2024", None),  # the second of January, or the first of February
        ("31/02/2024", None),
        ("31/12-2024", None),
        ("31/12/24", None),
        ("soon", None),
    ],
)
def test_date_that_can_be_read_in_one_way_only_is_guessed(text: str, date: str | None) -> None:
    assert guess_date(text) == date
