"""How the page says things: probabilities as counts of people, numbers to their error, text from the API as text."""

from __future__ import annotations

import math
import re

WORD_JOINER = "\u2060"  # shows nothing; parts what Streamlit would read as one sign
DENOMINATORS = (100, 1_000, 10_000)


def literal(text: object) -> str:
    """Return markdown that shows `text` as it is.

    Streamlit has no plain labels. A backslash keeps CommonMark, HTML and formulas out; emoji codes, colours, arrows and
    bare addresses are looked for after the backslashes are gone, so a word joiner parts those.
    """
    one_line = " ".join(str(text).split())
    escaped = re.sub(r"[\\`*\[\]<>~$&]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", one_line)
    escaped = re.sub(r"^([#+-](?=[#\s]|$)|\d+(?=[.)](\s|$)))", _at_start, escaped)
    return re.sub(r":(?=\S)|@|(?i:www)(?=\.)|[<>~](?=[-=\s]|$)|-(?=-)", rf"\g<0>{WORD_JOINER}", escaped)


def _at_start(match: re.Match[str]) -> str:
    return match[0] + WORD_JOINER if match[0].isdigit() else "\\" + match[0]


def denominator(probability: float, base_rate: float) -> int:
    """Return the smallest of 100, 1,000 and 10,000 that tells both apart from never, always, and each other.

    It has to show the difference between the two at most half too large or too small: 0.014 and 0.016 are 14 and 16 in
    1,000, not 1 and 2 in 100.
    """
    difference = probability - base_rate
    for of in DENOMINATORS:
        count, usual = round(probability * of), round(base_rate * of)
        within = all(0 < n < of or p in (0, 1) for n, p in ((count, probability), (usual, base_rate)))
        if within and abs((count - usual) / of - difference) <= abs(difference) / 2:
            return of
    return DENOMINATORS[-1]


def in_words(probability: float, base_rate: float) -> str:
    """Return "11 in 100, where 9 in 100 is usual"."""
    of = denominator(probability, base_rate)
    answer, usual = _count(probability, of), _count(base_rate, of)
    return f"{answer}, as is usual" if answer == usual else f"{answer}, where {usual} is usual"


def percent(share: float, of: int) -> str:
    """Return a share in per cent, with one digit more than a count of `of` has."""
    return f"{share:.{len(str(of)) - 2}%}".replace("%", " %")


def number(value: float, error: float) -> str:
    """Return a value with three figures of its typical error, but whole where that is large."""
    decimals = min(max(2 - math.floor(math.log10(error)), 0), 12) if error > 0 else 6
    return f"{value:,.{decimals}f}"


def _count(probability: float, of: int) -> str:
    count = round(probability * of)
    if count == 0 and probability > 0:
        return f"fewer than 1 in {of:,}"
    if count == of and probability < 1:
        return f"more than {of - 1:,} in {of:,}"
    return f"{count:,} in {of:,}"
