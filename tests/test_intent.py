"""What people wrote of a model's use is taken for their own model only."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.errors import InputError
from training.intent import INTENT, find_intent, read_intent

WRITTEN = "<!-- of preterm-birth -->\n\n## Intended use\n\nNone.\n"


def write(folder: Path, text: str) -> None:
    (folder / INTENT).parent.mkdir()
    (folder / INTENT).write_text(text, encoding="utf-8")


def test_intent_of_this_problem_is_read(tmp_path: Path) -> None:
    write(tmp_path, WRITTEN)
    assert read_intent("preterm-birth", tmp_path) == WRITTEN
    assert find_intent("preterm-birth", tmp_path) == "## Intended use\n\nNone."


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_missing_intent_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        write(tmp_path, text)
    with pytest.raises(InputError, match=r"^docs/intended-use\.md does not exist or is empty: write there"):
        read_intent("preterm-birth", tmp_path)
    assert find_intent("preterm-birth", tmp_path) is None


@pytest.mark.parametrize("text", [WRITTEN, "## Intended use\n"])
def test_intent_of_another_problem_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(InputError, match=r"is not of the problem 'wine'.* and <!-- of wine --> in the first line$"):
        read_intent("wine", tmp_path)
    assert find_intent("wine", tmp_path) is None
