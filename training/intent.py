"""The intent: what people wrote of a model's use, in docs/intended-use.md."""

from __future__ import annotations

from pathlib import Path

from training import ROOT
from training.errors import InputError

INTENT = Path("docs/intended-use.md")


def read_intent(problem: str, root: Path = ROOT) -> str:
    """Return what people wrote under `root` of the use of the model of `problem`, which becomes part of its card.

    Raises:
        InputError: docs/intended-use.md cannot be read, is empty, or its first line names another problem.
    """
    try:
        text = (root / INTENT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text.strip():
        raise InputError(
            f"{INTENT} does not exist or is empty: write there what the model is for, what not, and its limits, "
            "as Markdown with headings of level 2; it becomes part of the model card"
        )
    head = f"<!-- of {problem} -->"
    if text.splitlines()[0].strip() != head:
        raise InputError(
            f"{INTENT} is not of the problem {problem!r}: write there what this model is for, what not, and its "
            f"limits, and {head} in the first line"
        )
    return text


def find_intent(problem: str, root: Path = ROOT) -> str | None:
    """Return the same without its first line, None where there is nothing of this problem."""
    try:
        return read_intent(problem, root).partition("\n")[2].strip()
    except InputError:
        return None
