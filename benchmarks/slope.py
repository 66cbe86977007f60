"""The slope of a process's memory: how much it grows with what it answers, once it has warmed up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PER = 10_000


def find_slope(samples: Sequence[tuple[float, float]]) -> float:
    """Return by how many MiB memory grows per 10,000 answers: the median slope of all pairs of samples (Theil-Sen).

    `samples` are (answers, MiB) in their order; the first half is left out as warm-up. NaN where too few are left.
    """
    answers, memory_mib = np.array(samples[len(samples) // 2 :], dtype=float).reshape(-1, 2).T
    first, second = np.triu_indices(len(answers), 1)
    between = answers[second] - answers[first]
    grown = (memory_mib[second] - memory_mib[first])[between > 0]
    return float(np.median(grown / between[between > 0])) * PER if len(grown) > 1 else float("nan")
