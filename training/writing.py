"""Writing: files that appear together, each whole, or not at all."""

from __future__ import annotations

import contextlib
import glob
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from training.errors import InputError

ABANDONED_S = 60  # a copy that is older is of a process that was killed: to write one takes far less


def check_folders(folders: Iterable[Path]) -> None:
    """See that files can be written to each of `folders`, there or still to be made; leave nothing behind.

    Raises:
        InputError: a folder cannot be written to.
    """
    for folder in folders:
        try:
            there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            raise _refusal(folder, error.strerror) from None


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write every file under another name beside its own first, and rename them only when all are written.

    No two processes share such a name, so that both may write the same files. What one that was killed has left behind
    is removed.

    Raises:
        InputError: a file cannot be written; the files are those of before.
    """
    copies = {path: path.with_name(f".{path.name}.{secrets.token_hex(4)}.new") for path in contents}
    at = Path()
    try:
        for at, content in contents.items():
            at.parent.mkdir(parents=True, exist_ok=True)
            if at.is_dir():
                raise _refusal(at, "it is a folder")
            copies[at].write_bytes(content)
        for at, copy in copies.items():
            copy.replace(at)
            _remove_abandoned(at)
    except OSError as error:
        raise _refusal(at, error.strerror) from None
    finally:
        for copy in copies.values():
            if copy.exists():  # else a read-only file system refuses to remove what is not there
                copy.unlink(missing_ok=True)


def _remove_abandoned(path: Path) -> None:
    for copy in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        with contextlib.suppress(OSError):  # another process may be faster; what stays does no harm
            if time.time() - copy.stat().st_mtime > ABANDONED_S:
                copy.unlink()


def _refusal(path: Path, reason: str | None) -> InputError:
    return InputError(f"{path} cannot be written ({reason}); make it writable, or name another place")
