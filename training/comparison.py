"""Comparison: values and lines of text against recorded ones, number by number."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

# A number as people and programs write it, but no part of a word, a hash or a version such as 1.9.1.
NUMBER = re.compile(r"(?<![\w.])(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:e([-+]?\d+))?)(%?)(?!\w|\.\d)")


@dataclass(frozen=True)
class Tolerance:
    """How far numbers a and b may part: |a - b| <= `relative` max(1, |b|).

    As they are shown they may part by `units` of the last digit besides. Two numbers that all but agree can be rounded
    to either side: that makes a whole unit; half of one asks for the same digits.
    """

    relative: float
    units: float


SAME_VERSIONS = Tolerance(1e-9, 0.5)
OTHER_VERSIONS = Tolerance(1e-3, 1)  # other versions of scikit-learn may grow other trees


def compare(found: Any, recorded: Any) -> tuple[int, float, str]:
    """Compare two JSON values number by number.

    Returns:
        How many numbers there are, the largest difference, |found - recorded| / max(1, |recorded|), and where it is;
        infinity where a number is not finite, or anything else differs.
    """
    count, worst, where = 0, 0.0, ""
    for path, a, b in _pairs(found, recorded, ""):
        numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b))
        count += numbers
        same = type(a) is type(b) and a == b
        difference = _difference(a, b) if numbers else 0.0 if same else math.inf
        if difference > worst:
            worst, where = difference, f"{path}: {_short(a)} instead of {_short(b)}"
    return count, worst, where


def compare_lines(
    found: Sequence[str], recorded: Sequence[str], tolerance: Tolerance
) -> tuple[int, list[tuple[str, str]]]:
    """Compare texts line by line: their numbers within `tolerance`, 9.3% being 0.093, the rest but for spaces exactly.

    Returns:
        How many numbers there are, and the lines that differ, as found and as recorded.
    """
    count, differing = 0, []
    for a, b in zip_longest(found, recorded, fillvalue=""):
        (text_a, numbers_a), (text_b, numbers_b) = _split(a), _split(b)
        count += len(numbers_b)
        if text_a != text_b or not all(
            abs(x - y) <= tolerance.relative * max(1.0, abs(y)) + tolerance.units * min(unit, other_unit)
            for (x, unit), (y, other_unit) in zip(numbers_a, numbers_b, strict=True)
        ):
            differing.append((a, b))
    return count, differing


def _split(line: str) -> tuple[str, list[tuple[float, float]]]:
    """Return a line with # for each number, and the numbers with the units of their last digits."""
    line = " ".join(line.replace("\N{MINUS SIGN}", "-").split())
    numbers = []
    for text, decimals, exponent, percent in NUMBER.findall(line):
        scale = 0.01 if percent else 1.0
        numbers.append((scale * float(text.replace(",", "")), scale * 10.0 ** (int(exponent or 0) - len(decimals))))
    return NUMBER.sub(r"#\4", line), numbers


def _difference(a: float, b: float) -> float:
    try:
        difference = abs(a - b) / max(1.0, abs(b))
    except OverflowError:  # of a whole number beyond every float
        return math.inf
    return difference if math.isfinite(difference) else math.inf


def _pairs(a: Any, b: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the leaves of two JSON values side by side; where their shapes differ, both as they are."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            yield from _pairs(a[key], b[key], f"{path}.{key}".lstrip("."))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for position, (left, right) in enumerate(zip(a, b, strict=True)):
            yield from _pairs(left, right, f"{path}[{position}]")
    else:
        yield path, a, b


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
