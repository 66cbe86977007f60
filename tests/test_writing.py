"""Files appear together, each whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.errors import InputError
from training.writing import check_folders, write_files


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_files_are_written_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("before")
    write_files({tmp_path / "old": b"after", tmp_path / "a" / "b" / "new": b"\x00"})
    assert names(tmp_path) == ["a", "a/b", "a/b/new", "old"]
    assert (tmp_path / "old").read_text() == "after"
    assert (tmp_path / "a" / "b" / "new").read_bytes() == b"\x00"


def test_where_one_cannot_be_written_all_stay(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("before")
    (tmp_path / "folder").mkdir()
    bad = {tmp_path / "old" / "below": "Not a directory|File exists", tmp_path / "folder": "it is a folder"}
    for path, reason in bad.items():
        with pytest.raises(InputError, match=rf"^{path} cannot be written \(({reason})\); make it writable, or name"):
            write_files({tmp_path / "old": b"after", path: b""})
        assert names(tmp_path) == ["folder", "old"]
        assert (tmp_path / "old").read_text() == "before"


def test_folders_are_checked_and_not_made(tmp_path: Path) -> None:
    check_folders([tmp_path, tmp_path / "not" / "there"])
    assert names(tmp_path) == []
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match=rf"^{folder} cannot be written \(Not a directory\); make it writable, or"):
            check_folders([tmp_path, folder])
