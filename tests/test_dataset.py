"""The dataset: rows are held out exactly, and too few rows are refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.tables import make_problem, make_table
from training.dataset import prepare
from training.errors import InputError
from training.problem import Column

CLASSES = make_problem(positive="1")


def test_held_out_rows_are_a_fifth_of_each_class_and_nothing_is_lost() -> None:
    table = make_table({"a": ["x", "x", "z"], "y": [0, 1, 0]}, counts=[1_000, 55, 500])
    dataset = prepare(table, CLASSES)
    for part, share in ((dataset.train, 0.8), (dataset.test, 0.2)):
        cases = part.counts[part.target == 1].sum()
        assert cases == round(55 * share)
        assert part.total - cases == round(1_500 * share)
        assert (part.counts > 0).all()
    rows = [*dataset.train.features["a"] + dataset.train.target.astype(str)]
    rows += [*dataset.test.features["a"] + dataset.test.target.astype(str)]
    counts = np.concatenate([dataset.train.counts, dataset.test.counts])
    assert {name: counts[np.array(rows) == name].sum() for name in ("x0", "x1", "z0")} == {
        "x0": 1_000,
        "x1": 55,
        "z0": 500,
    }
    assert dataset.class_rates.tolist() == [1_200 / 1_244, 44 / 1_244]
    assert dataset.base_value == 44 / 1_244
    assert not dataset.hardly_folds


def test_another_seed_holds_out_other_rows() -> None:
    table = make_table({"a": list("abcdefghij") * 10, "y": [0, 1] * 50}, counts=list(range(1, 101)))
    first, again, other = (prepare(table, make_problem(positive="1", seed=seed)) for seed in (0, 0, 1))
    assert first.test.counts.tolist() == again.test.counts.tolist()
    assert first.test.counts.tolist() != other.test.counts.tolist()


def test_numbers_are_not_stratified() -> None:
    numbers = [x / 3 for x in range(100)]
    dataset = prepare(make_table({"a": numbers, "y": numbers}), make_problem())
    assert dataset.strata.tolist() == [0] * 80
    assert dataset.test.total == 20
    assert dataset.hardly_folds


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([40, 9], "t.csv has 49 rows; at least 50 are needed to hold some out and choose by the rest"),
        ([100, 9], "the class '1' of 'y' has 9 rows; 10 are needed; drop them, or merge it with another"),
        ([100, 12 * 10**8], "the class '1' of 'y' has 1,200,000,000 rows; less than 1,000,000,000 can be"),
    ],
)
def test_too_few_or_too_many_rows_are_refused(counts: list[int], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        prepare(make_table({"a": ["x", "z"], "y": [0, 1]}, counts), CLASSES)


def test_few_rows_of_a_number_that_was_taken_for_a_class_name_the_cure() -> None:
    table = make_table({"a": ["x", "y", "z"], "y": [1, 2, 3]}, [100, 100, 9])
    with pytest.raises(InputError, match=r"9 rows; 10 are needed; if it is a quantity, set task = \"regression\"$"):
        prepare(table, make_problem())


def test_groups_hold_sensitive_columns_also_such_as_are_no_feature() -> None:
    table = make_table({"a": ["x", "z"] * 2, "sex": ["f", "f", "m", "m"], "y": [0, 1, 1, 0]}, [100, 200, 300, 400])
    problem = make_problem(
        positive="1", sensitive=["sex", "a"], columns={"sex": Column(ignore=True, label="Sex at birth")}
    )
    dataset = prepare(table, problem)
    assert list(dataset.schema["properties"]) == ["a"]
    assert dataset.sensitive == {"sex": "Sex at birth", "a": "A"}
    assert list(dataset.test.groups.columns) == ["sex", "a"]
    women = dataset.test.counts[(dataset.test.groups["sex"] == "f").to_numpy()].sum()
    assert women == pytest.approx(60, abs=25)
    assert (dataset.test.groups["a"] == dataset.test.features["a"]).all()


def test_fifty_rows_are_enough() -> None:
    assert prepare(make_table({"a": ["x", "z"], "y": [0, 1]}, [40, 10]), CLASSES).test.total == 10


def test_too_many_numbers_are_refused() -> None:
    numbers = list(range(30))
    with pytest.raises(InputError, match="t.csv has 30,000,000,000 rows; less than 1,000,000,000 can be"):
        prepare(make_table({"a": numbers, "y": numbers}, [10**9] * 30), make_problem())
