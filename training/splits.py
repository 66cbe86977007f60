"""The splits: which feature of a baked model each split of a tree looks at, and what it compares it with."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from training.columns import Choice, Column, is_nan
from training.trees import FittedTree

StandIn = str | float | None


class Splits:
    """The features that the trees of a model split on: the columns, in their order.

    A baked tree has two ways out of a node, and NaN none. A column that may be NaN becomes a feature where that is
    below every number, or one where it is above, as its splits send NaN to the left or to the right; or both. For
    splits on categories it becomes a code of its own.
    """

    def __init__(self, columns: Sequence[Column], optional: Collection[str], trees: Sequence[FittedTree] = ()) -> None:
        """Find the features; the fields `optional` may be missing."""
        self._columns = columns
        self.nan = {at for at, column in enumerate(columns) if column.reaches_nan(optional)}
        used = {(int(tree.feature[node]), self._stand_in(tree, node)) for tree in trees for node in _nodes(tree)}
        default: dict[int, StandIn] = {at: "low" if at in self.nan else None for at in range(len(columns))}
        self._features = [
            (at, stand_in)
            for at in default
            for stand_in in sorted((each for place, each in used if place == at), key=str) or [default[at]]
        ]
        self._positions = {feature: position for position, feature in enumerate(self._features)}

    def columns(self) -> list[tuple[Column, StandIn]]:
        """Return the column of each feature, and what stands for NaN there."""
        return [(self._columns[at], stand_in) for at, stand_in in self._features]

    def position(self, tree: FittedTree, node: int) -> int:
        """Return the feature that a node looks at."""
        return self._positions[int(tree.feature[node]), self._stand_in(tree, node)]

    def threshold(self, tree: FittedTree, node: int) -> float | list[float]:
        """Return up to what the feature goes left, or the codes that do.

        An indicator is 0 or 1, so any threshold between decides as 0.5 does, which is shorter than a random one.

        Raises:
            TypeError: the split is on categories, but the column has no list of codes.
        """
        column, threshold = self._columns[int(tree.feature[node])], float(tree.threshold[node])
        if node not in tree.categories:
            is_indicator = isinstance(column, Choice) and set(_codes(column)) <= {0.0, 1.0}
            return 0.5 if is_indicator and 0 <= threshold < 1 else threshold
        codes = np.array(_codes(_check_listed(column)))
        left = codes[tree.goes_left(node, codes)].tolist()
        stand_in = self._stand_in(tree, node)
        return sorted(float(stand_in or 0.0) if is_nan(code) else code for code in left)

    def _stand_in(self, tree: FittedTree, node: int) -> StandIn:
        """Return what stands for NaN in the feature of a node, None if it is never NaN."""
        at = int(tree.feature[node])
        if at not in self.nan:
            return None
        if node not in tree.categories:
            return "low" if tree.missing_left[node] else "high"
        return min(0.0, *(code for code in _codes(_check_listed(self._columns[at])) if not is_nan(code))) - 1


def _nodes(tree: FittedTree) -> list[int]:
    """Return the nodes that are no leaves."""
    return [int(node) for node in np.flatnonzero(tree.feature >= 0)]


def _codes(column: Choice) -> list[float]:
    """Return every number that a column of codes may be, in order; NaN comes last."""
    codes = [*column.told().values(), *([] if column.other is None else [column.other])]
    ordered: list[float] = np.unique(codes).tolist()
    return ordered


def _check_listed(column: Column) -> Choice:
    if isinstance(column, Choice):
        return column
    raise TypeError(f"there is no portable bake of splits on the number {column.field!r} as a category")
