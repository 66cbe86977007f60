"""The columns: how each number that an estimator takes is computed from one field of a row, as inputs of model.json."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

CHOICES = str | bool | None
Codes = dict[CHOICES, float]


@dataclass(frozen=True)
class Affine:
    """`(x - mean) / scale` or `x * factor + offset`, as `names` says; rounded as scikit-learn does."""

    names: tuple[str, str] = ("mean", "scale")
    numbers: tuple[float, float] = (0.0, 1.0)

    def __call__(self, x: float) -> float:
        """Return what becomes of x."""
        first, second = self.numbers
        return (x - first) / second if "mean" in self.names else x * first + second

    def invert(self, y: float) -> float:
        """Return what becomes y, or lies next to it."""
        first, second = self.numbers
        return y * second + first if "mean" in self.names else (y - second) / first


IDENTITY = Affine()


@dataclass(frozen=True)
class Number:
    """A field's value, or the `part` of its date, after `affine`; for a missing value `missing`.

    A field to which nothing has been done is such a number too, whatever it holds; `missing` may be a choice then.
    """

    field: str
    part: str | None = None
    since: str | None = None
    affine: Affine = IDENTITY
    missing: Any = math.nan

    def then(self, affine: Affine) -> Column:
        """Return the column after `affine`."""
        if self.affine != IDENTITY:
            raise TypeError(f"there is no portable bake of two scalings of one number, {self.field!r}")
        return replace(self, affine=affine, missing=affine(self._missing()))

    def fill(self, value: Any) -> Column:
        """Return the column with `value` where it is NaN."""
        return replace(self, missing=value) if is_nan(self.missing) else self

    def gaps(self) -> Column:
        """Return the column that is 1 where this one is NaN, else 0."""
        return Choice(self.field, {None: float(is_nan(self.missing))}, 0.0)

    def encode(self, codes: Codes, other: float | None) -> Column:
        """Return the column of the codes of choices; what is none of them has the code `other`, or is refused."""
        if self.part or self.affine != IDENTITY or not all(isinstance(choice, CHOICES) for choice in codes):
            raise TypeError(f"there is no portable bake of numbers as categories, which {self.field!r} holds")
        if is_nan(self.missing):
            return Choice(self.field, codes, other)
        if self.missing not in codes:
            raise TypeError(
                f"there is no portable bake of {self.missing!r} for gaps of {self.field!r}, it is no category"
            )
        return Choice(self.field, codes, other, self.missing)

    def reaches_nan(self, optional: Collection[str]) -> bool:
        """Return whether the column may be NaN, where the fields `optional` may be missing."""
        return self.field in optional and is_nan(self.missing)

    def to_input(self, nan: str | float | None) -> dict[str, Any]:
        """Return the input of model.json; NaN is written as `nan`, or not at all."""
        part = {"part": self.part} if self.part else {}
        since = {"since": self.since} if self.part == "days" else {}
        affine = dict(zip(self.affine.names, self.affine.numbers, strict=True))
        missing = nan if is_nan(self.missing) else self._missing()
        return {"field": self.field, **part, **since, **affine, **({} if missing is None else {"missing": missing})}

    def _missing(self) -> float:
        if isinstance(self.missing, CHOICES):
            raise TypeError(f"there is no portable bake of {self.missing!r} for gaps of the number {self.field!r}")
        return float(self.missing)


@dataclass(frozen=True)
class Choice:
    """The code of a field's choice, or `other` of what is none of them; null counts as the choice `missing`, if any."""

    field: str
    codes: Codes
    other: float | None
    missing: CHOICES = None

    def then(self, affine: Affine) -> Column:
        """Return the column after `affine`."""
        return self._each(affine)

    def fill(self, value: Any) -> Column:
        """Return the column with `value` where it is NaN."""
        return self._each(lambda code: float(value) if is_nan(code) else code)

    def gaps(self) -> Column:
        """Return the column that is 1 where this one is NaN, else 0."""
        return self._each(lambda code: float(is_nan(code)))

    def encode(self, _codes: Codes, _other: float | None) -> Column:
        """Refuse it."""
        raise TypeError(f"there is no portable bake of categories that are encoded twice, as those of {self.field!r}")

    def reaches_nan(self, optional: Collection[str]) -> bool:
        """Return whether the column may be NaN, where the fields `optional` may be missing."""
        codes = [code for choice, code in self.codes.items() if choice is not None or self.field in optional]
        return any(is_nan(code) for code in (*codes, self.other))

    def to_input(self, nan: str | float | None) -> dict[str, Any]:
        """Return the input of model.json; NaN is written as `nan`, or not at all."""
        if list(self.codes) == [None] and self.other is not None:
            return {"field": self.field, "is_missing": [self.other, self.codes[None]]}
        codes = {choice: nan if is_nan(code) else code for choice, code in self.told().items()}
        written = {choice: code for choice, code in codes.items() if code is not None}
        entry = {"field": self.field, "choices": list(written), "codes": list(written.values())}
        return entry if self.other is None else {**entry, "other": nan if is_nan(self.other) else self.other}

    def told(self) -> Codes:
        """Return the code of each choice, null among them if it is one or counts as one."""
        return self.codes if self.missing is None else {**self.codes, None: self.codes[self.missing]}

    def is_indicator(self, of: CHOICES) -> bool:
        """Return whether the column is 1 for one choice and 0 for what else there is."""
        return not self.other and all(code == (choice == of) for choice, code in self.codes.items())

    def _each(self, change: Callable[[float], float]) -> Choice:
        codes = {choice: change(code) for choice, code in self.codes.items()}
        return replace(self, codes=codes, other=None if self.other is None else change(self.other))


Column = Number | Choice


def is_nan(value: Any) -> bool:
    """Return whether a value is NaN; texts are not."""
    return isinstance(value, float) and math.isnan(value)


def to_inputs(columns: list[tuple[Column, str | float | None]]) -> list[dict[str, Any]]:
    """Return the inputs of model.json that make these columns, each with what stands for its NaN.

    Indicators of all choices of a field, side by side, are one input.
    """
    inputs: list[dict[str, Any]] = []
    at = 0
    while at < len(columns):
        column, nan = columns[at]
        width = _one_hot_width([column for column, _nan in columns[at:]])
        if width and isinstance(column, Choice):
            missing = {} if column.missing is None else {"missing": column.missing}
            other = {} if column.other is None else {"other": True}
            inputs.append({"field": column.field, "one_hot": list(column.codes), **missing, **other})
        else:
            inputs.append(column.to_input(nan))
        at += width or 1
    return inputs


def _one_hot_width(columns: list[Column]) -> int:
    """Return how many columns from the first on are the indicators of a field's choices; 0 if they are not."""
    first = columns[0]
    if not isinstance(first, Choice) or (list(first.codes) == [None] and first.other is not None):
        return 0
    width = len(first.codes)
    group = columns[:width]
    same = len(group) == width and all(
        isinstance(column, Choice)
        and (column.field, column.missing, column.other is None) == (first.field, first.missing, first.other is None)
        and list(column.codes) == list(first.codes)
        and column.is_indicator(choice)
        for column, choice in zip(group, first.codes, strict=False)
    )
    return width if same else 0
