"""The contributions to a prediction: how much each field moves it away from that of a reference row."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from functools import cache
from operator import mul
from typing import Any

MOST_EXACT = 10  # differing fields
MOST_SCORED = 2**MOST_EXACT  # rows

Row = Mapping[str, Any]
Values = Callable[[list[Row]], list[float]]
Ends = tuple[float, float]


def find_contributions(values: Values, row: Row, reference: Row, ends: Ends) -> tuple[dict[str, float], bool]:
    """Return each field's baseline Shapley value, and whether they are exact; `ends` are reference's and row's value.

    A field's contribution is the mean, over all orders in which the fields of `reference` can be changed into those of
    `row`, of what changing this field adds to a row's value; contributions add up to what row's value is above that of
    reference. Fields that do not differ contribute 0. With more than 10 that do, the mean is over orders drawn with a
    fixed seed: as many as can be followed with 1,024 scored rows, and at least two.

    `values` is asked once, for the values of all rows on the way: some scorers take as long for one as for many.

    Source: Sundararajan and Najmi, The many Shapley values for model explanation, 2020.
    """
    fields = [name for name in reference if row[name] != reference[name]]
    is_exact = len(fields) <= MOST_EXACT
    found = (_enumerate if is_exact else _sample)(values, row, reference, ends, fields)
    return {name: found.get(name, 0.0) for name in reference}, is_exact


def _enumerate(values: Values, row: Row, reference: Row, ends: Ends, fields: list[str]) -> dict[str, float]:
    """Return the exact contributions, from the value of every set of changed fields; bit i of a set is field i."""
    rows: list[Row] = [reference]
    for name in fields:
        rows += [{**changed, name: row[name]} for changed in rows]
    of_set = [ends[0], *values(rows[1:-1]), ends[1]] if fields else []
    return {
        name: math.fsum(map(mul, weights, [of_set[with_it] - of_set[without] for with_it, without in sets]))
        for name, (weights, sets) in zip(fields, _pairs(len(fields)), strict=True)
    }


@cache
def _pairs(count: int) -> list[tuple[list[float], list[tuple[int, int]]]]:
    """Return for each of `count` fields the pairs of sets that differ in it only, after the weight of each pair."""
    weights = [1 / (count * math.comb(count - 1, size)) for size in range(count)]
    found = []
    for field in range(count):
        without = [bits for bits in range(2**count) if not bits >> field & 1]
        pairs = [(bits | 1 << field, bits) for bits in without]
        found.append(([weights[bits.bit_count()] for bits in without], pairs))
    return found


def _sample(values: Values, row: Row, reference: Row, ends: Ends, fields: list[str]) -> dict[str, float]:
    """Return the mean contributions over orders that are drawn, and the same orders reversed."""
    generator = random.Random(0)  # noqa: S311 (no secret)  # nosec B311
    orders: list[list[str]] = []
    for _ in range(max(1, MOST_SCORED // (2 * len(fields)))):
        order = generator.sample(fields, len(fields))
        orders += [order, order[::-1]]
    rows: list[Row] = []
    for order in orders:
        changed = dict(reference)
        for name in order[:-1]:
            changed[name] = row[name]
            rows.append(changed.copy())
    found = iter(values(rows))
    totals = dict.fromkeys(fields, 0.0)
    for order in orders:
        before = ends[0]
        for name in order[:-1]:
            after = next(found)
            totals[name] += after - before
            before = after
        totals[order[-1]] += ends[1] - before
    return {name: total / len(orders) for name, total in totals.items()}
