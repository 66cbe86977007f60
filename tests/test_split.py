"""Splits of counts are exact: nothing is lost, nothing is drawn twice, classes keep their shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.split import draw_folds, draw_parts

COUNTS = np.array([1, 0, 7, 1_000, 333, 50])
CLASSES = np.array([0, 0, 0, 0, 1, 1])


def test_counts_over_the_parts_add_up() -> None:
    parts = draw_parts(COUNTS, CLASSES, [0.2, 0.8], np.random.default_rng(0))
    assert (parts >= 0).all()
    assert parts.sum(axis=1).tolist() == COUNTS.tolist()


@pytest.mark.parametrize("name", [0, 1])
def test_each_part_has_its_share_of_each_class(name: int) -> None:
    shares = [0.2, 0.5, 0.3]
    parts = draw_parts(COUNTS, CLASSES, shares, np.random.default_rng(0))
    total = COUNTS[name == CLASSES].sum()
    assert parts[name == CLASSES].sum(axis=0).tolist() == pytest.approx([share * total for share in shares], abs=1)


def test_the_seed_decides() -> None:
    first, again, other = (draw_parts(COUNTS, CLASSES, [0.5, 0.5], np.random.default_rng(s)) for s in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def test_a_draw_has_the_moments_of_shuffled_rows() -> None:
    """The test count of a row with n of N rows is hypergeometric: mean T n/N, variance T n/N (1 - n/N) (N-T)/(N-1)."""
    generator = np.random.default_rng(0)
    drawn = [
        draw_parts(np.array([300, 700]), np.zeros(2, dtype=np.int64), [0.2, 0.8], generator)[0, 0] for _ in range(2_000)
    ]
    variance = 200 * 0.3 * 0.7 * 800 / 999
    assert abs(np.mean(drawn) - 60) < 5 * (variance / 2_000) ** 0.5
    assert abs(np.var(drawn) / variance - 1) < 5 * (2 / 2_000) ** 0.5


def test_folds_divide_every_repeat_anew() -> None:
    folds = draw_folds(COUNTS, CLASSES, 5, 2, np.random.default_rng(0))
    lines = pd.DataFrame({"row": folds.row, "repeat": folds.repeat, "fold": folds.fold, "count": folds.count})
    assert (lines["count"] > 0).all()
    assert not lines.duplicated(["row", "repeat", "fold"]).any()
    for _repeat, part in lines.groupby("repeat"):
        assert part.groupby("row")["count"].sum().reindex(range(6), fill_value=0).tolist() == COUNTS.tolist()
        sizes = part.groupby([CLASSES[part["row"]], "fold"])["count"].sum()
        assert len(sizes) == 10
        assert (sizes.groupby(level=0).max() - sizes.groupby(level=0).min()).max() <= 1
    first, second = (part.drop(columns="repeat").to_numpy().tolist() for _repeat, part in lines.groupby("repeat"))
    assert first != second


def test_splits_fit_on_the_other_folds_of_the_same_repeat() -> None:
    folds = draw_folds(COUNTS, CLASSES, 5, 2, np.random.default_rng(0))
    splits = folds.splits()
    assert [folds.repeat[test[0]] for _train, test in splits] == [0] * 5 + [1] * 5
    for train, test in splits:
        assert len(set(folds.repeat[train]) | set(folds.repeat[test])) == 1
        assert set(folds.fold[train]).isdisjoint(folds.fold[test])
        assert folds.count[train].sum() + folds.count[test].sum() == COUNTS.sum()
    tested = np.concatenate([test for _train, test in splits])
    assert sorted(tested) == list(range(len(folds.row)))
