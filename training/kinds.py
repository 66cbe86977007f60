"""The kind of a column, inferred from its texts where problem.toml does not say it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cells import ISO
from training.dates import find_formats
from training.problem import Column
from training.scales import find_order
from training.sources.texts import parse_numbers

TOLD = ("true", "false", "t", "f")  # which tell a boolean; "Yes" and "No" stay the words they are
INFINITE = re.compile(r"[-+]?(inf|infinity|\d+(\.\d+)?e\+?\d{3,})", re.IGNORECASE)  # or all but
MANY_CHOICES = 50  # of an inferred category; the rarer ones are folded into others
FEWEST_ROWS = 10  # of a choice that is told apart, where there are many
OTHER = "(other)"


@dataclass(frozen=True)
class Kind:
    """What a column holds: `name` is one of problem.toml's kinds.

    `choices` are the texts of a category that are told apart, in order, none where the order is not known; with
    `other`, any other text counts as one of the others. `format` is how dates are written; `doubtful` is another format
    that reads them all as well.
    """

    name: str
    choices: tuple[str, ...] = ()
    other: bool = False
    format: str | None = None
    doubtful: str | None = None


def find_kind(texts: pd.Series, counts: NDArray[np.int64], column: Column) -> Kind:
    """Return the kind of a column: as problem.toml has it, and inferred where that is silent.

    Args:
        texts: of the distinct rows; missing ones are NaN, and one at least is not.
        counts: how often each row occurs.
        column: what problem.toml says of it.
    """
    distinct = find_distinct(texts)
    name = column.kind or ("category" if column.choices is not None or column.other is not None else None)
    if name in (None, "date"):
        formats = [column.format] if column.format else find_formats(distinct) or [ISO] * (name == "date")
        if formats:
            return Kind("date", format=formats[0], doubtful=formats[1] if len(formats) > 1 else None)
    name = name or _guess(distinct)
    if name == "ordered":
        return Kind(name, tuple(_present(column.choices, distinct) if column.choices else find_order(distinct) or ()))
    if name != "category":
        return Kind(name)
    if column.choices is not None:
        return Kind(name, tuple(_present(column.choices, distinct)), other=bool(column.other))
    if column.other is False or (column.other is None and len(distinct) <= MANY_CHOICES):
        return Kind(name, tuple(sorted(distinct)))
    rows = pd.Series(counts).groupby(texts.to_numpy()).sum()
    by_rows = rows.sort_values(ascending=False, kind="stable")[:MANY_CHOICES]
    common = by_rows[by_rows >= FEWEST_ROWS] if by_rows.iloc[0] >= FEWEST_ROWS else by_rows
    return Kind(name, tuple(sorted(common.index)), other=True)


def find_distinct(texts: pd.Series) -> list[str]:
    """Return the different texts of a column, without what is missing."""
    return [text for text in texts.unique().tolist() if isinstance(text, str)]


def _present(choices: list[str], distinct: list[str]) -> list[str]:
    """Return the choices that occur, in the order that problem.toml gives them."""
    known = set(distinct)
    return [choice for choice in choices if choice in known]


def _guess(distinct: list[str]) -> str:
    if all(text.casefold() in TOLD for text in distinct):
        return "boolean"
    numbers = parse_numbers(distinct)
    finite = np.isfinite(numbers)
    odd = (text for text, is_finite in zip(distinct, finite, strict=True) if not is_finite)
    if finite.any() and all(map(INFINITE.fullmatch, odd)):  # which the schema refuses
        return "integer" if (numbers[finite] % 1 == 0).all() else "number"
    return "ordered" if len(distinct) <= MANY_CHOICES and find_order(distinct) else "category"
