"""The lock is compared number by number, and says where the worst difference is."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Trained
from training.errors import InputError
from training.lock import compare, make_lock, read_lock, write_lock


@pytest.mark.parametrize(
    ("found", "recorded", "expected"),
    [
        ({"a": [1, 2.0], "b": "x"}, {"a": [1, 2.0], "b": "x"}, (2, 0.0, "")),
        ({"a": [1.0, 2.5]}, {"a": [1.25, 2.0]}, (2, 0.25, "a[1]: 2.5 instead of 2.0")),
        ({"a": 1e6}, {"a": 1e6 + 1}, (1, 1 / (1e6 + 1), "a: 1000000.0 instead of 1000001.0")),
        ([None, True], [None, True], (0, 0.0, "")),
        ([None], [0.0], (0, math.inf, "[0]: null instead of 0.0")),
        ([1], [True], (0, math.inf, "[0]: 1 instead of true")),
        ({"a": "x"}, {"a": "y"}, (0, math.inf, 'a: "x" instead of "y"')),
        ({"a": 1}, {"b": 1}, (0, math.inf, ': {"a": 1} instead of {"b": 1}')),
        ({"a": [1, 2]}, {"a": [1]}, (0, math.inf, "a: [1, 2] instead of [1]")),
    ],
)
def test_worst_difference_is_found(found: Any, recorded: Any, expected: tuple[int, float, str]) -> None:
    assert compare(found, recorded) == expected


def test_lock_is_written_and_read(tmp_path: Path, trained: Trained) -> None:
    lock = make_lock(trained.document, trained.pipeline, trained.features)
    write_lock(lock, tmp_path / "model.lock.json")
    assert read_lock(tmp_path / "model.lock.json") == lock
    assert lock["predictions"] == trained.pipeline.predict_proba(trained.features).tolist()
    assert lock["metrics"] == trained.document["metrics"]
    assert [path.name for path in tmp_path.iterdir()] == ["model.lock.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no model.lock.json to compare with; `make record` writes it"),
        ("{", "cannot be read"),
        ("[]", "lacks data, metrics, model, predictions, seed, versions; `make record` writes it anew"),
        (json.dumps({"model": "", "data": {}, "seed": 0, "versions": {}, "metrics": {}}), "lacks predictions; "),
    ],
)
def test_lock_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "model.lock.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_lock(path)
