"""The target is what problem.toml says, and inferred where it is silent."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.tables import make_problem, make_table
from training.errors import InputError
from training.target import Target, derive_target, guess_positive

LETTERS = list("abc") * 10
CODES = tuple(f"{i:02}" for i in range(24))
NUMBERS = [x / 4 for x in range(40)]


@pytest.mark.parametrize(
    ("values", "settings", "expected"),
    [
        (["1", "0"], {"positive": "1"}, Target("y", "binary", ("0", "1"), ("0", "1"))),
        (["1", "0"], {"positive": "0"}, Target("y", "binary", ("1", "0"), ("1", "0"))),
        (["y", "n"], {"positive": "y", "labels": {"n": "No", "y": "Yes"}}, Target("y", "binary", ("n", "y"), ("No", "Yes"))),
        (["1.0", "0.0"], {"positive": "1", "labels": {"0": "No", "1": "Yes"}}, Target("y", "binary", ("0.0", "1.0"), ("No", "Yes"))),
        (["1", "0"], {}, Target("y", "binary", ("0", "1"), ("0", "1"))),
        (["1", "0"], {"task": "binary"}, Target("y", "binary", ("0", "1"), ("0", "1"))),
        (["1", "0"], {"task": "regression"}, Target("y", "regression")),
        (LETTERS, {}, Target("y", "multiclass", ("a", "b", "c"), ("a", "b", "c"))),
        ([1, 2, 3], {}, Target("y", "multiclass", ("1", "2", "3"), ("1", "2", "3"))),
        ([1, 2, 3], {"task": "regression"}, Target("y", "regression")),
        (NUMBERS, {}, Target("y", "regression")),
        ([f"{i:02}" for i in range(24)], {}, Target("y", "multiclass", CODES, CODES)),
        (NUMBERS, {"task": "multiclass"}, Target("y", "multiclass", tuple(sorted(map(str, NUMBERS))), tuple(sorted(map(str, NUMBERS))))),
    ],
)  # fmt: skip
def test_target_is_inferred(values: list[object], settings: dict[str, object], expected: Target) -> None:
    assert derive_target(make_table({"a": values, "y": values}), make_problem(**settings)) == expected


@pytest.mark.parametrize(
    ("values", "settings", "message"),
    [
        (["1", "0"], {"positive": "2"}, "t.csv: positive = '2' is not a class of 'y'; its classes are '0', '1'"),
        (["1"], {"positive": "1"}, "t.csv: the target 'y' has one class ('1'); two are needed"),
        (LETTERS, {"positive": "a"}, "t.csv: the target 'y' has 3 classes ('a', 'b', 'c'); two are needed; leave out `positive` to predict several classes, or a number"),
        (["1", "0"], {"positive": "1", "labels": {"0": "a", "2": "b"}}, "labels names the classes '0', '2', but t.csv has '0', '1'"),
        (LETTERS, {"labels": {"a": "A"}}, "labels names the classes 'a', but t.csv has 'a', 'b', 'c'"),
        (LETTERS, {"task": "binary"}, "t.csv: the target 'y' has 'a', 'b', 'c'; from 2 to 50 classes can be predicted"),
        (["x"] * 3, {}, "t.csv: the target 'y' has only 'x'; from 2 to 50 classes can be predicted"),
        ([f"c{i:02}" for i in range(51)], {}, "t.csv: the target 'y' has 'c00', 'c01', 'c02', 'c03', 'c04', ... (51 in all); from 2 to 50 classes can be predicted"),
        ([*NUMBERS, "n/a"], {"task": "regression"}, "t.csv: the target 'y' is to be a number, but holds 'n/a'; if 'n/a' means missing, add it to missing_values and drop those rows"),
        (["1", "0", "NA"], {"positive": "1"}, "t.csv: the target 'y' has 3 classes ('0', '1', 'NA'); two are needed; if 'NA' means missing, add it to missing_values and drop those rows"),
        ([*NUMBERS, "1e39"], {"task": "regression"}, "t.csv: the target 'y' is to be a number, but holds '1e39'"),
        ([*NUMBERS, "inf"], {"task": "regression"}, "t.csv: the target 'y' is to be a number, but holds 'inf'"),
        ([3, 3], {"task": "regression"}, "t.csv: the target 'y' is 3 in every row; nothing can be learnt"),
    ],
)  # fmt: skip
def test_target_that_cannot_be_used_is_one_sentence(
    values: list[object], settings: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        derive_target(make_table({"a": values, "y": values}), make_problem(**settings))


@pytest.mark.parametrize(
    ("counts", "positive"),
    [
        ({"no": 1, "yes": 9}, "yes"),
        ({"No": 9, "maybe": 9}, "maybe"),
        ({"0": 1, "1": 9}, "1"),
        ({"False": 1, "True": 9}, "True"),
        ({"neg": 1, "pos": 9}, "pos"),
        ({"benign": 9, "malignant": 1}, "malignant"),
        ({"benign": 1, "malignant": 9}, "benign"),  # the rarer
        ({"a": 5, "b": 5}, "b"),
        ({"0": 9, "no": 1}, "no"),  # both say no
    ],
)
def test_positive_class_is_guessed(counts: dict[str, int], positive: str) -> None:
    table = make_table({"y": list(counts)}, [*counts.values()])
    assert guess_positive(table.rows["y"], table.counts) == positive
    assert derive_target(table, make_problem()).classes[1] == positive


def test_classes_are_parsed_to_positions_and_numbers_to_numbers() -> None:
    texts = make_table({"y": ["1", "0", "1"]}).rows["y"]
    assert Target("y", "binary", ("1", "0"), ("1", "0")).parse(texts).tolist() == [0, 1, 0]
    assert Target("y", "regression").parse(texts).tolist() == [1.0, 0.0, 1.0]
    assert Target("y", "regression").parse(texts).dtype == np.float64
