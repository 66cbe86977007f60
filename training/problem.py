"""problem.toml: what is predicted, from what, and how people read it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from training import ROOT
from training.errors import InputError

PROBLEM_FILE = ROOT / "training" / "problem.toml"
KINDS = ("category", "number")
TASKS = ("binary", "multiclass", "regression")
BAKES = ("portable",)
SEEDS = 2**32  # scikit-learn's


@dataclass(frozen=True)
class Column:
    """What the user says of one feature; what is left out is inferred from the table."""

    label: str | None = None
    description: str | None = None
    unit: str | None = None
    kind: str | None = None
    choices: list[str] | None = None
    ignore: bool = False


@dataclass(frozen=True)
class Problem:
    """The contents of problem.toml, checked. Classes and choices are the texts that stand in the table."""

    name: str
    title: str
    data: str
    target: str
    positive: str | None = None
    task: str | None = None
    query: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    weight: str | None = None
    missing_values: list[str] = field(default_factory=lambda: [""])
    sensitive: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    seed: int = 0
    bake: str = "portable"
    columns: dict[str, Column] = field(default_factory=dict)

    def is_quoted(self, name: str) -> bool:
        """Return whether the texts of a column are quoted here, as choices or classes, and so stay as they are."""
        if name == self.target:
            return self.positive is not None or bool(self.labels)
        column = self.columns.get(name, Column())
        return column.kind == "category" or column.choices is not None


def read_problem(path: Path) -> Problem:
    """Read and check problem.toml.

    Raises:
        InputError: the file is missing, is not TOML, lacks a key, or has one that is unknown or of the wrong type.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; name a problem file with --problem") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read as TOML: {error}") from None

    columns = raw.pop("columns", {})
    if not isinstance(columns, dict) or not all(isinstance(column, dict) for column in columns.values()):
        raise InputError(f"{path}: columns must be tables such as [columns.age]")
    if "positive" in raw and isinstance(raw["positive"], int | float | bool):
        raw["positive"] = str(raw["positive"])
    for key in ("name", "title", "data", "target"):
        if key not in raw:
            raise InputError(f"{path} lacks the key {key!r}")

    settings = _checked(Problem, raw, f"{path}:")
    settings["columns"] = {
        name: Column(**_checked(Column, column, f"{path}: [columns.{name}]:")) for name, column in columns.items()
    }
    problem = Problem(**settings)
    _check_values(problem, path)
    return problem


def _checked(schema: type, given: dict[str, Any], where: str) -> dict[str, Any]:
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
        return "a list of texts"
    if "dict" in text:
        return "a table of texts"
    return "true or false" if hint is bool else "a whole number" if hint is int else "a text"


def _check_values(problem: Problem, path: Path) -> None:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", problem.name):
        raise InputError(f"{path}: name = {problem.name!r} should be lower-case letters, digits and single hyphens")
    if problem.bake not in BAKES:
        raise InputError(f"{path}: bake = {problem.bake!r} is not one of {', '.join(BAKES)}")
    if problem.task not in (None, *TASKS):
        raise InputError(f"{path}: task = {problem.task!r} is not one of {', '.join(TASKS)}")
    if problem.positive is not None and problem.task not in (None, "binary"):
        raise InputError(f"{path}: positive is for two classes; leave it out where task = {problem.task!r}")
    if problem.labels and problem.task == "regression":
        raise InputError(f"{path}: labels are for classes; leave them out where task = 'regression'")
    if not 0 <= problem.seed < SEEDS:
        raise InputError(f"{path}: seed = {problem.seed} is not from 0 to {SEEDS - 1}")
    for name in (problem.target, problem.weight):
        if name in problem.columns:
            raise InputError(f"{path}: [columns.{name}]: that column is the target or the weight, not a feature")
    for name in problem.sensitive:
        if name in (problem.target, problem.weight):
            raise InputError(f"{path}: sensitive names {name!r}, which is the target or the weight")
    if problem.target == problem.weight:
        raise InputError(f"{path}: target and weight are both {problem.target!r}")
    if len(set(problem.labels.values())) != len(problem.labels):
        raise InputError(f"{path}: labels gives two classes the same name")
    for name, column in problem.columns.items():
        if column.kind not in (None, *KINDS):
            raise InputError(f"{path}: [columns.{name}]: kind = {column.kind!r} is not one of {', '.join(KINDS)}")
        if column.choices is not None and len(set(column.choices)) != len(column.choices):
            raise InputError(f"{path}: [columns.{name}]: choices names a value twice")
        if column.choices is not None and column.kind == "number":
            raise InputError(f"{path}: [columns.{name}]: a number has no choices; set kind or choices, not both")
