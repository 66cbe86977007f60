"""A folder as a zip of the same bytes every time, and unpacked again so that nothing can be written to it."""

from __future__ import annotations

import re
import shutil
import stat
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

UNIX = 3
ERRNO = re.compile(r"^\[Errno \d+\] |: '.*$")  # what an error's text has beside its reason
FILE_MODE = stat.S_IFREG | 0o644
READ_ONLY_FILE, READ_ONLY_FOLDER, WRITABLE_FOLDER = 0o444, 0o555, 0o755


def pack(folder: Path, archive: Path) -> None:
    """Write the files of `folder` to a zip, sorted, without their times, owners and modes."""
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as file:
        for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*")):
            if path.is_file():
                entry = ZipInfo(name)  # of 1980-01-01
                entry.create_system, entry.compress_type, entry.external_attr = UNIX, ZIP_DEFLATED, FILE_MODE << 16
                file.writestr(entry, path.read_bytes())


def unpack_read_only(archive: Path, folder: Path) -> None:
    """Fill `folder` anew with what is in the zip, as Lambda does: read-only."""
    remove(folder)
    with ZipFile(archive) as file:
        file.extractall(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(READ_ONLY_FOLDER if path.is_dir() else READ_ONLY_FILE)


def reason_of(error: OSError) -> str:
    """Return why a file could not be written or copied; of several, which shutil tells together, the first."""
    return error.strerror or ERRNO.sub("", str(error.args[0][0][-1]))


def remove(folder: Path) -> None:
    """Delete `folder`, read-only or not, if it is there."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(WRITABLE_FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
