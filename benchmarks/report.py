"""The report: what was measured as Markdown tables, and their places in benchmarks/README.md."""

from __future__ import annotations

import datetime
import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.bar import Bar
from benchmarks.figure import Figure
from benchmarks.measure import FLOOR, FUNCTION, NAIVE, Measure, show
from benchmarks.routes import EXPLAIN, PREDICT, SCORE, Explained

PAGE = Path(__file__).with_name("README.md")
LIBRARIES = ("fastapi", "pydantic", "mangum", "uvicorn", "scikit-learn", "pandas")


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, the first column to the left and the others to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *lines])


def comparison_table(measures: Iterable[Measure]) -> str:
    """Return the medians of each measure and their ratios."""
    return table(
        ["", "function", "floor", "naive", "function / floor", "naive / function"],
        [
            [
                f"{each.name}, {each.unit}",
                *[show(each.median(name)) for name in (FUNCTION, FLOOR, NAIVE)],
                show(each.ratio(FUNCTION, FLOOR)),
                show(each.ratio(NAIVE, FUNCTION)),
            ]
            for each in measures
        ],
    )


def candidate_table(explained: Iterable[Explained]) -> str:
    """Return what each candidate's answers took, in milliseconds."""
    return table(
        [
            "candidate",
            "scoring, ms",
            "`/predict`, ms",
            "times the floor",
            "`/explain`, ms",
            "times `/predict`",
            "beside it, times scoring",
        ],
        [
            [
                each.candidate,
                *[show(each.measure.median(kind)) for kind in (SCORE, PREDICT)],
                show(each.measure.ratio(PREDICT, FLOOR)),
                show(each.measure.median(EXPLAIN)),
                show(each.measure.ratio(EXPLAIN, PREDICT)),
                show(each.beside_predict),
            ]
            for each in explained
        ],
    )


def figure_table(figures: Iterable[Figure]) -> str:
    """Return each figure with what it is compared with."""
    return table(["", "found", "compared with", "times"], [each.cells for each in figures])


def bar_table(bars: Iterable[Bar]) -> str:
    """Return each bar with what was found."""
    return table(
        ["", "found", "bar", ""],
        [[each.name, show(each.found), each.limit, "pass" if each.is_met else "**FAIL**"] for each in bars],
    )


def machine() -> str:
    """Return when and where this runs, and with which versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Measured on {datetime.datetime.now(tz=datetime.UTC):%d %B %Y}: {_processor()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}, {versions}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    name = re.search(r"^model name\s*: (.+)", lines, re.MULTILINE)
    return f"{name[1].strip()} ({platform.machine()})" if name else platform.machine()


def put(page: str, part: str, text: str) -> str:
    """Return `page` with the text between the marks of `part` replaced.

    Raises:
        ValueError: the page has no such marks, or has them twice.
    """
    marks = re.compile(rf"(?<=<!-- {part} -->\n).*?(?=<!-- end of {part} -->)", re.DOTALL)
    found, times = marks.subn(lambda _: f"\n{text}\n\n", page)
    if times != 1:
        raise ValueError(f"the page has the marks of {part} {times} times, not once")
    return found
