"""Splits of counts are exact: nothing is lost, nothing is drawn twice, classes keep their shares."""

from __future__ import annotations

import numpy as np
import pytest

from training.split import TEST, split_counts

COUNTS = np.array([1, 0, 7, 1_000, 333, 50])
CLASSES = np.array(["0", "0", "0", "0", "1", "1"], dtype=object)


def test_counts_over_the_parts_add_up() -> None:
    parts = split_counts(COUNTS, CLASSES, 0.2, 5, np.random.default_rng(0))
    assert (parts["count"] > 0).all()
    assert not parts.duplicated(["row", "part"]).any()
    assert parts.groupby("row")["count"].sum().reindex(range(6), fill_value=0).tolist() == COUNTS.tolist()


@pytest.mark.parametrize("name", ["0", "1"])
def test_each_part_has_its_share_of_each_class(name: str) -> None:
    parts = split_counts(COUNTS, CLASSES, 0.2, 5, np.random.default_rng(0))
    total = COUNTS[name == CLASSES].sum()
    sizes = parts[CLASSES[parts["row"]] == name].groupby("part")["count"].sum()
    assert sizes.index.tolist() == [TEST, 0, 1, 2, 3, 4]
    assert sizes[TEST] == round(total * 0.2)
    folds = sizes.drop(TEST)
    assert folds.max() - folds.min() <= 1


def test_the_seed_decides() -> None:
    first, again, other = (split_counts(COUNTS, CLASSES, 0.2, 5, np.random.default_rng(s)) for s in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_draw_has_the_moments_of_shuffled_rows() -> None:
    """The test count of a row with n of N rows is hypergeometric: mean T n/N, variance T n/N (1 - n/N) (N-T)/(N-1)."""
    counts, classes = np.array([300, 700]), np.array(["0", "0"], dtype=object)
    generator = np.random.default_rng(0)
    drawn = []
    for _ in range(2_000):
        parts = split_counts(counts, classes, 0.2, 2, generator)
        drawn.append(parts.loc[(parts["row"] == 0) & (parts["part"] == TEST), "count"].sum())
    variance = 200 * 0.3 * 0.7 * 800 / 999
    assert abs(np.mean(drawn) - 60) < 5 * (variance / 2_000) ** 0.5
    assert abs(np.var(drawn) / variance - 1) < 5 * (2 / 2_000) ** 0.5
