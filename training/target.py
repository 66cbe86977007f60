"""The target: whether it is one of two classes, of several, or a number, and what its classes are called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.scorer import LARGEST_NUMBER
from training.errors import InputError
from training.problem import Problem
from training.sources.texts import MISSING_WORDS, parse_numbers, read_numeral
from training.table import Table

MOST_CLASSES = 50
NO = ("no", "n", "false", "f", "0", "negative", "neg", "-", "none", "normal")  # of two classes, the other is asked for
FEWEST_NUMBERS = 20  # a target of more different numbers is a quantity, unless problem.toml says otherwise


@dataclass(frozen=True)
class Target:
    """What is predicted.

    `task` is binary, multiclass or regression. `classes` are the texts that stand in the table, the positive one of two
    last; `labels` what people read for them. Both are empty for a regression.
    """

    name: str
    task: str
    classes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def parse(self, texts: pd.Series) -> NDArray[Any]:
        """Return positions in `classes`, or for a regression numbers, from the texts of the table; shape (n,)."""
        if self.task == "regression":
            return texts.astype(float).to_numpy(np.float64)
        return texts.map({text: position for position, text in enumerate(self.classes)}).to_numpy(np.int64)


def derive_target(table: Table, problem: Problem) -> Target:
    """Return the target of `table`: as problem.toml has it, and inferred where it is silent.

    Two classes are binary, and the positive one is guessed; more than 20 different numbers are a regression; all else
    is multiclass.

    Raises:
        InputError: the column does not hold what problem.toml says.
    """
    name = problem.target
    texts = sorted(table.rows[name].unique())
    problem = _match_classes(problem, texts)
    if problem.positive is not None:
        return _binary(texts, table, problem, problem.positive)
    if len(texts) == 2 and problem.task != "regression":
        return _binary(texts, table, problem, guess_positive(table.rows[name], table.counts))
    numbers = parse_numbers(texts)
    numeric = bool(np.isfinite(numbers).all())
    quantity = numeric and len(texts) > FEWEST_NUMBERS and not problem.labels
    task = problem.task or ("regression" if quantity else "multiclass")
    if task == "regression":
        return _regression(texts, table, problem)
    if task == "binary" or not 2 < len(texts) <= MOST_CLASSES:
        raise InputError(
            f"{table.source}: the target {name!r} has {'only ' * (len(texts) == 1)}{_listed(texts)}; from 2 to "
            f"{MOST_CLASSES} classes can be predicted"
            + (', or numbers with task = "regression"' if numeric and len(texts) > 1 else "")
            + _missing_word(texts)
        )
    _check_labels(texts, table, problem)
    return Target(name, task, tuple(texts), _labels(texts, problem))


def guess_positive(texts: pd.Series, counts: NDArray[np.int64]) -> str:
    """Return the class of two that is likely to be asked for: beside one that says no the other, else the rarer."""
    rows = {str(text): int(counts[texts == text].sum()) for text in sorted(texts.unique())}
    said = [text for text in rows if text.casefold() not in NO]
    return said[0] if len(said) == 1 else min(reversed(list(rows)), key=rows.__getitem__)


def _binary(texts: list[str], table: Table, problem: Problem, positive: str) -> Target:
    if len(texts) != 2:
        count = "one class" if len(texts) == 1 else f"{len(texts)} classes"
        cure = "" if len(texts) == 1 else "; leave out `positive` to predict several classes, or a number"
        cure = _missing_word(texts) or cure
        raise InputError(
            f"{table.source}: the target {problem.target!r} has {count} ({_listed(texts)}); two are needed{cure}"
        )
    if positive not in texts:
        raise InputError(
            f"{table.source}: positive = {positive!r} is not a class of {problem.target!r}; "
            f"its classes are {_listed(texts)}"
        )
    _check_labels(texts, table, problem)
    classes = sorted(texts, key=lambda text: text == positive)
    return Target(problem.target, "binary", tuple(classes), _labels(classes, problem))


def _regression(texts: list[str], table: Table, problem: Problem) -> Target:
    name = problem.target
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(float)
    usable = np.abs(numbers) <= LARGEST_NUMBER
    if not usable.all():
        odd = texts[int(np.argmin(usable))]
        raise InputError(
            f"{table.source}: the target {name!r} is to be a number, but holds {odd!r}{_missing_word(texts)}"
        )
    if len(texts) < 2:
        raise InputError(f"{table.source}: the target {name!r} is {texts[0]} in every row; nothing can be learnt")
    return Target(name, "regression")


def _missing_word(texts: list[str]) -> str:
    """Return the cure where a text looks as if it meant missing."""
    found = sorted(MISSING_WORDS.intersection(texts))
    return f"; if {found[0]!r} means missing, add it to missing_values and drop those rows" if found else ""


def _match_classes(problem: Problem, texts: list[str]) -> Problem:
    """Return the problem with its classes as the table writes them: 1 may be 1.0 there."""
    written = {read_numeral(text): text for text in texts}

    def find(said: str) -> str:
        number = read_numeral(said)
        return said if said in texts or number is None else written.get(number, said)

    labels = {find(said): label for said, label in problem.labels.items()}
    return replace(problem, positive=problem.positive and find(problem.positive), labels=labels)


def _check_labels(texts: list[str], table: Table, problem: Problem) -> None:
    if problem.labels and set(problem.labels) != set(texts):
        raise InputError(
            f"labels names the classes {_listed(list(problem.labels))}, but {table.source} has {_listed(texts)}"
        )


def _labels(classes: list[str], problem: Problem) -> tuple[str, ...]:
    return tuple(problem.labels.get(text, text) for text in classes)


def _listed(texts: list[str]) -> str:
    return ", ".join(map(repr, texts[:5])) + (f", ... ({len(texts):,} in all)" if len(texts) > 5 else "")
