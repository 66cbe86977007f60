"""TOML: a file of it read, and its keys and the types of their values checked against a dataclass."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from training.errors import InputError


def read_toml(path: Path, cure: str) -> dict[str, Any]:
    """Return the contents of a TOML file, its dates as texts; `cure` is what to do where there is no file.

    Raises:
        InputError: the file is missing, or is not TOML.
    """
    try:
        found: dict[str, Any] = _plain(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; {cure}") from None
    except RecursionError:
        raise InputError(f"{path} cannot be read as TOML: it is nested too deeply") from None
    except (OSError, ValueError) as error:  # tomllib raises a ValueError of its own, Python that of a number too long
        raise InputError(f"{path} cannot be read as TOML: {error}") from None
    return found


def _plain(value: Any) -> Any:
    """Return a value of TOML with its dates as texts."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


def check_keys(schema: type, given: dict[str, Any], where: str) -> dict[str, Any]:
    """Return `given` if each of its keys is a field of `schema` and each value of that field's type."""
    hints = get_type_hints(schema)
    for key, value in given.items():
        if key not in hints or key == "columns":
            allowed = ", ".join(f.name for f in fields(schema) if f.name != "columns")
            raise InputError(f"{where} unknown key {key!r}; the keys are {allowed}")
        if not _fits(value, hints[key]):
            raise InputError(f"{where} {key} = {value!r} should be {_in_words(hints[key])}")
    return given


def _fits(value: object, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, arguments[1]) for item in value.values())
    if arguments:
        return any(_fits(value, option) for option in arguments)
    return type(value) is hint


def _in_words(hint: Any) -> str:
    text = str(hint)
    if "list" in text:
        return "a list of two ends" if "float" in text else "a list of texts"
    if "dict" in text:
        return "a table" if "Any" in text else "a table of texts"
    if "bool" in text:
        return "a value of the column" if "str" in text else "true or false"
    return "true or false" if hint is bool else "a whole number" if hint is int else "a text"
