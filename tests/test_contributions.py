"""Contributions: the Shapley values of known functions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from predict.contributions import find_contributions

Row = Mapping[str, Any]


def explain(value: Callable[[Row], float], row: Row, reference: Row) -> tuple[dict[str, float], bool]:
    return find_contributions(lambda rows: list(map(value, rows)), row, reference, (value(reference), value(row)))


def test_additive_function_is_explained_by_its_terms() -> None:
    row, reference = {"a": 5.0, "b": -1.0, "c": 2.0}, {"a": 1.0, "b": 1.0, "c": 2.0}
    found = explain(lambda x: 3 * x["a"] + 10 * x["b"] + x["c"] ** 2, row, reference)
    assert found == ({"a": 12.0, "b": -20.0, "c": 0.0}, True)


def test_interaction_is_shared_alike() -> None:
    assert explain(lambda x: x["a"] * x["b"], {"a": 1, "b": 1}, {"a": 0, "b": 0}) == (
        {"a": 0.5, "b": 0.5},
        True,
    )


def test_values_are_the_mean_over_all_orders() -> None:
    """By the definition, an order at a time, of a function that is neither additive nor symmetric."""
    names = "abcde"
    row = {name: float(i + 2) for i, name in enumerate(names)}
    reference = dict.fromkeys(names, 1.0)

    def value(x: Mapping[str, float]) -> float:
        return math.tanh(x["a"] - x["b"]) + x["c"] * x["d"] / (x["e"] + x["a"])

    expected = dict.fromkeys(names, 0.0)
    orders = list(itertools.permutations(names))
    for order in orders:
        changed = dict(reference)
        for name in order:
            before = value(changed)
            changed[name] = row[name]
            expected[name] += (value(changed) - before) / len(orders)
    found, is_exact = explain(value, row, reference)
    assert is_exact
    assert found == pytest.approx(expected, abs=1e-12)


def test_reference_itself_has_nothing_to_explain() -> None:
    row = {"a": None, "b": "x"}
    assert explain(lambda x: 0.3 if x == row else 0.5, row, dict(row)) == ({"a": 0.0, "b": 0.0}, True)


@pytest.mark.parametrize(("fields", "is_exact"), [(10, True), (11, False), (40, False)])
def test_many_fields_are_sampled_and_still_add_up(fields: int, is_exact: bool) -> None:
    row, reference = {str(i): 1.0 + i for i in range(fields)}, {str(i): 0.5 for i in range(fields)}

    def value(x: Mapping[str, float]) -> float:
        return math.log(sum(x.values())) + x["0"] * x["1"]

    found, exact = explain(value, row, reference)
    assert exact is is_exact
    assert math.fsum(found.values()) == pytest.approx(value(row) - value(reference), abs=1e-9)
    assert all(contribution > 0 for contribution in found.values())
    assert explain(value, row, reference) == (found, exact)  # the orders are always the same


def test_sample_is_near_the_exact_values() -> None:
    """A function of the first two of twelve fields, whose exact values two fields alone give."""
    row = {str(i): float(i + 1) for i in range(12)}
    reference = dict.fromkeys(row, 0.0)

    def value(x: Mapping[str, float]) -> float:
        return math.exp(x["0"]) * (1 + x["1"])

    sampled, exact = explain(value, row, reference)
    assert not exact
    two, _exact = explain(value, {"0": 1.0, "1": 2.0}, {"0": 0.0, "1": 0.0})
    assert sampled["0"] == pytest.approx(two["0"], rel=0.1)
    assert sampled["1"] == pytest.approx(two["1"], rel=0.1)
    assert {sampled[str(i)] for i in range(2, 12)} == {0.0}
