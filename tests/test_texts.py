"""The one text form of each value."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import CellError
from training.sources.texts import parse_numbers, read_numeral, show_values, write_number, write_values

SUMMER = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("None", "None"),
        (3, "3"),
        (2**63, "9223372036854775808"),
        (3.0, "3"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e-7, "1e-07"),
        (1e22, "1e+22"),
        (float("inf"), "inf"),
        (float("nan"), None),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("NaN"), None),
        (True, "True"),
        (False, "False"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 12, 30), "2026-01-31 12:30:00"),
        (datetime(2026, 1, 31, 12, 30, tzinfo=SUMMER), "2026-01-31 10:30:00+00:00"),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31 00:00:00+00:00"),
        (time(12, 30), "12:30:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_value_has_one_text(value: object, text: str | None) -> None:
    assert write_values([value], "a") == show_values([value]) == [text]


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"x", timedelta(1)])
def test_value_that_is_no_single_one_is_refused_and_can_be_found(value: object) -> None:
    with pytest.raises(CellError) as error:
        write_values(["x", value], "a")
    assert (error.value.column, [error.value.text]) == ("a", show_values([value]))
    assert str(error.value) == (
        f"a value of the type {type(value).__name__} is no text, number, truth value or date; set ignore = true for the "
        "column in problem.toml, or write it in another way"
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", "3"),
        ("3.0", "3"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0.10", "0.1"),
        ("1e-7", "1e-07"),
        ("0.0000001", "1e-07"),
        ("1E3", "1000"),
        ("12345678901234567890", "12345678901234567890"),
        ("007", None),
        ("+5", None),
        (" 5", None),
        ("5\n", None),
        ("5.", None),
        ("1_000", None),
        ("٣", None),
        ("1e999", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_number_in_any_notation_has_one_text(text: str, number: str | None) -> None:
    assert read_numeral(text) == number
    parsed = parse_numbers([text]).tolist()
    assert parsed == [float(number)] if number else parsed[0] != parsed[0]


def test_what_is_no_text_is_no_number() -> None:
    assert parse_numbers(["1", None, float("nan"), 2, "1" * 400]).tolist() == pytest.approx(
        [1, math.nan, math.nan, math.nan, math.inf], nan_ok=True
    )


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_back_as_itself(number: float) -> None:
    text = write_number(number)
    assert float(text) == number
    assert read_numeral(text) == text == read_numeral(f"{number!r}") == read_numeral(f"{number:.17e}")
    assert parse_numbers([text, f"{number!r}", f"{number:.17e}"]).tolist() == [number] * 3
