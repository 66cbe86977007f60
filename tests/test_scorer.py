"""The scorer applies the numbers of model.json; the expected answers are worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from predict.scorer import Scorer

INPUTS = [{"field": "colour", "one_hot": ["red", None]}, {"field": "size", "mean": 3.0, "scale": 2.0}]
LINEAR: dict[str, Any] = {"type": "linear", "link": "logit", "intercept": [0.5], "coefficients": [[1.0, -1.0, 2.0]]}
TREE: dict[str, Any] = {"feature": [2, 0, -1, -1, -1], "threshold": [0.0, 0.5], "value": [1.0, 2.0, 3.0]}
STUMP: dict[str, Any] = {"feature": [-1], "threshold": [], "value": [-2.0]}
TREES: dict[str, Any] = {"type": "trees", "link": "identity", "start": [0.0], "divisor": 1, "trees": [TREE]}
LISTS = {**TREE, "value": [[0.0, 1.0], [0.25, 0.75], [1.0, 0.0]]}
SIGMOID = {"type": "sigmoid", "a": -1.0, "b": 0.5}
STEPS: dict[str, Any] = {"type": "isotonic", "x": [0.0, 2.0], "y": [0.1, 0.5]}
CALIBRATED: dict[str, Any] = {
    "type": "calibrated",
    "link": "identity",
    "members": [{"model": LINEAR, "calibrators": [SIGMOID]}, {"model": TREES, "calibrators": [STEPS]}],
}
LEFT, MIDDLE, RIGHT = ({"colour": None, "size": 3}, {"colour": "red", "size": 3}, {"colour": "red", "size": 3.0000001})


def predict(model: dict[str, Any], row: dict[str, Any]) -> list[float]:
    return Scorer({"inputs": INPUTS, "model": model}).predict(row)


@pytest.mark.parametrize(
    ("row", "score"),
    [
        ({"colour": "red", "size": 3}, 0.5 + 1.0),
        ({"colour": None, "size": 5}, 0.5 - 1.0 + 2.0 * 1.0),
        ({"colour": "red", "size": -1.0}, 0.5 + 1.0 + 2.0 * -2.0),
    ],
)
def test_linear_model(row: dict[str, Any], score: float) -> None:
    assert predict({**LINEAR, "link": "identity"}, row) == pytest.approx([score])
    assert predict(LINEAR, row) == pytest.approx([1 - 1 / (1 + math.exp(-score)), 1 / (1 + math.exp(-score))])


def test_linear_model_of_three_classes() -> None:
    coefficients = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    model = {**LINEAR, "link": "softmax", "intercept": [0.0, 1.0, 0.5], "coefficients": coefficients}
    powers = [math.exp(score) for score in (1.0, 1.0 - 2.0, 0.5)]
    assert predict(model, {"colour": "red", "size": -1}) == pytest.approx([power / sum(powers) for power in powers])


@pytest.mark.parametrize(
    ("row", "leaf"),
    [
        (LEFT, 1.0),  # a size at its threshold goes left, and so does what is not red
        (MIDDLE, 2.0),
        (RIGHT, 3.0),
    ],
)
def test_trees_add_up(row: dict[str, Any], leaf: float) -> None:
    assert predict({**TREES, "start": [0.25], "trees": [TREE, STUMP]}, row) == pytest.approx([0.25 + leaf - 2.0])
    assert predict({**TREES, "divisor": 2, "trees": [TREE, STUMP]}, row) == pytest.approx([(leaf - 2.0) / 2])


def test_trees_take_turns_where_there_is_one_for_each_score() -> None:
    model = {**TREES, "start": [10.0, 20.0], "trees": [TREE, STUMP, STUMP, STUMP]}
    assert predict(model, RIGHT) == [10.0 + 3.0 - 2.0, 20.0 - 2.0 - 2.0]


@pytest.mark.parametrize(("row", "leaf"), [(LEFT, [0.0, 1.0]), (MIDDLE, [0.25, 0.75]), (RIGHT, [1.0, 0.0])])
def test_leaf_with_a_number_for_each_score_adds_to_all(row: dict[str, Any], leaf: list[float]) -> None:
    start, other = [0.5, 0.5], {**STUMP, "value": [[0.5, 0.5]]}
    model = {**TREES, "start": start, "divisor": 2, "trees": [LISTS, other]}
    assert predict(model, row) == [(0.5 + leaf[0] + 0.5) / 2, (0.5 + leaf[1] + 0.5) / 2]
    assert start == [0.5, 0.5]


def test_split_on_categories_sends_what_it_lists_to_the_left() -> None:
    inputs = [{"field": "x", "choices": ["a", "b", None], "codes": [0, 1, -1], "other": 3}]
    tree = {"feature": [0, -1, -1], "threshold": [[0, -1]], "value": [1.0, 2.0]}
    scorer = Scorer({"inputs": inputs, "model": {**TREES, "trees": [tree, STUMP]}})
    assert [scorer.predict({"x": x}) for x in ("a", "b", None, "c")] == [[-1.0], [0.0], [-1.0], [0.0]]


def test_calibrated_model_is_the_mean_of_its_members_without_their_links() -> None:
    logistic = 1 / (1 + math.exp(-1.0 * 1.5 + 0.5))
    line = 0.1 + 0.4 * 1.0 / 2
    expected = (logistic + line) / 2
    row = {"colour": "red", "size": 3}
    first, second = CALIBRATED["members"]
    tree = {**second, "model": {**TREES, "start": [-1.0]}}
    assert predict({**CALIBRATED, "members": [first, tree]}, row) == pytest.approx([1 - expected, expected])
    assert predict({**CALIBRATED, "members": [first]}, row) == pytest.approx([1 - logistic, logistic])


def test_calibrated_probabilities_of_several_classes_are_divided_by_their_sum() -> None:
    flat = {"type": "isotonic", "x": [0.0], "y": [0.25]}
    constant = {"type": "constant", "link": "identity", "values": [1.0, 1.0, 1.0]}
    row = {"colour": "red", "size": 3}
    member = {"model": constant, "calibrators": [{**flat, "y": [y]} for y in (0.25, 0.75, 1.0)]}
    assert predict({**CALIBRATED, "members": [member]}, row) == [0.125, 0.375, 0.5]
    zeros = {"model": constant, "calibrators": [{**flat, "y": [0.0]}] * 3}
    assert predict({**CALIBRATED, "members": [zeros]}, row) == [1 / 3] * 3


def test_answers_do_not_depend_on_the_ones_before() -> None:
    for model in ({"type": "constant", "link": "identity", "values": [1.0]}, LINEAR, TREES, CALIBRATED):
        scorer = Scorer({"inputs": INPUTS, "model": model})
        first = scorer.predict(LEFT)
        first_given = first.copy()
        first[0] = math.nan
        scorer.predict(RIGHT)
        assert scorer.predict(LEFT) == first_given


@pytest.mark.parametrize(
    ("link", "values", "answer"),
    [
        ("identity", [-7.5], [-7.5]),
        ("identity", [0.25, 0.5, 0.25], [0.25, 0.5, 0.25]),
        ("probability", [0.25], [0.75, 0.25]),
        ("logit", [math.log(3)], [0.25, 0.75]),
        ("softmax", [math.log(5), math.log(3), math.log(2)], [0.5, 0.3, 0.2]),
        ("softmax", [1e5 + math.log(3), 1e5, -1e5], [0.75, 0.25, 0.0]),
    ],
)
def test_link_turns_scores_to_answers(link: str, values: list[float], answer: list[float]) -> None:
    given = predict({"type": "constant", "link": link, "values": values}, {"colour": "red", "size": 0})
    assert given == pytest.approx(answer, abs=1e-10)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"colour": "red"},
        {"colour": "red", "size": None},
        {"colour": "Red", "size": 1},
        {"colour": ["red"], "size": 1},
        {"colour": "red", "size": "1"},
        {"colour": "red", "size": True},
        {"colour": True, "size": 1},
        {"colour": 0, "size": 1},
        {"colour": "red", "size": math.nan},
        {"colour": "red", "size": math.inf},
        {"colour": "red", "size": -3.5e38},
        {"colour": "red", "size": 10**400},
    ],
)
def test_row_that_training_would_refuse_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="^the field '(colour|size)' is missing, or holds what it may not$"):
        Scorer({"inputs": INPUTS, "model": LINEAR}).predict(row)


@pytest.mark.parametrize(
    "model",
    [
        {**TREES, "type": "forest"},
        {**TREES, "link": "log"},
        {"type": "constant", "link": "logit", "values": [0.5, 0.5]},
        {"type": "constant", "link": "identity", "values": [math.inf]},
        {**LINEAR, "coefficients": [[1.0]]},
        {**LINEAR, "coefficients": [[1.0, 2.0, math.nan]]},
        {**LINEAR, "intercept": [0.0, 1.0]},
        {**LINEAR, "link": "probability", "intercept": [0.0, 1.0], "coefficients": 2 * LINEAR["coefficients"]},
        {**TREES, "trees": []},
        {**TREES, "divisor": 0},
        {**TREES, "start": [0.0, 0.0]},
        {**TREES, "start": [0.0, 0.0], "trees": [LISTS, TREE]},
        {**TREES, "trees": [TREE, LISTS]},
        {**TREES, "start": [0.0, 0.0, 0.0], "trees": [LISTS]},
        {**TREES, "trees": [{**TREE, "feature": [3, 0, -1, -1, -1]}]},
        {**TREES, "trees": [{**TREE, "feature": [-2, 0, -1, -1, -1]}]},
        {**TREES, "trees": [{**TREE, "feature": [2, 0, -1, -1]}]},
        {**TREES, "trees": [{**TREE, "feature": [2, -1, -1, -1]}]},
        {**TREES, "trees": [{**TREE, "feature": [2, 0, -1, -1, -1, -1], "value": [1.0, 2.0, 3.0, 4.0]}]},
        {**TREES, "trees": [{**TREE, "threshold": [0.0, 0.5, 0.5]}]},
        {**TREES, "trees": [{**TREE, "threshold": [0.5]}]},
        {**TREES, "trees": [{**TREE, "threshold": ["low", 0.5]}]},
        {**TREES, "trees": [{**TREE, "threshold": [["a"], 0.5]}]},
        {**TREES, "trees": [{**TREE, "value": [1.0, 2.0]}]},
        {**TREES, "trees": [{**TREE, "value": [1.0, 2.0, 3.0, 4.0]}]},
        {**CALIBRATED, "members": []},
        {**CALIBRATED, "members": [{"model": CALIBRATED, "calibrators": [SIGMOID]}]},
        {**CALIBRATED, "members": [{"model": LINEAR, "calibrators": []}]},
        {**CALIBRATED, "members": [{"model": LINEAR, "calibrators": [SIGMOID, SIGMOID]}]},
        {**CALIBRATED, "members": [{"model": LINEAR, "calibrators": [{**SIGMOID, "a": math.nan}]}]},
        {**CALIBRATED, "members": [{"model": LINEAR, "calibrators": [{**SIGMOID, "type": "line"}]}]},
        {**CALIBRATED, "link": "logit", "members": [*CALIBRATED["members"], {"model": LINEAR, "calibrators": []}]},
    ],
)
def test_numbers_of_another_form_are_refused(model: dict[str, Any]) -> None:
    Scorer({"inputs": INPUTS, "model": {**TREES, "start": [0.0, 0.0], "trees": [LISTS, LISTS]}})
    with pytest.raises((LookupError, TypeError, ValueError)):
        Scorer({"inputs": INPUTS, "model": model})
