"""The judgement says what is compared, and refuses only what is worse beyond chance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.registries import make_document, make_files
from training.errors import InputError
from training.registry.judgement import judge
from training.registry.manifest import build_manifest


def manifest(number: int, **changes: Any) -> dict[str, Any]:
    document = make_document(number, **changes)
    return build_manifest(document, make_files(document))


def figure(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


@pytest.mark.parametrize(
    ("live", "candidate", "is_worse"),
    [
        # the same rows: the loss, up to the upper end of the live one's interval
        ({"rmse": figure(1.0, 0.9, 1.1)}, {"rmse": figure(1.1, 1.0, 1.2)}, False),
        ({"rmse": figure(1.0, 0.9, 1.1)}, {"rmse": figure(1.1001, 1.0, 1.2)}, True),
        ({"rmse": figure(1.0, 0.9, 1.1)}, {"rmse": figure(0.1, 0.1, 0.2), "r2": figure(-1.0)}, False),
        ({"rmse": figure(1.0)}, {"rmse": figure(1.0001)}, True),
        # other rows: the skill; 0.3 and 0.4 apart in each interval are 0.5 in that of the difference
        ({"r2": figure(0.9, 0.6, 1.0)}, {"r2": figure(0.41, 0.3, 0.81), "data": "e" * 64}, False),
        ({"r2": figure(0.9, 0.6, 1.0)}, {"r2": figure(0.39, 0.3, 0.79), "data": "e" * 64}, True),
        ({"r2": figure(0.9, 0.6, 1.0)}, {"r2": figure(0.39, 0.3, 0.79), "seed": 1}, True),
        ({"r2": figure(0.9)}, {"r2": figure(0.8999), "seed": 1}, True),
        # a loss of other rows says nothing: those may be harder
        ({"rmse": figure(1.0, 0.9, 1.1)}, {"rmse": figure(9.0, 8.0, 10.0), "data": "e" * 64}, False),
    ],
)
def test_worse_is_what_chance_does_not_explain(live: dict[str, Any], candidate: dict[str, Any], is_worse: bool) -> None:
    told: list[str] = []
    if is_worse:
        with pytest.raises(InputError, match=r" is worse: .*; --force promotes it all the same$"):
            judge(manifest(2, **candidate), manifest(1, **live), told.append)
    else:
        judge(manifest(2, **candidate), manifest(1, **live), told.append)
        (sentence,) = told
        assert "is not worse beyond the 95% intervals: " in sentence


@pytest.mark.parametrize(
    ("changes", "basis"),
    [
        ({}, "root mean squared error 1.000000 (0.900000 to 1.100000), and 1.000000 (0.900000 to 1.100000) of {}, which is live, on the same held-out rows"),
        ({"seed": 1}, "R2 0.500000 (0.400000 to 0.600000), and 0.500000 (0.400000 to 0.600000) of {}, which is live, on other held-out rows of the same data"),
        ({"data": "e" * 64}, "R2 0.500000 (0.400000 to 0.600000), and 0.500000 (0.400000 to 0.600000) of {}, which is live, on held-out rows of its own data each"),
    ],
)  # fmt: skip
def test_what_is_compared_is_said(changes: dict[str, Any], basis: str) -> None:
    told: list[str] = []
    new, live = manifest(2, **changes), manifest(1)
    judge(new, live, told.append)
    start = f"note: {new['version']} is not worse beyond the 95% intervals: "
    assert told == [start + basis.format(live["version"])]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("task", "binary", "the task is binary instead of regression"),
        ("target", {"name": "z"}, "the target is z instead of y"),
        ("loss", {"name": "rmse", **figure(None)}, "one has no rmse"),
    ],
)
def test_what_cannot_be_compared_needs_force(key: str, value: Any, reason: str) -> None:
    new, live = manifest(2), manifest(1)
    new["model"][key] = value
    with pytest.raises(InputError) as refusal:
        judge(new, live, lambda _sentence: None)
    assert str(refusal.value) == (
        f"{new['version']} and {live['version']}, which is live, cannot be compared: {reason}; "
        "--force promotes it all the same"
    )


def test_other_fields_are_said() -> None:
    told: list[str] = []
    new = manifest(2)
    new["model"]["fields"] = sorted({*new["model"]["fields"], "added"} - {"2"})
    judge(new, manifest(1), told.append)
    assert told[0] == "note: rows change for those who ask: with added, without 2"
