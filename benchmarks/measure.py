"""A measure: what the contestants took in rounds of turns, its medians, and ratios of them with an interval."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

FUNCTION, FLOOR, NAIVE = "function", "floor", "naive"
DRAWS = 10_000
T = TypeVar("T")


@dataclass(frozen=True)
class Ratio:
    """A ratio with its 95% interval."""

    value: float
    low: float
    high: float

    def __float__(self) -> float:
        """The ratio itself."""
        return self.value

    def __format__(self, specification: str) -> str:
        """The ratio and its interval, each formatted as `specification` says."""
        value, low, high = (format(number, specification) for number in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


@dataclass(frozen=True)
class Measure:
    """What was measured, its unit, and for each contestant a figure per round, all contestants in turn in each."""

    name: str
    unit: str
    rounds: dict[str, list[float]]

    def median(self, contestant: str) -> float:
        """Return the median of a contestant's rounds."""
        return statistics.median(self.rounds[contestant])

    def ratio(self, above: str, below: str) -> Ratio:
        """Return the ratio of two contestants' medians."""
        return ratio_of_medians(self.rounds[above], self.rounds[below])


def take_turns(runs: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run all once per round, and return what each found; a first round more, which warms up, is left out.

    The order is drawn anew in each round, so that none always follows the same other, whose traces it finds in caches.
    """
    generator = random.Random(0)
    found: dict[str, list[T]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name in generator.sample(list(runs), len(runs)):
            found[name].append(runs[name]())
    return {name: results[1:] for name, results in found.items()}


def ratio_of_medians(above: Sequence[float], below: Sequence[float]) -> Ratio:
    """Return the ratio of two medians with the percentile bootstrap's 95% interval, over 10,000 draws of rounds.

    Rounds are drawn, not figures: both contestants of a round are drawn together, since what else the machine did in it
    disturbed both (Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 8.3).

    Raises:
        ValueError: the two have not as many rounds.
    """
    if len(above) != len(below):
        raise ValueError(f"a ratio needs as many rounds of each, {len(above)} and {len(below)} were given")
    figures = np.array([above, below])
    drawn = np.random.default_rng(0).integers(figures.shape[1], size=(DRAWS, figures.shape[1]))
    tops, bottoms = (np.median(line[drawn], axis=1) for line in figures)
    low, high = np.quantile(tops / bottoms, [0.025, 0.975])
    return Ratio(float(np.median(figures[0]) / np.median(figures[1])), float(low), float(high))


def show(number: float | Ratio) -> str:
    """Return a number in three digits, a ratio with its interval."""
    if isinstance(number, Ratio):
        interval = f" [{show(number.low)}, {show(number.high)}]" if number.low < number.high else ""
        return show(number.value) + interval
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:#.3g}".rstrip(".")
