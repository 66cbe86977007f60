"""The figure: what was measured, beside what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure import Measure, Ratio, ratio_of_medians, show


@dataclass(frozen=True)
class Figure:
    """A figure with its unit in its name, and how many times the `baseline` it is, if it is compared with one."""

    name: str
    found: float | Ratio
    baseline: str = ""
    times: float | Ratio | None = None

    @property
    def cells(self) -> list[str]:
        """The figure as a line of a table."""
        return [self.name, show(self.found), self.baseline, "" if self.times is None else show(self.times)]


def median_of(figures: list[float]) -> Ratio:
    """Return a median with its 95% interval, which is that of its ratio to one."""
    return ratio_of_medians(figures, [1.0] * len(figures))


def figures_of(measure: Measure, baseline: str) -> list[Figure]:
    """Return the median of each contestant, the baseline's last, to which the others are compared."""
    return [
        Figure(f"{measure.name}, {name}, {measure.unit}", median_of(found), baseline, measure.ratio(name, baseline))
        for name, found in measure.rounds.items()
        if name != baseline
    ] + [Figure(f"{measure.name}, {baseline}, {measure.unit}", median_of(measure.rounds[baseline]))]
