"""The bar: what a measured figure may be at most, or at least, for README's claims to hold."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure import Ratio


@dataclass(frozen=True)
class Bar:
    """A figure and its bar. A ratio is judged by its value; its interval tells how far a repetition may lie from it."""

    name: str
    found: float | Ratio
    most: float = float("inf")
    least: float = float("-inf")

    @property
    def is_met(self) -> bool:
        """Whether the figure is within its bar; a NaN is not."""
        return self.least <= float(self.found) <= self.most

    @property
    def limit(self) -> str:
        """The bar in words."""
        if self.least == float("-inf"):
            return f"at most {self.most:,.6g}"
        return f"at least {self.least:,.6g}" + (f", at most {self.most:,.6g}" if self.most < float("inf") else "")

    def __str__(self) -> str:
        """The figure with its bar, and whether it is met."""
        return f"{'PASS' if self.is_met else 'FAIL'}  {self.name}: {self.found:,.4g} ({self.limit})"
