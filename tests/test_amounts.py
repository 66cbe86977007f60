"""Amounts with signs or a unit are told from codes and other texts."""

from __future__ import annotations

import pytest

from training.amounts import find_amount


@pytest.mark.parametrize(
    ("texts", "amount"),
    [
        (["5", "1,234"], "1,234"),
        (["1.234.567"], "1.234.567"),
        (["1 000", "20"], "1 000"),
        (["1'000"], "1'000"),
        (["0,5"], "0,5"),
        (["12%", "3 %"], "12%"),
        (["$5", "-$1,234.50", "(3)"], "$5"),
        (["5 €"], "5 €"),
        (["5 kg", "6.5 kg", "7"], "5 kg"),
        (["1197 CC"], "1197 CC"),
        (["0.3 m/s²"], "0.3 m/s²"),
    ],
)
def test_number_with_signs_or_a_unit_is_an_amount(texts: list[str], amount: str) -> None:
    assert find_amount(texts) == amount


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["a"],
        ["$"],
        ["5 kg", "some"],
        ["5 kg", "6 m"],
        ["4th", "5th"],
        ["007", "008"],
        ["1.5", "-2"],
        ["555-1234"],
        ["10.0.0.1"],
        ["1.2.3"],
        ["2024-01-31"],
        ["12:30"],
        ["15 to 17"],
        ["1,23,456"],
    ],
)
def test_other_texts_are_none(texts: list[str]) -> None:
    assert find_amount(texts) is None
