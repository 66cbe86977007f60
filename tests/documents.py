"""Small model.json contents, made by the real code from tables with names that try to break a page."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.tables import make_problem, make_table
from training.dataset import prepare
from training.document import build_document
from training.problem import Column, Problem
from training.schema import parse_features
from training.selection import fit
from training.table import Table

HOSTILE = "<script>alert(1)</script> & *$x$* | `y`"
CHOICES = (HOSTILE, "W" * 60, "x")
INTENT = f"## Use\n\n{HOSTILE}"
ROWS = 3_000
FIRST_DAY = date(2019, 1, 31)
# a boolean, a date, a whole number, an ordered category and an open one, with their labels
MIXED = {
    "__proto__": "Member",
    "D\u00e9but \\ le": "Start & more",
    "2nd visit's \"": "Visits",
    "class": "Size",
    f"2 {HOSTILE}": f"City {HOSTILE}",
}
LABELS = {
    "binary": {"0": "No", "1": f"Yes {HOSTILE}"},
    "multiclass": {"0": "Low", "1": f"Yes {HOSTILE}", "2": "High"},
    "regression": {},
}


def make_document(task: str) -> dict[str, Any]:
    """Return the contents of a model.json of a task: binary, multiclass or regression; each call another copy."""
    return copy.deepcopy(_document(task))


@cache
def _document(task: str) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    number = generator.normal(10, 3, ROWS).round(1)
    group = generator.choice(3, ROWS, p=[0.6, 0.37, 0.03])
    score = number - 10 + 2 * group + generator.normal(0, 2, ROWS)
    target = _cut(score, task, [-1, 2])
    gaps = [None if at % 50 == 0 else CHOICES[at % 2] for at in range(ROWS)]
    place = ["Nowhere" if at == 0 else ("Here", f"There {HOSTILE}")[at % 2] for at in range(ROWS)]
    table = make_table(
        {"n": number.tolist(), "g": [CHOICES[at] for at in group], "gap": gaps, "place": place, "y": target}
    )
    problem = make_problem(
        title=f"Title {HOSTILE}",
        task=task,
        positive="1" if task == "binary" else None,
        labels=LABELS[task],
        sensitive=["g", "n", "place"],
        caveats=[f"Caveat {HOSTILE}"],
        columns={
            "n": Column(label="Number", unit="km"),
            "g": Column(label=f"Group {HOSTILE}", description="Of two."),
            "place": Column(label="Place & more", ignore=True),  # told apart by, but no feature
        },
    )
    return _build(problem, table)


def make_mixed_document(task: str) -> dict[str, Any]:
    """Return the contents of a model.json with a column of each kind, whose names try to break what reads them."""
    return copy.deepcopy(_mixed_document(task))


@cache
def _mixed_document(task: str) -> dict[str, Any]:
    generator = np.random.default_rng(1)
    member, size = generator.choice(2, ROWS, p=[0.7, 0.3]), generator.choice(3, ROWS)
    visits, days = generator.poisson(3, ROWS), generator.integers(0, 2_000, ROWS)
    weight, city = generator.normal(70, 9, ROWS).round(1), generator.geometric(0.05, ROWS)
    score = 2 * member + size + 0.5 * visits + days / 500 + (city < 5) + generator.normal(0, 1.5, ROWS)
    start = [(FIRST_DAY + timedelta(days=int(day))).strftime("%d/%m/%Y") for day in days]
    names = tuple(MIXED)
    columns = {
        "weight": weight.tolist(),
        names[0]: [bool(each) for each in member],
        names[1]: [None if at % 20 == 7 else day for at, day in enumerate(start)],
        names[2]: [None if at % 10 == 3 else each for at, each in enumerate(visits.tolist())],
        names[3]: [("small", "medium", "large")[at] for at in size],
        names[4]: [f"City {each} {HOSTILE}" for each in city],
        "since": [None if at % 30 == 0 else day for at, day in enumerate(start)],
        "y": _cut(score, task, [3, 9]),
    }
    problem = make_problem(
        title="Mixed",
        task=task,
        positive="1" if task == "binary" else None,
        labels=LABELS[task],
        sensitive=[*names[:4], "since"],
        columns={
            **{name: Column(label=label) for name, label in MIXED.items()},
            names[2]: Column(label=MIXED[names[2]], kind="integer"),
            "since": Column(ignore=True),  # told apart by, but no feature
        },
    )
    return _build(problem, make_table(columns))


def _cut(score: NDArray[np.float64], task: str, edges: list[float]) -> list[Any]:
    """Return the target of a task: whether a score is beyond the last edge, between which edges it is, or its size."""
    found = {"binary": score > edges[-1], "multiclass": np.digitize(score, edges), "regression": (1000 * score).round()}
    return list(found[task].astype(int))


def _build(problem: Problem, table: Table) -> dict[str, Any]:
    dataset = prepare(table, problem)
    simple = ("ridge regression", "alpha") if problem.task == "regression" else ("logistic regression", "C")
    lines = [(simple[0], {simple[1]: 1.0}, 0.31, 0.01, 0.012), ("gradient boosting", {}, 0.30, 0.0, 0.0)]
    names = ["candidate", "settings", "loss", "excess", "excess_standard_error"]
    scores = pd.DataFrame(lines, columns=names)
    pipeline = fit(dataset, simple[0], {simple[1]: 1.0})
    features = parse_features(table.rows, dataset.schema).drop_duplicates(ignore_index=True)
    return build_document(
        problem, table, dataset, scores, scores.iloc[0], pipeline, features, [f"Notice {HOSTILE}"], [], INTENT
    )
