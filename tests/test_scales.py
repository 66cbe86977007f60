"""Texts that have an order are put in it; others have none."""

from __future__ import annotations

import random

import pytest

from training.scales import SCALES, find_order


@pytest.mark.parametrize(
    "order",
    [
        ["low", "medium", "high"],
        ["Low", "MODERATE", "Very  High"],
        ["strongly_disagree", "neutral", "strongly_agree"],
        ["Mon", "Tuesday", "wed", "SUN"],
        ["Jan", "Feb", "Sept", "dec"],
        ["XS", "S", "L", "XXL"],
        ["never", "sometimes", "often", "always"],
        ["under 18", "18 to 64", "65+"],
        ["Under 15 yrs", "15-17 yrs", "18-19 yrs", "50+ yrs"],
        ["<10", "10-20", ">20"],
        ["0 to 9", "10 to 19", "100 to 109"],  # not the order of the alphabet
        ["0\N{EN DASH}4 years", "5\N{EN DASH}9 years", "10 years and over"],
        ["under 15 years", "15 years to 17 years", "18 years or more"],
        ["less than $10k", "$10k to $50k", "$50k to $1M", "over $1M"],
        ["up to 1,000", "1,000 to 5,000", "5,000 or more"],
        ["1", "2", "3+"],
        ["5 and under", "6 to 8", "9 and over"],
        ["0-9%", "10-19%", "20-100%"],
    ],
)
def test_order_is_found_however_the_texts_come(order: list[str]) -> None:
    shuffled = random.Random(0).sample(order, len(order))
    assert find_order(shuffled) == find_order(sorted(order)) == order


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["low", "high"],  # two have no more order than none
        ["low", "medium", "blue"],
        ["low", "medium", "moderate", "high"],  # two words of one step
        ["red", "green", "blue"],
        ["1", "2", "3"],
        ["1 kg", "2 kg", "3 kg"],
        ["1 to 2 kg", "3 to 4 cm", "5 to 6 cm"],
        ["1-2", "1-2 ", "3-4"],
        ["5-10", "5-20", "none"],
        ["", "1-2", "3-4"],
    ],
)
def test_other_texts_have_no_order(texts: list[str]) -> None:
    assert find_order(texts) is None


def test_long_texts_are_not_looked_into() -> None:
    """The pattern of ranges takes time by the square of what it does not match."""
    assert find_order(["1 " + "a" * 100_000 + "!", "2 to 3", "4 to 5"]) is None


def test_no_scale_has_a_word_twice() -> None:
    assert len(SCALES) > 10
    for scale in SCALES:
        words = [word for step in scale for word in step]
        assert len(set(words)) == len(words)
        assert words == [word.casefold() for word in words]
