"""A benchmark's bar tells a figure that meets it from one that misses it."""

from __future__ import annotations

import math

import pytest

from benchmarks.bar import Bar


@pytest.mark.parametrize(
    ("bar", "line"),
    [
        (Bar("memory, MiB", 399.9, most=400), "PASS  memory, MiB: 399.9 (at most 400)"),
        (Bar("memory, MiB", 1025, most=1_024), "FAIL  memory, MiB: 1,025 (at most 1,024)"),
        (Bar("times as fast", 200, least=200), "PASS  times as fast: 200 (at least 200)"),
        (Bar("times as fast", 12.5, least=200), "FAIL  times as fast: 12.5 (at least 200)"),
        (Bar("difference", math.nan, most=1e-12), "FAIL  difference: nan (at most 1e-12)"),
        (Bar("rows", 0, least=592, most=1_000), "FAIL  rows: 0 (at most 1,000)"),
    ],
)
def test_bar_is_met_or_missed(bar: Bar, line: str) -> None:
    assert str(bar) == line
