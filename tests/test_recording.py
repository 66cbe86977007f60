"""What people wrote of a model's use is taken into its card, and only into that of their own model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Trained
from training.errors import InputError
from training.lock import read_lock
from training.recording import read_intent, render_record
from training.reporting.card import INTENT

WRITTEN = "<!-- of preterm-birth -->\n\n## Intended use\n\nNone.\n"


def write(folder: Path, text: str) -> None:
    (folder / INTENT).parent.mkdir()
    (folder / INTENT).write_text(text, encoding="utf-8")


def test_intent_of_this_problem_is_read(tmp_path: Path) -> None:
    write(tmp_path, WRITTEN)
    assert read_intent("preterm-birth", tmp_path) == WRITTEN


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_missing_intent_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        write(tmp_path, text)
    with pytest.raises(InputError, match=r"^docs/intended-use\.md does not exist or is empty: write there"):
        read_intent("preterm-birth", tmp_path)


@pytest.mark.parametrize("text", [WRITTEN, "## Intended use\n"])
def test_intent_of_another_problem_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(InputError, match=r"is not of the problem 'wine'.* and <!-- of wine --> in the first line$"):
        read_intent("wine", tmp_path)


def test_record_holds_the_lock_and_the_card(tmp_path: Path, trained: Trained) -> None:
    lock, card = tmp_path / "model.lock.json", tmp_path / "card.md"
    files = render_record(trained, WRITTEN, lock, card)
    assert list(files) == [lock, card]
    assert WRITTEN in files[card].decode()
    lock.write_bytes(files[lock])
    assert read_lock(lock)["model"] == trained.document["version"]
