"""The candidates: the estimators that training chooses from, simplest first."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from training.schema import Schema


def make_candidates(schema: Schema, seed: int) -> dict[str, Pipeline]:
    """Return the unfitted pipelines by name. Each is weight-exact: a row with weight n counts as n equal rows."""
    return {
        "base rate": _pipeline(schema, DummyClassifier(strategy="prior"), scale=False),
        "logistic regression": _pipeline(schema, LogisticRegression(solver="newton-cholesky", tol=1e-10), scale=True),
        "gradient boosting": _pipeline(schema, GradientBoostingClassifier(random_state=seed), scale=False),
    }


def _pipeline(schema: Schema, estimator: Any, *, scale: bool) -> Pipeline:
    by_kind: dict[str, list[str]] = {"category": [], "number": []}
    for name, value in schema["properties"].items():
        by_kind[value["x-kind"]].append(name)
    enums = [schema["properties"][name]["enum"] for name in by_kind["category"]]
    choices = [[np.nan if choice is None else choice for choice in enum] for enum in enums]  # pandas' missing is NaN
    transformers: dict[str, Any] = {
        "category": OneHotEncoder(categories=choices, sparse_output=False),
        "number": StandardScaler().set_fit_request(sample_weight=True) if scale else "passthrough",
    }
    encoder = ColumnTransformer([(kind, transformers[kind], names) for kind, names in by_kind.items() if names])
    return Pipeline([("encoder", encoder), ("estimator", estimator.set_fit_request(sample_weight=True))])
