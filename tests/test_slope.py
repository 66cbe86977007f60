"""The slope of memory: what grows is told from what only warms up."""

from __future__ import annotations

import math

import pytest

from benchmarks.slope import find_slope


@pytest.mark.parametrize(
    ("memory_mib", "slope"),
    [
        ([40.0] * 20, 0.0),
        ([20.0 + each for each in range(10)] + [30.0] * 10, 0.0),  # that warms up
        ([40.0] * 15 + [90.0] + [40.0] * 4, 0.0),  # one large answer
        ([40.0 + each / 2 for each in range(20)], 50.0),  # half a MiB per 100 answers
        ([50.0 - each / 2 for each in range(20)], -50.0),
    ],
)
def test_slope_is_of_what_grows_with_the_answers(memory_mib: list[float], slope: float) -> None:
    assert find_slope([(100.0 * number, each) for number, each in enumerate(memory_mib)]) == pytest.approx(slope)


@pytest.mark.parametrize("samples", [[], [(0.0, 40.0), (100.0, 41.0)], [(0.0, 40.0)] * 20])
def test_slope_of_too_little_is_none(samples: list[tuple[float, float]]) -> None:
    assert math.isnan(find_slope(samples))
