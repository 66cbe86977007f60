"""Small model.json contents, made by the real code from tables with names that try to break a page."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from tests.tables import make_problem, make_table
from training.dataset import prepare
from training.document import build_document
from training.problem import Column
from training.schema import parse_features
from training.selection import fit

HOSTILE = "<script>alert(1)</script> & *$x$* | `y`"
CHOICES = (HOSTILE, "W" * 60, "x")
INTENT = f"## Use\n\n{HOSTILE}"
ROWS = 3_000
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
    target: list[Any] = {
        "binary": (score > 2).astype(int).tolist(),
        "multiclass": np.digitize(score, [-1, 2]).tolist(),
        "regression": (1000 * score).round().tolist(),
    }[task]
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
    dataset = prepare(table, problem)
    simple = ("ridge regression", "alpha") if task == "regression" else ("logistic regression", "C")
    lines = [(simple[0], {simple[1]: 1.0}, 0.31, 0.01, 0.012), ("gradient boosting", {}, 0.30, 0.0, 0.0)]
    names = ["candidate", "settings", "loss", "excess", "excess_standard_error"]
    scores = pd.DataFrame(lines, columns=names)
    pipeline = fit(dataset, simple[0], {simple[1]: 1.0})
    features = parse_features(table.rows, dataset.schema).drop_duplicates(ignore_index=True)
    return build_document(
        problem, table, dataset, scores, scores.iloc[0], pipeline, features, [f"Notice {HOSTILE}"], INTENT
    )
