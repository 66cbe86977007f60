"""How the Streamlit page says things: the words and digits of the static page, and text as text."""

from __future__ import annotations

import pytest

from tests.streamlit_page import page_path as page_path
from tests.words import CHANCES, NUMBERS, SHARES


@pytest.mark.parametrize(("probability", "base_rate", "given", "usual", "compared", "percent", "usually"), CHANCES)
def test_chances_are_said_as_on_the_static_page(
    probability: float, base_rate: float, given: str, usual: str, compared: str, percent: str, usually: str
) -> None:
    from words import comparison, frequencies, percentages

    write = percentages(probability, base_rate)
    assert frequencies(probability, base_rate) == (given, usual)
    assert comparison(probability, base_rate) == compared
    assert [write(probability), write(base_rate)] == [percent, usually]


@pytest.mark.parametrize(("share", "others", "said"), SHARES)
def test_shares_have_the_digits_of_others(share: float, others: list[float], said: str) -> None:
    from words import percentages

    assert percentages(*others)(share) == said


@pytest.mark.parametrize(("value", "error", "said"), NUMBERS)
def test_numbers_have_three_figures_of_their_error(value: float, error: float, said: str) -> None:
    from words import numbers

    assert numbers(error)(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "Yes"),
        (False, "No"),
        (None, "Not known"),
        (1, "1"),
        (0.0, "0"),
        (1234.5, "1,234.5"),
        ("2024-01-31", "2024-01-31"),
        ("rest", "Other"),
        ("Other", "Other"),
    ],
)
def test_values_are_shown_as_people_read_them(value: object, said: str) -> None:
    from words import shown

    assert shown(value, {"x-other": "rest"}) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("8.42%", "10.19%", "+1.77"),
        ("1,234,567.9", "-2.1", "−1,234,570.0"),  # noqa: RUF001
        ("-0.5", "-0.5", "±0.0"),
    ],
)
def test_what_is_added_is_the_difference_of_what_is_written(before: str, after: str, said: str) -> None:
    from result import difference

    assert difference(before, after) == said


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Mother's age, 18.5 to 30 (kg/m2) - Yes!", "Mother's age, 18.5 to 30 (kg/m2) - Yes!"),
        ("previous_births", "previous_births"),
        ("__init__", r"\_\_init\_\_"),
        ("# a\n\n    code", r"\# a code"),
        ("1. x", "1\u2060. x"),
        ("8.4\u00a0%", "8.4\u00a0%"),
        ("a | b", r"a \| b"),
        ("www.x.example", "www\u2060.x.example"),
        ("a -- b", "a -\u2060- b"),
        (":a: b", ":\u2060a: b"),
    ],
)
def test_only_what_is_read_as_markdown_is_escaped(text: str, markdown: str) -> None:
    from words import literal

    assert literal(text) == markdown
