"""Writing: files that appear together, each whole, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from training.errors import InputError


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

    Raises:
        InputError: a file cannot be written; the files are those of before.
    """
    copies = {path: path.with_name(f".{path.name}.new") for path in contents}
    at = Path()
    try:
        for at, content in contents.items():
            at.parent.mkdir(parents=True, exist_ok=True)
            if at.is_dir():
                raise _refusal(at, "it is a folder")
            copies[at].write_bytes(content)
        for at, copy in copies.items():
            copy.replace(at)
    except OSError as error:
        raise _refusal(at, error.strerror) from None
    finally:
        for copy in copies.values():
            if copy.parent.is_dir():
                copy.unlink(missing_ok=True)


def _refusal(path: Path, reason: str | None) -> InputError:
    return InputError(f"{path} cannot be written ({reason}); make it writable, or name another place")
