"""The candidates: the pipelines that training chooses from, simplest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from training.dataset import Dataset
from training.schema import Schema

TREES = 100
MOST_DRAWN = 10_000  # rows for each tree of a random forest
SMALLEST_LEAVES = (0.02, 0.005)  # shares of all rows; they also keep a baked forest under 2 MB
MOST_ROWS_EXACT = 10_000  # distinct; beyond, histogram gradient boosting does what exact gradient boosting does, faster


@dataclass(frozen=True)
class Candidate:
    """An unfitted pipeline and the settings of its estimator to try, simplest first."""

    name: str
    pipeline: Pipeline
    settings: list[dict[str, Any]] = field(default_factory=lambda: [{}])


def make_candidates(dataset: Dataset) -> list[Candidate]:
    """Return the candidates for `dataset`, simplest first.

    All are weight-exact, which means that a row with weight n counts as n equal rows, but for the random forest, which
    draws rows, and histogram gradient boosting, which counts them. These two enter where a table hardly folds.
    """
    regression, seed = dataset.target.task == "regression", dataset.seed
    drawn = MOST_DRAWN if len(dataset.train) > MOST_ROWS_EXACT * 2 else None
    leaves = [{"min_weight_fraction_leaf": share} for share in SMALLEST_LEAVES]
    depths = [{"max_depth": depth} for depth in (1, 2, 3)]
    if regression:
        found = [
            _candidate(dataset, "base value", DummyRegressor()),
            _candidate(dataset, "ridge regression", Ridge(solver="cholesky"), _each("alpha", 100.0, 10.0, 1.0, 0.1)),
        ]
        boosting: Any = GradientBoostingRegressor(n_estimators=TREES, random_state=seed)
        extra: Any = ExtraTreesRegressor(TREES, random_state=seed)
        histogram: Any = HistGradientBoostingRegressor(early_stopping=False, max_iter=TREES, random_state=seed)
        forest: Any = RandomForestRegressor(TREES, max_features=1 / 3, max_samples=drawn, random_state=seed)
    else:
        logistic = LogisticRegression(solver="newton-cholesky", tol=1e-10)
        found = [
            _candidate(dataset, "base rate", DummyClassifier(strategy="prior")),
            _candidate(dataset, "logistic regression", logistic, _each("C", 0.01, 0.1, 1.0, 10.0)),
        ]
        boosting = GradientBoostingClassifier(n_estimators=TREES, random_state=seed)
        extra = ExtraTreesClassifier(TREES, random_state=seed)
        histogram = HistGradientBoostingClassifier(early_stopping=False, max_iter=TREES, random_state=seed)
        forest = RandomForestClassifier(TREES, max_samples=drawn, random_state=seed)
    if not dataset.hardly_folds or len(dataset.train) <= MOST_ROWS_EXACT:
        found.append(_candidate(dataset, "gradient boosting", boosting, depths))
    found.append(_candidate(dataset, "extra trees", extra, leaves))
    if dataset.hardly_folds:
        found.append(_candidate(dataset, "histogram gradient boosting", histogram, _each("max_leaf_nodes", 4, 8, 31)))
        found.append(_candidate(dataset, "random forest", forest, leaves))
    return found


def _each(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


def _candidate(dataset: Dataset, name: str, estimator: Any, settings: list[dict[str, Any]] | None = None) -> Candidate:
    scale = isinstance(estimator, LogisticRegression | Ridge)
    steps = [("encoder", make_encoder(dataset.schema, scale=scale)), ("estimator", _weighted(estimator))]
    return Candidate(name, Pipeline(steps), settings or [{}])


def _weighted(estimator: Any) -> Any:
    return estimator.set_fit_request(sample_weight=True)


def make_encoder(schema: Schema, *, scale: bool) -> ColumnTransformer:
    """Return the unfitted encoder: an indicator per choice of a category; numbers as they are, or standardised."""
    by_kind: dict[str, list[str]] = {"category": [], "number": []}
    for name, value in schema["properties"].items():
        by_kind[value["x-kind"]].append(name)
    enums = [schema["properties"][name]["enum"] for name in by_kind["category"]]
    choices = [[np.nan if choice is None else choice for choice in enum] for enum in enums]  # pandas' missing is NaN
    transformers: dict[str, Any] = {
        "category": OneHotEncoder(categories=choices, sparse_output=False),
        "number": _weighted(StandardScaler()) if scale else "passthrough",
    }
    return ColumnTransformer([(kind, transformers[kind], names) for kind, names in by_kind.items() if names])
