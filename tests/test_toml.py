"""TOML is read with its dates as texts, and checked against a dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from training.errors import InputError
from training.toml import check_keys, read_toml


@dataclass
class Settings:
    """A value of each type that there is."""

    name: str
    size: int = 0
    names: list[str] | None = None
    is_on: bool = False
    extra: dict[str, Any] | None = None


def test_dates_are_texts(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("day = 2024-01-31\nlist = [2024-01-31T12:00:00]\n[table]\nat = 12:30:00")
    assert read_toml(tmp_path / "a.toml", "") == {
        "day": "2024-01-31",
        "list": ["2024-01-31T12:00:00"],
        "table": {"at": "12:30:00"},
    }


@pytest.mark.parametrize(
    "content", [b"a = ", b"a = 1\na = 2", b"\xff", b"a = " + b"[" * 100_000, b"a = " + b"9" * 5_000]
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.toml cannot be read as TOML: "):
        read_toml(tmp_path / "a.toml", "")


def test_missing_file_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.toml does not exist; make it$"):
        read_toml(tmp_path / "a.toml", "make it")
    with pytest.raises(InputError, match="cannot be read as TOML"):
        read_toml(tmp_path, "make it")


def test_keys_that_fit_are_returned() -> None:
    given = {"name": "a", "size": 1, "names": ["b"], "is_on": True, "extra": {"C": [1]}}
    assert check_keys(Settings, given, "here:") == given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"nam": "a"}, "here: unknown key 'nam'; the keys are name, size, names, is_on, extra"),
        ({"name": 1}, "here: name = 1 should be a text"),
        ({"size": "1"}, "here: size = '1' should be a whole number"),
        ({"size": True}, "here: size = True should be a whole number"),
        ({"names": [1]}, "here: names = [1] should be a list of texts"),
        ({"is_on": 1}, "here: is_on = 1 should be true or false"),
        ({"extra": []}, "here: extra = [] should be a table"),
    ],
)
def test_key_that_does_not_fit_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        check_keys(Settings, given, "here:")
    assert str(error.value) == message
