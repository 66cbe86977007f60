"""Recording: what others verify a model by, its lock and its card."""

from __future__ import annotations

from pathlib import Path

from training import ROOT
from training.errors import InputError
from training.lock import make_lock, render_lock
from training.reporting.card import INTENT, render_card
from training.train import Trained


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


def render_record(trained: Trained, intent: str, lock: Path, card: Path) -> dict[Path, bytes]:
    """Return what the files `lock` and `card` are to hold."""
    document = trained.document
    return {
        lock: render_lock(make_lock(document, trained.pipeline, trained.features)),
        card: render_card(document, intent).encode(),
    }
