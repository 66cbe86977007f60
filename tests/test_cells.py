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


def test_empty_cell_is_missing_unless_it_is_a_choice() -> None:
    text: dict[str, Any] = {"type": "string"}
    for choices in ({"enum": ["a"]}, {"x-choices": ["a", "(other)"]}):
        assert make_reader(text | choices)("") is None
    for choices in ({"enum": ["a", ""]}, {"x-choices": ["", "(other)"]}):
        assert make_reader(text | choices)("") == ""
    assert make_reader(text)("null") == "null"


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
