"""problem.toml: what is predicted, from what, and how people read it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from predict.dates import parse_date
from predict.scorer import LARGEST_NUMBER
from training import ROOT
from training.errors import InputError
from training.toml import check_keys, read_toml

PROBLEM_FILE = ROOT / "training" / "problem.toml"
KINDS = ("category", "ordered", "number", "integer", "boolean", "date")
NUMBERS = ("number", "integer")
TASKS = ("binary", "multiclass", "regression")
BAKES = ("portable", "image")
CALIBRATIONS = ("sigmoid", "isotonic")
SEEDS = 2**32  # scikit-learn's
FORMAT = re.compile(r"(?=.*%Y)(?=.*%m)(?=.*%d)(?!%Y-%d)%.([-/. ])%.\1%.")  # YYYY-DD-MM would be read as YYYY-MM-DD


@dataclass(frozen=True)
class Column:
    """What the user says of one feature; what is left out is inferred from the table.

    `other` says whether a text that is none of the choices counts as one of the others, or is refused; `missing`
    whether there may be no value. `range` is what forms say of a number or a date, and for a number the limits, too.
    `format` says how a date is written, in the codes %Y, %m and %d of strptime.
    """

    label: str | None = None
    description: str | None = None
    unit: str | None = None
    kind: str | None = None
    choices: list[str] | None = None
    other: bool | None = None
    missing: bool | None = None
    range: list[int | float | str] | None = None
    typical: str | bool | int | float | None = None
    format: str | None = None
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
    estimator: str | None = None
    estimator_settings: dict[str, Any] = field(default_factory=dict)
    calibration: str | None = None
    columns: dict[str, Column] = field(default_factory=dict)

    def is_quoted(self, name: str) -> bool:
        """Return whether the texts of a column are quoted here, as choices or classes, and so stay as they are."""
        if name == self.target:
            return self.positive is not None or bool(self.labels)
        column = self.columns.get(name, Column())
        return column.kind not in (None, *NUMBERS) or column.choices is not None


def read_problem(path: Path) -> Problem:
    """Read and check problem.toml.

    Raises:
        InputError: the file is missing, is not TOML, lacks a key, or has one that is unknown or of the wrong type.
    """
    raw = read_toml(path, "name a problem file with --problem")
    columns = raw.pop("columns", {})
    if not isinstance(columns, dict) or not all(isinstance(column, dict) for column in columns.values()):
        raise InputError(f"{path}: columns must be tables such as [columns.age]")
    if "positive" in raw and isinstance(raw["positive"], int | float | bool):
        raw["positive"] = str(raw["positive"])
    for key in ("name", "title", "data", "target"):
        if key not in raw:
            raise InputError(f"{path} lacks the key {key!r}")

    settings = check_keys(Problem, raw, f"{path}:")
    settings["columns"] = {
        name: Column(**check_keys(Column, column, f"{path}: [columns.{name}]:")) for name, column in columns.items()
    }
    problem = Problem(**settings)
    _check_values(problem, path)
    return problem


def _check_values(problem: Problem, path: Path) -> None:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", problem.name):
        raise InputError(f"{path}: name = {problem.name!r} should be lower-case letters, digits and single hyphens")
    for key, allowed in (("bake", BAKES), ("task", TASKS), ("calibration", CALIBRATIONS)):
        if getattr(problem, key) not in (None, *allowed):
            raise InputError(f"{path}: {key} = {getattr(problem, key)!r} is not one of {', '.join(allowed)}")
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
    if problem.estimator is None and (problem.estimator_settings or problem.calibration):
        raise InputError(f"{path}: estimator_settings and calibration belong to an estimator; name it with `estimator`")
    if problem.estimator is None and problem.bake == "image":
        raise InputError(f"{path}: bake = 'image' is for an estimator of your own; name it with `estimator`")
    for name, column in problem.columns.items():
        _check_column(column, f"{path}: [columns.{name}]:")


def _check_column(column: Column, where: str) -> None:
    kind = column.kind
    if kind not in (None, *KINDS):
        raise InputError(f"{where} kind = {kind!r} is not one of {', '.join(KINDS)}")
    if column.choices is not None and kind not in (None, "category", "ordered"):
        raise InputError(f"{where} a {kind} has no choices; set kind or choices, not both")
    if column.choices is not None and not 0 < len(set(column.choices)) == len(column.choices):
        raise InputError(f"{where} choices names {'a value twice' if column.choices else 'no value'}")
    if column.other is not None and kind not in (None, "category"):
        raise InputError(f"{where} other is for a category; leave it out where kind = {kind!r}")
    if column.format is not None and kind != "date":
        raise InputError(f'{where} format says how a date is written; set kind = "date", too')
    if column.format is not None and not FORMAT.fullmatch(column.format):
        raise InputError(
            f"{where} format = {column.format!r} should be %Y, %m and %d with -, /, . or a space between them, "
            "such as %d/%m/%Y, but not %Y-%d-%m, which reads like %Y-%m-%d"
        )
    if column.range is not None:
        if kind not in (*NUMBERS, "date"):
            raise InputError(f"{where} range is for a number or a date; set kind, too")
        _check_range(column.range, kind, where)


def _check_range(ends: list[int | float | str], kind: str, where: str) -> None:
    if len(ends) != 2 or not _is_ascending(ends, kind):
        example = '["2020-01-01", "2024-12-31"]' if kind == "date" else "[0, 120]"
        raise InputError(f"{where} range = {ends!r} should be the lower and the upper end, such as {example}")


def _is_ascending(ends: list[int | float | str], kind: str) -> bool:
    """Return whether these are dates, or numbers that a row may hold, in their order."""
    if kind == "date":
        try:
            dates = [parse_date(str(end)) for end in ends]
        except ValueError:
            return False
        return dates == sorted(dates)
    numbers = [end for end in ends if isinstance(end, int | float) and abs(end) <= LARGEST_NUMBER]
    return len(numbers) == len(ends) and numbers == sorted(numbers)
