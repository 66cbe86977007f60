"""Small tables for tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from training.problem import Problem
from training.table import Table

QUICK = 'estimator = "sklearn.linear_model.LogisticRegression"\n'  # in a problem.toml, where the choice is not tried


def make_table(columns: Mapping[str, Sequence[Any]], counts: Sequence[int] | None = None) -> Table:
    """Return a table whose values are the texts of those given, in their order; None is missing."""
    rows = pd.DataFrame({name: [None if x is None else str(x) for x in xs] for name, xs in columns.items()})
    rows = rows.astype(object).where(rows.notna(), np.nan)
    return Table(rows, np.array(counts or [1] * len(rows)), "t.csv", "", "", ())


def fold_table(columns: Mapping[str, Sequence[Any]]) -> Table:
    """Return the table of the distinct rows, with how often each occurs."""
    rows = pd.DataFrame(columns).value_counts(sort=False).reset_index()
    return make_table({name: rows[name].tolist() for name in columns}, rows["count"].tolist())


def make_problem(**settings: Any) -> Problem:
    """Return the problem of predicting the column y of t.csv."""
    return Problem(**{"name": "p", "title": "P", "data": "t.csv", "target": "y", **settings})


def to_frame(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pd.DataFrame:
    """Return rows of the API as the pipeline in model.joblib takes them."""
    return pd.DataFrame(
        {
            name: pd.Series(
                [math.nan if row[name] is None else row[name] for row in rows],
                dtype=float if value["x-kind"] == "number" else object,
            )
            for name, value in schema["properties"].items()
        }
    )
