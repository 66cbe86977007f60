"""The checkpoint: what workers have answered so far, kept until training ends well, so that it can go on."""

from __future__ import annotations

import pickle
import secrets
import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import joblib

from training.errors import InputError

T = TypeVar("T")
# What joblib raises of a file that lost its end, as when power fails.
UNREADABLE = (EOFError, ValueError, LookupError, struct.error, pickle.UnpicklingError)


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the answers to questions; a question is any value, and holds all that its answer depends on.

    All answers depend on `versions`, too: those of other ones are not used.
    """

    folder: Path
    versions: str

    def answer(self, question: Any, ask: Callable[[], T]) -> T:
        """Return the answer that is kept, or ask for it and keep it, whole or not at all.

        Raises:
            InputError: it cannot be kept.
        """
        path = self._path(question)  # before asking, which may change what is asked
        try:
            kept: T = joblib.load(path)
        except FileNotFoundError:
            pass
        except UNREADABLE:
            path.unlink(missing_ok=True)
        else:
            return kept
        self._keep(path, ask())
        answer: T = joblib.load(path)
        return answer

    def has(self, question: Any) -> bool:
        """Return whether there is an answer."""
        return self._path(question).exists()

    def clear(self) -> None:
        """Forget all answers."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep(self, path: Path, answer: Any) -> None:
        new = path.with_suffix(f".{secrets.token_hex(4)}.new")  # another run may write the same
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            joblib.dump(answer, new)
            new.replace(path)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise InputError(
                f"{self.folder} cannot be written ({error.strerror}); what is in it is kept: make room, or make it "
                "writable, and run the same command again"
            ) from None

    def _path(self, question: Any) -> Path:
        return self.folder / str(joblib.hash((self.versions, question)))
