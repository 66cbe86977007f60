"""How the page says things: probabilities as counts of people, numbers to their error, text from the API as text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

WORD_JOINER = "\u2060"  # shows nothing; parts what Streamlit would read as one sign
DENOMINATORS = (100, 1_000, 10_000)
Format = Callable[[float], str]


def literal(text: object) -> str:
    """Return markdown that shows `text` as it is.

    Streamlit has no plain labels. A backslash keeps CommonMark, HTML and formulas out; emoji codes, colours, arrows and
    bare addresses are looked for after the backslashes are gone, so a word joiner parts those.
    """
    one_line = re.sub(r"[^\S\u00a0]+", " ", str(text)).strip()
    escaped = re.sub(r"[\\`*\[\]<>~$&|]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", one_line)
    escaped = re.sub(r"^([#+-](?=[#\s]|$)|\d+(?=[.)](\s|$)))", _at_start, escaped)
    return re.sub(r":(?=\S)|@|(?i:www)(?=\.)|[<>~](?=[-=\s]|$)|-(?=-)", rf"\g<0>{WORD_JOINER}", escaped)


def _at_start(match: re.Match[str]) -> str:
    return match[0] + WORD_JOINER if match[0].isdigit() else "\\" + match[0]


def frequencies(probability: float, base_rate: float) -> tuple[str, str]:
    """Return both as natural frequencies of one denominator: ("11 in 100", "9 in 100").

    It is the smallest whose whole counts show both, and their difference to within half of itself.
    """
    of = next((n for n in DENOMINATORS if _tells_apart(probability, base_rate, n)), DENOMINATORS[-1])
    return _frequency(probability, of), _frequency(base_rate, of)


def comparison(probability: float, base_rate: float) -> str:
    """Return how a probability compares; the odds say how far apart, since that reads the same near 0 and 1."""
    times = math.exp(abs(_log_odds(probability) - _log_odds(base_rate))) if probability != base_rate else 1.0
    if times < 1.05:
        return "About what is usual."
    where = "above what is usual." if probability > base_rate else "below what is usual."
    how_far = "slightly " if times < 1.25 else "" if times < 2 else "far "
    return (how_far + where).capitalize()


def percentages(*values: float) -> Format:
    """Return a function that writes shares as percentages, with three figures for the least of `values`."""
    parts = [min(value, 1 - value) for value in values]
    least = min((part for part in parts if part > 0), default=0.5)
    exponent = int(f"{least * 100:.2e}".partition("e")[2])  # of the rounded value: 1 - 0.99999 is a little under 1e-5
    decimals = min(max(2 - exponent, 1), 8)
    least = 10.0**-decimals

    def write(value: float) -> str:
        text = f"{value * 100:.{decimals}f}"
        if value > 0 and float(text) == 0:
            return f"<{least:.{decimals}f}%"
        if value < 1 and float(text) == 100:
            return f">{100 - least:.{decimals}f}%"
        return f"{text}%"

    return write


def numbers(error: float) -> Format:
    """Return a function that writes numbers with three figures of the typical error: more would say nothing."""
    decimals = min(max(2 - math.floor(math.log10(error)), 0), 12) if error > 0 else 6
    return lambda value: f"{round(value, decimals) or 0.0:,.{decimals}f}"  # never -0


def shown(value: Any, field: Mapping[str, Any] | None = None) -> str:
    """Return a value of a field as people read it; null stands for a missing one."""
    if value is None:
        return "Not known"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if field and value == field.get("x-other"):
        return "Other"
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def labelled(field: Mapping[str, Any]) -> str:
    """Return a field's label with its unit."""
    return f"{field['x-label']} ({field['x-unit']})" if field.get("x-unit") else str(field["x-label"])


def _tells_apart(probability: float, base_rate: float, of: int) -> bool:
    counts = [_count(value, of) for value in (probability, base_rate)]
    shares = (probability, base_rate)
    if not all(0 < count < of or share in (0, 1) for count, share in zip(counts, shares, strict=True)):
        return False
    difference = probability - base_rate
    if abs(difference) < 0.5 / DENOMINATORS[-1]:
        return True
    return abs(counts[0] - counts[1] - difference * of) <= abs(difference * of) / 2


def _frequency(value: float, of: int) -> str:
    count = _count(value, of)
    if count < 1 and value > 0:
        return f"fewer than 1 in {of:,}"
    if count > of - 1 and value < 1:
        return f"more than {of - 1:,} in {of:,}"
    return f"{count:,} in {of:,}"


def _count(value: float, of: int) -> int:
    return math.floor(value * of + 0.5)


def _log_odds(value: float) -> float:
    if value in (0, 1):
        return math.copysign(math.inf, value - 0.5)
    return math.log(value / (1 - value))
