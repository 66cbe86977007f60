"""Digits: numbers as people read them, with as many digits as they can bear; what has no value is a dash."""

from __future__ import annotations

import math
from collections.abc import Iterable

DASH = "–"  # noqa: RUF001
PREFIXES = {0: "", -3: "thousandths", -6: "millionths", -9: "billionths"}


def show_count(count: float) -> str:
    """Return a count with thousands separators: 3,096,936."""
    return f"{count:,.0f}"


def show_fixed(value: float | None, decimals: int) -> str:
    """Return a number with so many decimals and thousands separators; a dash where there is none."""
    if value is None:
        return DASH
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not any(digit in text for digit in "123456789") else _signed(text)


def show_percent(share: float | None, decimals: int = 1) -> str:
    """Return a share as 9.3%."""
    return DASH if share is None else show_fixed(100 * share, decimals) + "%"


def show_value(value: float | None, digits: int = 4) -> str:
    """Return a number of any size with at least so many significant digits: 45.60, 1,234,567, 0.0001235."""
    if value is None:
        return DASH
    return show_fixed(value, decimals_for(value, digits))


def decimals_for(value: float, digits: int) -> int:
    """Return the decimals that show so many significant digits of a number, none where its whole part has them."""
    return max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0


def pick_power(errors: Iterable[float]) -> int:
    """Return the power of a thousandth, among those of PREFIXES, in which numbers with such errors read best."""
    found = sorted(error for error in errors if error > 0)
    if not found:
        return 0
    power = 3 * round(math.log10(found[len(found) // 2]) / 3)
    return min(0, max(min(PREFIXES), power))


def show_with_error(value: float, error: float, most: int = 3) -> str:
    """Return value ± error to two significant digits of the error, but to at most `most` decimals."""
    decimals = min(decimals_for(error, 2), most)
    return f"{show_fixed(value, decimals)} ± {show_fixed(error, decimals)}"


def _signed(text: str) -> str:
    return text.replace("-", "−")  # noqa: RUF001 (the minus sign, as wide as the plus)
