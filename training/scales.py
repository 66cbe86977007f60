"""The scales: texts that have an order, as sizes, degrees of agreement, months, and ranges of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Each word stands for a step of its scale, lowest first; words of one step mean the same.
SCALES = tuple(
    tuple(step.split("/") for step in scale.split(", "))
    for scale in (
        "very low, low, medium/moderate/normal/average/mid/middle, high, very high",
        "none, slight/mild/minor, moderate, severe/major, very severe/extreme/critical",
        "never, rarely/seldom, sometimes/occasionally, often/frequently, usually, always",
        "strongly disagree, disagree, neutral/neither agree nor disagree/undecided, agree, strongly agree",
        "very dissatisfied, dissatisfied, neutral, satisfied, very satisfied",
        "very poor, poor/bad, fair/average/ok/okay, good, very good, excellent/outstanding",
        "very unlikely, unlikely, possible/neutral, likely, very likely",
        "xxs, xs, s, m, l, xl, xxl, xxxl",
        "very small, small, medium, large, very large/extra large",
        "very short, short, medium, long, very long",
        "beginner/novice, intermediate, advanced, expert",
        "junior, mid/middle, senior, lead",
        "bronze, silver, gold, platinum",
        "monday/mon, tuesday/tue, wednesday/wed, thursday/thu, friday/fri, saturday/sat, sunday/sun",
        "january/jan, february/feb, march/mar, april/apr, may, june/jun, july/jul, august/aug, "
        "september/sep/sept, october/oct, november/nov, december/dec",
        "first, second, third, fourth, fifth, sixth",
        "primary, secondary, tertiary",
    )
)
FEWEST = 3  # steps; two have no more order than none
LONGEST = 60  # letters of a text that has a place in an order
BELOW, WITHIN, ABOVE = -1, 0, 1

NUMBER = r"[$€£]?(?P<{0}>\d[\d,]*(?:\.\d+)?)\s*(?P<{0}_factor>[kKmM])?"
UNIT = r"(?P<unit_{}>(?!(?:and|or|to|until)\b)[^\W\d][\w/%²³]*\.?|%)?"  # after a number, or after the whole
RANGE = re.compile(
    r"(?P<below>under|below|less than|fewer than|up to|<=?|≤)?\s*"
    r"(?P<above>over|above|more than|at least|>=?|≥)?\s*"
    rf"{NUMBER.format('low')}\s*{UNIT.format(1)}"
    rf"(?:\s*(?:-|\N{{EN DASH}}|to|and|until)\s*{NUMBER.format('high')}\s*{UNIT.format(2)})?\s*"
    r"(?P<open>\+|(?:and|or) (?:over|above|more|older|higher|up))?\s*"
    r"(?P<under>(?:and|or) (?:under|below|less|younger|lower))?\s*"
    rf"{UNIT.format(3)}\s*",
    re.IGNORECASE,
)


def find_order(texts: Sequence[str]) -> list[str] | None:
    """Return the texts in their order, None where they have none: words of one scale, or ranges as `15 to 17 yrs`."""
    if len(texts) < FEWEST or any(len(text) > LONGEST for text in texts):
        return None
    ranks = _rank_words(texts) or _rank_ranges(texts)
    if ranks is None or len(set(ranks)) < len(texts):
        return None
    return [text for _rank, text in sorted(zip(ranks, texts, strict=True))]


def _rank_words(texts: Sequence[str]) -> list[tuple[float, ...]] | None:
    words = [" ".join(text.casefold().replace("_", " ").split()) for text in texts]
    for scale in SCALES:
        steps = {word: step for step, same in enumerate(scale) for word in same}
        if all(word in steps for word in words):
            return [(steps[word],) for word in words]
    return None


def _rank_ranges(texts: Sequence[str]) -> list[tuple[float, ...]] | None:
    """Return the first number of each range, before it what is below and after it what is above; None of other texts.

    Ranges share a unit, where they have one, and one of them is more than a number.
    """
    matches = [RANGE.fullmatch(text.strip()) for text in texts]
    found = [match for match in matches if match]
    named = [match[group] for match in found for group in ("unit_1", "unit_2", "unit_3") if match[group]]
    units = {unit.casefold().rstrip(".s") for unit in named}
    if len(found) < len(texts) or len(units) > 1 or not any(_is_range(match) for match in found):
        return None
    return [_rank(match) for match in found]


def _is_range(match: re.Match[str]) -> bool:
    return bool(match["below"] or match["above"] or match["open"] or match["under"] or match["high"])


def _rank(match: re.Match[str]) -> tuple[float, ...]:
    low = _number(match["low"], match["low_factor"] or match["high_factor"])
    high = _number(match["high"], match["high_factor"]) if match["high"] else 0.0
    side = BELOW if match["below"] or match["under"] else ABOVE if match["above"] or match["open"] else WITHIN
    return (low, side, high)


def _number(text: str, factor: str | None) -> float:
    return float(text.replace(",", "")) * {"k": 1e3, "m": 1e6}.get((factor or "").lower(), 1.0)
