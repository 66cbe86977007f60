"""The bar: what a measured figure may be at most, or at least, for README's claims to hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A figure and its bar. Only what a busy machine does not change is held to one, or what leaves it ample room."""

    name: str
    found: float
    most: float = float("inf")
    least: float = float("-inf")

    @property
    def is_met(self) -> bool:
        """Whether the figure is within its bar; a NaN is not."""
        return self.least <= self.found <= self.most

    def __str__(self) -> str:
        """The figure with its bar, and whether it is met."""
        bar = f"at most {self.most:,.6g}" if self.most < float("inf") else f"at least {self.least:,.6g}"
        return f"{'PASS' if self.is_met else 'FAIL'}  {self.name}: {self.found:,.4g} ({bar})"
