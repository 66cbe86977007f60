"""Dates: the ways in which a column of a table writes them, and the days that these are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from predict.cells import ISO, TIME, read_date

# as tables write them; of two that read every text, the first
FORMATS = (ISO, "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y")
DATE = re.compile(rf"(\d{{1,4}}([-/.])\d{{1,2}}\2\d{{1,4}}){TIME}", re.ASCII)
LEAST_READ = 0.9  # of the texts of a column of dates; what is none is a mistake then


def find_formats(texts: Sequence[str]) -> list[str]:
    """Return the formats that read the most of the texts, nine tenths of them at least: none if they are no dates."""
    days: Counter[str] = Counter()
    fewest, rest = LEAST_READ * len(texts), len(texts)
    for text in texts:
        if match := DATE.fullmatch(text):
            days[match[1]] += 1
        else:
            rest -= 1
            if rest < fewest:
                return []
    read = {form: sum(count for day, count in days.items() if read_date(day, form)) for form in FORMATS}
    most = max(read.values())
    return [form for form in FORMATS if read[form] == most >= max(1, fewest)]


def read_dates(texts: Iterable[str], form: str) -> dict[str, str | None]:
    """Return the day of each text that is written in this form or as YYYY-MM-DD, None of other texts."""
    days: dict[str, str | None] = {}
    read: dict[str, str | None] = {}
    for text in texts:
        match = DATE.fullmatch(text)
        day = match[1] if match else text  # days recur where times of day do not
        if day not in days:
            days[day] = read_date(day, ISO, form)
        read[text] = days[day]
    return read
