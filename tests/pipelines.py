"""Pipelines of every kind that training may choose, fitted on small random tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from numpy.typing import NDArray
from sklearn.base import clone
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

from training.schema import Schema, parse_features

CHOICES: dict[str, list[str | None]] = {"colour": ["red", "blue", "a <b>"], "shape": ["round", None]}
COLUMNS = {
    "categories": ["colour", "shape"],
    "numbers": ["fine", "steps"],
    "mixed": ["fine", "colour", "steps", "shape"],
}
CLASSIFIERS = [
    DummyClassifier(strategy="prior"),
    LogisticRegression(solver="newton-cholesky"),
    GradientBoostingClassifier(n_estimators=10, random_state=0),
    ExtraTreesClassifier(10, min_weight_fraction_leaf=0.01, random_state=0),
    RandomForestClassifier(10, random_state=0),
    HistGradientBoostingClassifier(max_iter=10, random_state=0),
]
REGRESSORS = [
    DummyRegressor(),
    Ridge(),
    GradientBoostingRegressor(n_estimators=10, random_state=0),
    ExtraTreesRegressor(10, min_weight_fraction_leaf=0.01, random_state=0),
    RandomForestRegressor(10, random_state=0),
    HistGradientBoostingRegressor(max_iter=10, random_state=0),
]
ESTIMATORS = {"binary": CLASSIFIERS, "multiclass": CLASSIFIERS, "regression": REGRESSORS}


@dataclass(frozen=True)
class Example:
    """A random table: `features` of the columns of `schema`, a target for each task, and how often each row counts."""

    schema: Schema
    features: pd.DataFrame
    targets: dict[str, NDArray[Any]]
    counts: NDArray[np.int64]

    def scale(self, task: str) -> float:
        return float(self.targets[task].std()) if task == "regression" else 1.0


def make_example(columns: str, seed: int = 0, n: int = 400) -> Example:
    """Return n rows of the COLUMNS of that name; `fine` is finer than float32 tells apart, `shape` has gaps."""
    generator = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "fine": generator.normal(1e3, 1e-3, n),
            "steps": generator.integers(-3, 4, n).astype(float),
            **{name: generator.choice(np.array(choices, dtype=object), n) for name, choices in CHOICES.items()},
        }
    )[COLUMNS[columns]]
    properties: dict[str, Any] = {}
    signal = generator.normal(0, 1, n)
    for name in COLUMNS[columns]:
        if name in CHOICES:
            properties[name] = {"x-kind": "category", "enum": CHOICES[name]}
            signal += rows[name] == CHOICES[name][0]
        else:
            properties[name] = {"x-kind": "number", "x-range": [float(rows[name].min()), float(rows[name].max())]}
            signal += (rows[name] - rows[name].mean()) / rows[name].std()
    schema = {"properties": properties}
    values = np.asarray(signal, dtype=float)
    targets = {
        "binary": (values > np.quantile(values, 0.7)).astype(np.int64),
        "multiclass": np.digitize(values, np.quantile(values, [0.2, 0.7])),
        "regression": 1e6 + 1e5 * values,
    }
    return Example(schema, parse_features(rows, schema), targets, generator.integers(1, 50, n))


def fit(example: Example, task: str, estimator: Any) -> Pipeline:
    """Return a copy of `estimator`, behind the encoder that training gives it, fitted on weighted rows."""
    scale = isinstance(estimator, LogisticRegression | Ridge)
    categories = [name for name in example.features if name in CHOICES]
    numbers = [name for name in example.features if name not in CHOICES]
    choices = [[np.nan if choice is None else choice for choice in CHOICES[name]] for name in categories]
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True) if scale else "passthrough"
        transformers = [
            ("category", OneHotEncoder(categories=choices, sparse_output=False), categories),
            ("number", scaler, numbers),
        ]
        encoder = ColumnTransformer([part for part in transformers if part[2]])
        weighted = clone(estimator).set_fit_request(sample_weight=True)
        pipeline = Pipeline([("encoder", encoder), ("estimator", weighted)])
        return pipeline.fit(example.features, example.targets[task], sample_weight=example.counts)
