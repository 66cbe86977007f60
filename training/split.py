"""Row-level exact splits of a folded table: each distinct row's count is drawn over the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


def draw_parts(
    counts: NDArray[np.int64], strata: NDArray[np.int64], shares: Sequence[float], generator: np.random.Generator
) -> NDArray[np.int64]:
    """Divide the rows that `counts` stands for over parts by chance, stratified.

    This is what shuffling the unfolded rows of each stratum and cutting them would give: without replacement, the
    counts in a part follow the multivariate hypergeometric distribution.

    Args:
        counts: how often each distinct row occurs, shape (n,).
        strata: the stratum, such as the class, of each distinct row, shape (n,).
        shares: the share of each stratum that goes to each part; they add up to 1.
        generator: the source of chance.

    Returns:
        How many of each distinct row are in each part, shape (n, parts). Each line adds up to its count; each column's
        sum over a stratum is within one of its share.
    """
    drawn = np.zeros((len(counts), len(shares)), dtype=np.int64)
    bounds = np.cumsum([0.0, *shares])
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        left = counts[members].copy()
        for part, rows in enumerate(np.diff(np.rint(bounds * left.sum()).astype(np.int64))):
            drawn[members, part] = generator.multivariate_hypergeometric(left, rows, method="marginals")
            left -= drawn[members, part]
    return drawn


@dataclass(frozen=True)
class Folds:
    """A table of (distinct row, fold, count), one after the other for each repeat; all of shape (m,)."""

    row: Indices
    repeat: NDArray[np.int64]
    fold: NDArray[np.int64]
    count: NDArray[np.int64]

    def splits(self) -> list[tuple[Indices, Indices]]:
        """Return for each repeat and fold the lines to fit on and the lines to score, as scikit-learn's `cv` takes."""
        found = []
        for repeat in np.unique(self.repeat):
            now = self.repeat == repeat
            for fold in np.unique(self.fold[now]):
                found.append((np.flatnonzero(now & (self.fold != fold)), np.flatnonzero(now & (self.fold == fold))))
        return found


def draw_folds(
    counts: NDArray[np.int64], strata: NDArray[np.int64], folds: int, repeats: int, generator: np.random.Generator
) -> Folds:
    """Divide rows over `folds` equal folds by chance, stratified, `repeats` times anew; arguments as in draw_parts."""
    parts = [draw_parts(counts, strata, [1 / folds] * folds, generator) for _ in range(repeats)]
    drawn = [(*np.nonzero(part), part[np.nonzero(part)]) for part in parts]
    return Folds(
        np.concatenate([row for row, _fold, _count in drawn]),
        np.repeat(np.arange(repeats), [len(row) for row, _fold, _count in drawn]),
        np.concatenate([fold for _row, fold, _count in drawn]),
        np.concatenate([count for _row, _fold, count in drawn]),
    )
