"""The way in which a column writes its dates is found, and its dates are read."""

from __future__ import annotations

import datetime

import pytest

from training.dates import FORMATS, find_formats, read_dates

DAYS = [datetime.date(2023, 1, 1) + datetime.timedelta(days=11 * step) for step in range(60)]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("time", ["", " 12:30", " 12:30:00", "T12:30:00Z", " 1:30 PM", "T00:00:00.000+02:00"])
def test_format_is_found_with_and_without_a_time_of_day(form: str, time: str) -> None:
    texts = [day.strftime(form) + time for day in DAYS]
    assert find_formats(texts) == [form]
    assert read_dates(texts, form) == {text: day.isoformat() for text, day in zip(texts, DAYS, strict=True)}


def test_leading_zeros_may_lack() -> None:
    assert find_formats(["31/1/2024", "1/12/2024"]) == ["%d/%m/%Y"]
    assert read_dates(["31/1/2024", "1/12/2024"], "%d/%m/%Y") == {"31/1/2024": "2024-01-31", "1/12/2024": "2024-12-01"}


def test_dates_that_can_be_read_in_two_ways_have_both() -> None:
    assert find_formats(["01/02/2024", "03/04/2024"]) == ["%m/%d/%Y", "%d/%m/%Y"]
    assert find_formats(["01-02-2024", "03-04-2024"]) == ["%d-%m-%Y", "%m-%d-%Y"]
    assert find_formats(["01.02.2024", "03.04.2024"]) == ["%d.%m.%Y"]


@pytest.mark.parametrize(("bad", "formats"), [(1, ["%d/%m/%Y"]), (2, [])])
def test_a_tenth_of_the_texts_may_be_none(bad: int, formats: list[str]) -> None:
    days = [f"{day}/12/2024" for day in range(15, 25 - bad)]
    for odd in ("soon", "31/02/2024", "00/00/0000"):
        assert find_formats([f"{odd}{' ' * position}" for position in range(bad)] + days) == formats


@pytest.mark.parametrize(
    "texts", [[], ["x"], ["20240131"], ["2024"], ["12:30"], ["1/2"], ["31/12/24"], ["31/12-2024"], ["Jan 5, 2024"]]
)
def test_other_texts_are_no_dates(texts: list[str]) -> None:
    assert find_formats(texts) == []


def test_iso_is_read_beside_the_form_and_other_texts_are_none() -> None:
    assert read_dates(["31/12/2024", "2024-12-31 10:00", "12/31/2024", "soon", ""], "%d/%m/%Y") == {
        "31/12/2024": "2024-12-31",
        "2024-12-31 10:00": "2024-12-31",
        "12/31/2024": None,
        "soon": None,
        "": None,
    }
