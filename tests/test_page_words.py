"""How the static page puts answers into words and digits."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.words import CHANCES, NUMBERS, SHARES


def test_chances_in_words(page: Page, function_url: str) -> None:
    page.goto(function_url)
    found = page.evaluate(
        """async (pairs) => {
          const { comparison, frequencies, percentages } = await import("./chance.js");
          return pairs.map((pair) => {
            const { given, usual } = frequencies(...pair);
            return [...pair, given, usual, comparison(...pair), ...pair.map(percentages(...pair))];
          });
        }""",
        [case[:2] for case in CHANCES],
    )
    assert len(CHANCES) > 10
    assert [tuple(case) for case in found] == CHANCES


def test_numbers_have_three_figures_of_their_error(page: Page, function_url: str) -> None:
    page.goto(function_url)
    found = page.evaluate(
        """async (cases) => {
          const { numbers } = await import("./chance.js");
          return cases.map(([value, error]) => [value, error, numbers(error)(value)]);
        }""",
        [case[:2] for case in NUMBERS],
    )
    assert len(NUMBERS) > 3
    assert [tuple(case) for case in found] == NUMBERS


def test_shares_have_the_digits_of_others(page: Page, function_url: str) -> None:
    page.goto(function_url)
    found = page.evaluate(
        """async (cases) => {
          const { percentages } = await import("./chance.js");
          return cases.map(([share, others]) => percentages(...others)(share));
        }""",
        [case[:2] for case in SHARES],
    )
    assert len(SHARES) > 3
    assert found == [text for *_, text in SHARES]
