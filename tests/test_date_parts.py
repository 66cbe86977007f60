"""Dates have parts, the same one by one as for a whole column."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from predict.dates import PARTS, expand, find_part, parse_date

DAYS = ["0001-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "9999-12-31"]


@pytest.mark.parametrize("text", DAYS)
def test_parts_are_those_of_the_calendar(text: str) -> None:
    day = datetime.date(*map(int, text.split("-")))
    found = [find_part(part, "2000-01-01")(text) for part in PARTS]
    assert found == [day.year, day.month, day.weekday(), (day - datetime.date(2000, 1, 1)).days]
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-02-29",
        "2024-2-29",
        "20240229",
        "2024-W09-4",
        "2024-02-29 ",
        "0000-01-01",
        "10000-01-01",
        "\uff12024-02-29",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=".+"):
        parse_date(text)


def test_a_column_is_expanded_as_its_dates_are_one_by_one() -> None:
    texts = [*DAYS, "2024-02-29"]
    frame = pd.DataFrame({"day": pd.Series([*texts, np.nan, None], dtype=object)})
    parts = [[find_part(part, "1970-01-02")(text) for part in PARTS] for text in texts]
    filled = [[find_part(part, "1970-01-02")("2000-02-29") for part in PARTS] for _missing in range(2)]
    assert_array_equal(expand(frame, "1970-01-02"), [*parts, *([[np.nan] * 4] * 2)])
    expected = [*([*row, 0] for row in parts), *([*row, 1] for row in filled)]
    assert_array_equal(expand(frame, "1970-01-02", "2000-02-29"), expected)


@pytest.mark.parametrize(("fill", "width"), [(None, 4), ("2000-01-01", 5)])
def test_a_column_without_dates_is_expanded_too(fill: str | None, width: int) -> None:
    for n in (0, 3):
        assert expand(pd.DataFrame({"day": pd.Series([np.nan] * n, dtype=object)}), "2000-01-01", fill).shape == (
            n,
            width,
        )
