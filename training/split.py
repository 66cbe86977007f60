"""Row-level exact splits of a folded table: each distinct row's count is drawn over the parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TEST = -1


def split_counts(
    counts: NDArray[np.int64],
    classes: NDArray[np.object_],
    test_share: float,
    folds: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Split the rows that `counts` stands for into a test part and `folds` folds, stratified by class.

    This is what shuffling the unfolded rows of each class and cutting them would give: without replacement, the counts
    in a part follow the multivariate hypergeometric distribution.

    Args:
        counts: how often each distinct row occurs, shape (n,).
        classes: the class of each distinct row, shape (n,).
        test_share: the share of each class that goes to the test part.
        folds: the number of folds that the rest is divided into, as evenly as can be.
        generator: the source of chance.

    Returns:
        One line per distinct row and part with rows in it: `row` (position in `counts`), `part` (0, 1, ... for the
        folds, TEST for the test part) and `count`.
    """
    drawn = np.zeros((len(counts), folds + 1), dtype=np.int64)
    for name in sorted(set(classes)):
        members = np.flatnonzero(classes == name)
        left = counts[members].copy()
        total = int(left.sum())
        test = round(total * test_share)
        fold_size, longer = divmod(total - test, folds)
        for part, rows in enumerate([test, *(fold_size + (fold < longer) for fold in range(folds))]):
            draw = generator.multivariate_hypergeometric(left, rows, method="marginals")
            drawn[members, part] = draw
            left -= draw
    row, column = np.nonzero(drawn)
    return pd.DataFrame({"row": row, "part": np.where(column == 0, TEST, column - 1), "count": drawn[row, column]})
