"""The pace: how far a run is, how fast, and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

EVERY_S = 2.0


class Pace:
    """Tells now and then how many rows are done, of about how many in all."""

    def __init__(self, report: Callable[[str], None], total: int, done: int = 0) -> None:
        """Begin the clock; `done` rows were done before."""
        self._report, self._total = report, total
        self._begun = self._told = time.monotonic()
        self._before = done

    def tell(self, done: int) -> None:
        """Report, if some time has passed."""
        now = time.monotonic()
        if now - self._told < EVERY_S:
            return
        self._told = now
        rate = (done - self._before) / (now - self._begun)
        left = max(self._total - done, 0) / rate if rate else 0.0
        self._report(
            f"{done:,} of about {self._total:,} rows, {rate:,.0f} a second, {timedelta(seconds=round(left))} left"
        )

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun
