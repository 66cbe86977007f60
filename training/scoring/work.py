"""The work: what has been scored so far, kept beside the file that it will be, so that a killed run can go on."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.errors import InputError


@dataclass
class Work:
    """A folder with records, errors, and a journal of how much of both is whole: all of `rows` rows, `bad` of them bad.

    What stands beyond is of a chunk that was being written when the run ended, and is cut off.
    """

    folder: Path
    identity: dict[str, Any]
    rows: int = 0
    bad: int = 0
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def records(self) -> Path:
        """The file of all records."""
        return self.folder / "records"

    @property
    def errors(self) -> Path:
        """The file of all errors."""
        return self.folder / "errors"

    def start(self, records: bytes, errors: bytes) -> None:
        """Begin both files, unless there are rows to go on after."""
        if not self.sizes:
            self.add(records, errors, 0, 0)
        for path in (self.records, self.errors):
            os.truncate(path, self.sizes[path.name])

    def add(self, records: bytes, errors: bytes, rows: int, bad: int) -> None:
        """Add a chunk: it counts once the journal says so."""
        for path, content in ((self.records, records), (self.errors, errors)):
            with path.open("ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                self.sizes[path.name] = file.tell()
        self.rows, self.bad = self.rows + rows, self.bad + bad
        self._note()

    def _note(self) -> None:
        new = self.folder / "journal.new"
        new.write_text(json.dumps({"of": self.identity, "rows": self.rows, "bad": self.bad, "sizes": self.sizes}))
        new.replace(_journal(self.folder))


@contextmanager
def open_work(out: Path, identity: dict[str, Any]) -> Iterator[Work]:
    """Yield the work on `out`, with what an earlier run left of it if that was of the same `identity`, else anew.

    The folder goes when the work ends well, and stays when it does not.

    Raises:
        InputError: another run works on the same file, or the folder cannot be written to.
    """
    folder = out.with_name(f".{out.name}.partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"another run writes {out}; wait for it, or name another file with --out") from None
            yield _find(folder, identity)
            shutil.rmtree(folder)
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        raise InputError(
            f"{out} cannot be written ({error.strerror}); nothing is lost: make room, or make it writable, and run "
            "the same command again, which goes on where this one ended"
        ) from None


def _find(folder: Path, identity: dict[str, Any]) -> Work:
    work = Work(folder, identity)
    try:
        noted = json.loads(_journal(folder).read_bytes())
        is_whole = all((folder / name).stat().st_size >= size for name, size in noted["sizes"].items())
    except (FileNotFoundError, ValueError):
        noted, is_whole = {}, False
    if is_whole and noted["of"] == identity:
        return Work(folder, identity, noted["rows"], noted["bad"], noted["sizes"])
    for path in (work.records, work.errors, _journal(folder)):
        path.unlink(missing_ok=True)
    return work


def _journal(folder: Path) -> Path:
    return folder / "journal"
