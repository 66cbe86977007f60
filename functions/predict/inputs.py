"""The inputs: the fields of a row made into the numbers, called features, that a baked model takes."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from predict.dates import ORIGIN, find_part

LARGEST_NUMBER = 3.4028234663852886e38  # of float32, in which scikit-learn's trees compare; it refuses larger ones
LARGEST_FLOAT = sys.float_info.max
ENDS = {"low": -math.inf, "high": math.inf}  # JSON has no infinity
CHOICE_TYPES = frozenset((str, bool, type(None)))

Row = Mapping[str, Any]
Features = list[float]
Encode = Callable[[Any], float]


class _Choices(dict[Any, tuple[int, float]]):
    """From a choice to the position of a feature and what it is there; `other` is that of what is no choice."""

    other: tuple[int, float] | None = None

    def __missing__(self, choice: Any) -> tuple[int, float]:
        if self.other is None:
            raise KeyError
        return self.other


class Inputs:
    """Encodes rows by the `inputs` of a model.json: side by side, each makes features from the value of its field.

    - `one_hot`, a list of choices: for each a feature that is 1 where the value is that choice, else 0. A null counts
      as the choice `missing`, if that is given. With `other`, what is none of the choices makes zeros.
    - `choices` and `codes`: one feature, the code of the choice, or the code `other` of what is none of them.
    - `mean` and `scale`: one feature, `(number - mean) / scale`; `factor` and `offset`: `number * factor + offset`. The
      number is the value, or a `part` of a date (predict.dates; `days` count from `since`); of null it is `missing`.
    - `is_missing`: the first of two numbers where there is a value, the second where it is null.

    A choice is a text, true, false or null. A code and what stands for null are numbers, or "low" or "high", which are
    below and above every number.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Prepare the encoding.

        Raises:
            LookupError, TypeError, ValueError: the entries are not of the form that training bakes.
        """
        self._choices: list[tuple[str, _Choices]] = []
        self._plain: list[tuple[str, int, float, float, float | None]] = []
        self._other: list[tuple[str, int, Encode]] = []
        self.width = 0
        for entry in entries:
            field = str(entry["field"])
            if "one_hot" in entry or "choices" in entry:
                self._choices.append((field, self._codes(entry)))
            elif "mean" in entry and "part" not in entry:  # nearly all, so they are computed where they are needed
                missing = to_code(entry["missing"]) if "missing" in entry else None
                self._plain.append((field, self.width, finite(entry["mean"]), _divisor(entry["scale"]), missing))
            else:
                self._other.append((field, self.width, _is_missing(entry) if "is_missing" in entry else _number(entry)))
            self.width += len(entry.get("one_hot", (None,)))
        self.zeros = [0.0] * self.width

    def encode(self, row: Row) -> Features:
        """Return the features of a row.

        Raises:
            ValueError: a field is missing, or holds a value that training would refuse.
        """
        features = self.zeros.copy()
        try:
            for field, codes in self._choices:
                choice = row[field]
                if choice.__class__ not in CHOICE_TYPES:  # as a choice, 1 would be True
                    raise TypeError
                position, code = codes[choice]
                features[position] = code
            for field, position, mean, scale, missing in self._plain:
                number = row[field]
                if number is None and missing is not None:
                    features[position] = missing
                    continue
                if number.__class__ is not float or not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
                    number = to_number(number)
                features[position] = (number - mean) / scale
            for field, position, encode in self._other:
                features[position] = encode(row[field])
        except (KeyError, TypeError, ValueError, OverflowError):
            # their messages hold the value, which may not be logged
            raise ValueError(f"the field {field!r} is missing, or holds what it may not") from None
        return features

    def _codes(self, entry: Mapping[str, Any]) -> _Choices:
        first = self.width
        if "choices" in entry:
            pairs = zip(entry["choices"], entry["codes"], strict=True)
            codes = _Choices({choice: (first, to_code(code)) for choice, code in pairs})
            codes.other = (first, to_code(entry["other"])) if "other" in entry else None
            return codes
        codes = _Choices({choice: (first + i, 1.0) for i, choice in enumerate(entry["one_hot"])})
        if "missing" in entry:
            codes[None] = codes[entry["missing"]]
        codes.other = (first, 0.0) if entry.get("other") else None
        return codes


def finite(given: Any) -> float:
    """Return a finite number; ValueError where it is none."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= LARGEST_FLOAT:
        raise ValueError(f"{given!r} is no finite number")
    return float(given)


def to_number(value: Any) -> float:
    """Return a number that a row may hold; ValueError where it is none, or beyond float32."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise ValueError("no number that fits float32")
    return float(value)


def to_code(given: Any) -> float:
    """Return the number that a code stands for."""
    return ENDS[given] if isinstance(given, str) else finite(given)


def _divisor(given: Any) -> float:
    if finite(given) == 0:
        raise ValueError("the scale of a number is 0")
    return float(given)


def _is_missing(entry: Mapping[str, Any]) -> Encode:
    present, missing = map(finite, entry["is_missing"])
    return lambda value: missing if value is None else present


def _number(entry: Mapping[str, Any]) -> Encode:
    to_value = find_part(entry["part"], entry.get("since", ORIGIN)) if "part" in entry else to_number
    if "mean" in entry:
        mean, scale = finite(entry["mean"]), _divisor(entry["scale"])

        def encode(value: Any) -> float:
            return (to_value(value) - mean) / scale

    else:
        factor, offset = finite(entry["factor"]), finite(entry["offset"])

        def encode(value: Any) -> float:
            return to_value(value) * factor + offset

    if "missing" not in entry:
        return encode
    missing = to_code(entry["missing"])
    return lambda value: missing if value is None else encode(value)
