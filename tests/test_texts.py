"""The one text form of each value."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import InputError
from training.sources.texts import read_numeral, write_number, write_values

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
    assert write_values([value], "a", "t.parquet") == [text]


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"x"])
def test_value_that_is_no_single_one_is_refused(value: object) -> None:
    with pytest.raises(InputError) as error:
        write_values(["x", value], "a", "t.parquet")
    assert str(error.value) == (
        f"t.parquet: the column 'a' holds values of the type {type(value).__name__}; "
        "texts, numbers, truth values and dates can be read"
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


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_back_as_itself(number: float) -> None:
    text = write_number(number)
    assert float(text) == number
    assert read_numeral(text) == text == read_numeral(f"{number!r}") == read_numeral(f"{number:.17e}")
