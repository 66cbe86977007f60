"""Amounts: numbers that a table writes with signs or a unit, as $1,234 or 12 %, and that are texts therefore."""

from __future__ import annotations

import re
from collections.abc import Iterable

CURRENCY = "[$€£¥₹]"
AMOUNT = re.compile(
    rf"[-+(]?{CURRENCY}? ?"
    r"(?:\d+|\d{1,3}(?P<group>[,.' \u00a0\u202f])\d{3}(?:(?P=group)\d{3})*)(?:[.,]\d+)?"
    rf"(?: ?(?P<unit>{CURRENCY}|%|[^\W\d_](?:[^\W\d_]|[/.²³])*))?\)?"
)
ORDINALS = ("st", "nd", "rd", "th")


def find_amount(texts: Iterable[str]) -> str | None:
    """Return one of the texts that is written with signs or a unit, if all are amounts with the same unit, or none.

    Codes such as 007 and ordinals such as 4th are no amounts.
    """
    units: set[str] = set()
    signed = None
    for text in texts:
        match = AMOUNT.fullmatch(text)
        if match is None:
            return None
        if match["unit"]:
            units.add(match["unit"])
        if signed is None and not re.fullmatch(r"[-+]?\d+(\.\d+)?", text):
            signed = text
    return None if len(units) > 1 or units.intersection(ORDINALS) else signed
