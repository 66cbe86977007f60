"""Parsing: rows of texts as the model takes them, by the rules that the function has for the cells of a CSV."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cells import MISSING, Read, make_reader
from predict.problems import RowError
from predict.row import RowValidator
from training.errors import InputError
from training.progress import Report
from training.schema import Schema
from training.sources.names import suggest_name

REFUSED = object()


def choose_fields(header: list[str], schema: Schema, name: str, report: Report) -> list[str]:
    """Return the fields that the table `name` has, in the schema's order; its other columns are not read.

    One that it lacks, and that may be missing, is reported: it is missing in every row, or has another name.

    Raises:
        InputError: it lacks one that a row needs, or has none at all.
    """
    for field in schema["required"]:
        if field not in header:
            raise InputError(f"{name} lacks the column {field!r} of the model; {suggest_name(field, header)}")
    fields = [field for field in schema["properties"] if field in header]
    if not fields:
        first = next(iter(schema["properties"]))
        raise InputError(f"{name} has no column of the model, not even {first!r}; {suggest_name(first, header)}")
    for field in schema["properties"]:
        if field not in header:
            hint = suggest_name(field, header)
            report(f"note: {name} lacks the column {field!r} of the model: it is missing in every row; {hint}")
    return fields


def parse_rows(texts: pd.DataFrame, schema: Schema) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return the features of rows of texts, and which rows can be used, shape (n,); of others, features are NaN.

    A field that `texts` has not is missing in every row. Numbers are floats, all else texts, True and False; what is
    missing is NaN, as training.schema.parse_features has it.
    """
    features: dict[str, pd.Series] = {}
    usable = np.ones(len(texts), dtype=bool)
    for name, value in schema["properties"].items():
        read, check = _make_reader(name, schema), RowValidator({**schema, "properties": {name: value}})
        codes, distinct = pd.factorize(texts[name]) if name in texts else (np.full(len(texts), -1), [])
        values = [_parse(name, each, check) for each in (*map(read, distinct), None)]  # what is missing has the code -1
        usable &= np.array([each is not REFUSED for each in values])[codes]
        dtype: Any = float if value["x-kind"] == "number" else object
        column = np.array([math.nan if each is None or each is REFUSED else each for each in values], dtype=dtype)
        features[name] = pd.Series(column[codes], texts.index, dtype)
    return pd.DataFrame(features, index=texts.index), usable


def read_row(texts: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """Return a row of texts as it would be sent to the function; a field that is missing is None."""
    return {name: _make_reader(name, schema)(text) if isinstance(text, str) else None for name, text in texts.items()}


def _make_reader(name: str, schema: Schema) -> Read:
    return make_reader(schema["properties"][name], schema.get("x-missing", MISSING))


def _parse(name: str, value: Any, check: RowValidator) -> Any:
    try:
        return check.check({name: value}, is_brief=True)[name]
    except RowError:
        return REFUSED
