"""The checkpoint: an answer is kept whole, and used for the same question and versions only."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import joblib
import pytest

from training.cluster.checkpoint import Checkpoint
from training.errors import InputError


def refuse() -> str:
    raise AssertionError


def test_answer_is_kept_for_the_same_question_and_versions(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "kept", "1")
    assert checkpoint.answer("a", lambda: "first") == "first"
    assert checkpoint.answer("a", refuse) == "first"
    assert Checkpoint(tmp_path / "kept", "2").answer("a", lambda: "second") == "second"
    checkpoint.clear()
    assert not checkpoint.has("a")


@pytest.mark.parametrize("size", [0, 1, 10])
def test_answer_that_lost_its_end_is_asked_for_anew(tmp_path: Path, size: int) -> None:
    checkpoint = Checkpoint(tmp_path / "kept", "1")
    checkpoint.answer("a", lambda: "a longer text")
    (file,) = checkpoint.folder.iterdir()
    file.write_bytes(file.read_bytes()[:size])
    assert checkpoint.answer("a", lambda: "anew") == "anew"
    assert checkpoint.answer("a", refuse) == "anew"


def test_two_runs_that_keep_the_same_answer_do_not_meet(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "kept", "1")
    assert checkpoint.answer("a", lambda: checkpoint.answer("a", lambda: "one")) == "one"
    assert len(list(checkpoint.folder.iterdir())) == 1


def test_disk_that_is_full_is_told_and_leaves_no_half_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_answer: Any, path: Path) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    checkpoint = Checkpoint(tmp_path / "kept", "1")
    monkeypatch.setattr(joblib, "dump", fail)
    with pytest.raises(InputError, match="kept cannot be written .No space left on device.; what is in it is kept"):
        checkpoint.answer("a", lambda: "b")
    assert list(checkpoint.folder.iterdir()) == []
