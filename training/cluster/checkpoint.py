"""The checkpoint: what workers have answered so far, kept until training ends well, so that it can go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import joblib

T = TypeVar("T")


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the answers to questions; a question is any value, and holds all that its answer depends on."""

    folder: Path

    def answer(self, question: Any, ask: Callable[[], T]) -> T:
        """Return the answer that is kept, or ask for it and keep it, whole or not at all."""
        path = self._path(question)  # before asking, which may change what is asked
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            joblib.dump(ask(), path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)
        answer: T = joblib.load(path)
        return answer

    def has(self, question: Any) -> bool:
        """Return whether there is an answer."""
        return self._path(question).exists()

    def clear(self) -> None:
        """Forget all answers."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, question: Any) -> Path:
        return self.folder / str(joblib.hash(question))
