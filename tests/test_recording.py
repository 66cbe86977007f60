"""What is recorded of a model: its lock, and its card with what people wrote of its use."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Trained
from training.lock import read_lock
from training.recording import render_record

WRITTEN = "<!-- of preterm-birth -->\n\n## Intended use\n\nNone.\n"


def test_record_holds_the_lock_and_the_card(tmp_path: Path, trained: Trained) -> None:
    lock, card = tmp_path / "model.lock.json", tmp_path / "card.md"
    files = render_record(trained, WRITTEN, lock, card)
    assert list(files) == [lock, card]
    assert WRITTEN in files[card].decode()
    lock.write_bytes(files[lock])
    assert read_lock(lock)["model"] == trained.document["version"]
