"""Recording: what others verify a model by, its lock and its card."""

from __future__ import annotations

from pathlib import Path

from training.lock import make_lock, render_lock
from training.reporting.card import render_card
from training.train import Trained


def render_record(trained: Trained, intent: str, lock: Path, card: Path) -> dict[Path, bytes]:
    """Return what the files `lock` and `card` are to hold."""
    document = trained.document
    return {
        lock: render_lock(make_lock(document, trained.pipeline, trained.features)),
        card: render_card(document, intent).encode(),
    }
