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
Value = Callable[[Row], float]
Ends = tuple[float, float]


def find_contributions(value: Value, row: Row, reference: Row, ends: Ends) -> tuple[dict[str, float], bool]:
    """Return each field's baseline Shapley value, and whether they are exact; `ends` are reference's and row's value.

    A field's contribution is the mean, over all orders in which the fields of `reference` can be changed into those of
    `row`, of what changing this field adds to `value`; contributions add up to value(row) - value(reference). Fields
    that do not differ contribute 0. With more than 10 that do, the mean is over orders drawn with a fixed seed: as many
    as can be followed with 1,024 scored rows, and at least two.

    Source: Sundararajan and Najmi, The many Shapley values for model explanation, 2020.
    """
    fields = [name for name in reference if row[name] != reference[name]]
    is_exact = len(fields) <= MOST_EXACT
    found = (_enumerate if is_exact else _sample)(value, row, reference, ends, fields)
    return {name: found.get(name, 0.0) for name in reference}, is_exact


def _enumerate(value: Value, row: Row, reference: Row, ends: Ends, fields: list[str]) -> dict[str, float]:
    """Return the exact contributions, from the value of every set of changed fields; bit i of a set is field i."""
    every = 2 ** len(fields) - 1
    values = [0.0] * (every + 1)
    values[0], values[every] = ends
    changed, bits = dict(reference), 0
    for step in range(1, every + 1):  # in the order of Gray's code, in which one field changes at a time
        bit = step & -step
        bits ^= bit
        name = fields[bit.bit_length() - 1]
        changed[name] = (row if bits & bit else reference)[name]
        if bits != every:
            values[bits] = value(changed)
    return {
        name: math.fsum(map(mul, weights, [values[with_it] - values[without] for with_it, without in sets]))
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


def _sample(value: Value, row: Row, reference: Row, ends: Ends, fields: list[str]) -> dict[str, float]:
    """Return the mean contributions over orders that are drawn, and the same orders reversed."""
    generator = random.Random(0)  # noqa: S311 (no secret)
    totals = dict.fromkeys(fields, 0.0)
    draws = max(1, MOST_SCORED // (2 * len(fields)))
    for _ in range(draws):
        order = generator.sample(fields, len(fields))
        for names in (order, order[::-1]):
            changed, before = dict(reference), ends[0]
            for name in names:
                changed[name] = row[name]
                after = value(changed) if name != names[-1] else ends[1]
                totals[name] += after - before
                before = after
    return {name: total / (2 * draws) for name, total in totals.items()}
