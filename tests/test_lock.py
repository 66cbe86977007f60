"""The lock holds what was recorded of a model, and is refused where it cannot be compared with."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor

from tests.conftest import Trained
from training.errors import InputError
from training.lock import make_lock, read_lock, render_lock


def test_lock_is_written_and_read(tmp_path: Path, trained: Trained) -> None:
    lock = make_lock(trained.document, trained.pipeline, trained.features)
    (tmp_path / "model.lock.json").write_bytes(render_lock(lock))
    assert read_lock(tmp_path / "model.lock.json") == lock
    assert lock["predictions"] == trained.pipeline.predict_proba(trained.features).tolist()
    assert lock["metrics"] == trained.document["metrics"]


@pytest.mark.parametrize(("distinct", "expected"), [(10_000, range(10_000)), (10_001, range(0, 10_001, 2))])
def test_all_distinct_rows_are_recorded_up_to_ten_thousand(
    trained: Trained, distinct: int, expected: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"row": np.arange(distinct)})
    pipeline = DummyRegressor().fit(rows, rows["row"])
    monkeypatch.setattr(pipeline, "predict", lambda rows: rows["row"].to_numpy())
    lock = make_lock({**trained.document, "task": "regression"}, pipeline, rows)
    assert lock["predictions"] == list(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no model.lock.json to compare with; `make record` writes it"),
        ("{", "cannot be read"),
        ("[]", "lacks model, task, target.name, seed, versions, predictions, data.rows, "),
        ('{"data": 3, "metrics": {"chosen": {}}}', r"data.content_sha256, metrics.chosen.candidate, metrics"),
        ('{"seed": NaN}', "cannot be read (NaN is no finite number); `make record` writes it anew"),
        ('{"seed": -Infinity}', "cannot be read (-Infinity is no finite number)"),
        ('{"seed": 1e999}', "cannot be read (1e999 is no finite number)"),
    ],
)
def test_lock_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "model.lock.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)):
        read_lock(path)


@pytest.mark.parametrize("key", ["model", "target", "metrics", "predictions"])
def test_lock_that_lacks_a_part_is_refused(tmp_path: Path, trained: Trained, key: str) -> None:
    path = tmp_path / "model.lock.json"
    lock = make_lock(trained.document, trained.pipeline, trained.features)
    path.write_bytes(render_lock({name: value for name, value in lock.items() if name != key}))
    with pytest.raises(InputError, match=f"model.lock.json lacks {key}.*; `make record` writes it anew$"):
        read_lock(path)
