"""Pipelines of every kind that training may choose, fitted on small random tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
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
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    ElasticNetCV,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeCV,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor
from threadpoolctl import threadpool_limits

from predict.dates import expand
from predict.inputs import LARGEST_NUMBER
from training.schema import Schema

CHOICES: dict[str, list[str | None]] = {
    "colour": ["red", "blue", "a <b>"],
    "shape": ["round", None],
    "size": ["S", "M", "L", None],
    "city": ["Łódź", "Oslo", "(other)", None],
}
ORDERED, OPEN = ("size",), ("city",)
GAPS = ("size", "city", "member", "depth", "day")  # beside shape, fields that may be missing
COLUMNS = {
    "categories": ["colour", "shape"],
    "numbers": ["fine", "steps"],
    "mixed": ["fine", "colour", "steps", "shape"],
    "choices": ["size", "city", "member"],
    "gaps": ["depth", "day", "since"],
    "every kind": ["day", "colour", "depth", "city", "steps", "member", "size", "since", "shape"],
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
MORE_CLASSIFIERS = [
    LogisticRegressionCV(Cs=2, cv=2, max_iter=1_000, scoring="accuracy", l1_ratios=(0,), use_legacy_attributes=False),
    DecisionTreeClassifier(max_depth=5),
    ExtraTreeClassifier(max_depth=5, random_state=0),
    GradientBoostingClassifier(n_estimators=5, init="zero", subsample=0.7, random_state=0),
    CalibratedClassifierCV(DummyClassifier(strategy="prior"), cv=2),
    CalibratedClassifierCV(LogisticRegression(), cv=2),
    CalibratedClassifierCV(LogisticRegression(), cv=2, method="isotonic", ensemble=False),
    CalibratedClassifierCV(GradientBoostingClassifier(n_estimators=5), cv=2, method="isotonic"),
    CalibratedClassifierCV(HistGradientBoostingClassifier(max_iter=5), cv=2, method="isotonic"),
    CalibratedClassifierCV(ExtraTreesClassifier(5, max_depth=5, random_state=0), cv=2),
    CalibratedClassifierCV(RandomForestClassifier(5, max_depth=5, random_state=0), cv=2, ensemble=False),
    CalibratedClassifierCV(DecisionTreeClassifier(max_depth=5), cv=2, method="isotonic"),
]
MORE_REGRESSORS = [
    LinearRegression(),
    RidgeCV(),
    Lasso(alpha=1e4),
    LassoCV(cv=2, alphas=[1e4, 3e4]),
    ElasticNet(alpha=10.0),
    ElasticNetCV(cv=2, alphas=[1.0, 10.0]),
    DecisionTreeRegressor(max_depth=5),
    ExtraTreeRegressor(max_depth=5, random_state=0),
    GradientBoostingRegressor(n_estimators=5, init="zero", loss="huber"),
    HistGradientBoostingRegressor(max_iter=5, loss="absolute_error"),
]
MORE_ESTIMATORS = {"binary": MORE_CLASSIFIERS, "multiclass": MORE_CLASSIFIERS, "regression": MORE_REGRESSORS}
LINEAR = (LogisticRegression, LogisticRegressionCV, LinearRegression, Ridge, RidgeCV, ElasticNet, ElasticNetCV, LassoCV)
UNWEIGHTED = (LogisticRegressionCV, LassoCV, ElasticNetCV)  # whose inner scores would have to ask for weights, too
HISTOGRAM = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Fit in one thread: of tables this small, several wait for each other longer than they work."""
    with threadpool_limits(limits=1):
        yield


@dataclass(frozen=True)
class Example:
    """A random table: `features` of the columns of `schema`, a target for each task, and how often each row counts."""

    schema: Schema
    features: pd.DataFrame
    targets: dict[str, NDArray[Any]]
    counts: NDArray[np.int64]

    @property
    def optional(self) -> list[str]:
        return [name for name in self.schema["properties"] if name not in self.schema["required"]]

    def scale(self, task: str) -> float:
        return float(self.targets[task].std()) if task == "regression" else 1.0


def make_example(columns: str, seed: int = 0, n: int = 400) -> Example:
    """Return n rows of the COLUMNS of that name; `fine` is finer than float32 tells apart, GAPS and `shape` have gaps."""
    generator = np.random.default_rng(seed)
    days = np.datetime64("2019-12-25") + generator.integers(0, 900, (2, n))
    rows = pd.DataFrame(
        {
            "fine": generator.normal(1e3, 1e-3, n),
            "steps": generator.integers(-3, 4, n).astype(float),
            "colour": generator.choice(np.array(CHOICES["colour"], dtype=object), n),
            "shape": generator.choice(np.array(CHOICES["shape"], dtype=object), n),
            "size": generator.choice(np.array(["S", "M", "L"], dtype=object), n),
            "city": generator.choice(np.array(["Łódź", "Oslo", "Rome", "Bonn"], dtype=object), n),
            "member": generator.choice(np.array([True, False], dtype=object), n),
            "depth": generator.gamma(2.0, 3.0, n).round(1),
            "day": days[0].astype(str).astype(object),
            "since": days[1].astype(str).astype(object),
        }
    )[COLUMNS[columns]]
    signal = generator.normal(0, 1, n)
    properties: dict[str, Any] = {}
    for name in COLUMNS[columns]:
        codes = pd.Series(rows[name].factorize(sort=name != "shape")[0], dtype=float)
        signal += (codes - codes.mean()) / codes.std()
        gap = (generator.random(n) < 0.2) & (name in GAPS)
        signal += gap
        rows[name] = rows[name].where(~gap & rows[name].notna(), None if rows[name].dtype == object else np.nan)
        properties[name] = _property(name, rows[name].dropna())
    required = [name for name, value in properties.items() if "null" not in value["type"]]
    values = np.asarray(signal, dtype=float)
    targets = {
        "binary": (values > np.quantile(values, 0.7)).astype(np.int64),
        "multiclass": np.digitize(values, np.quantile(values, [0.2, 0.7])),
        "regression": 1e6 + 1e5 * values,
    }
    features = rows.where(rows.notna(), np.nan)
    return Example({"properties": properties, "required": required}, features, targets, generator.integers(1, 50, n))


def _property(name: str, values: pd.Series) -> Schema:
    kind = {"member": "boolean", "day": "date", "since": "date"}.get(name, "category" if name in CHOICES else "number")
    types = {"boolean": "boolean", "number": "number"}.get(kind, "string")
    value: Schema = {"type": [types, "null"] if name in (*GAPS, "shape") else types, "x-kind": kind}
    if kind == "boolean":
        return {**value, "enum": [False, True, None]}
    if name in CHOICES:
        other = {"x-choices": CHOICES[name], "x-other": "(other)"}
        return {**value, **(other if name in OPEN else {"enum": CHOICES[name]}), "x-ordered": name in ORDERED}
    ends = {"x-range": [values.min(), values.max()]}
    if kind == "date":
        return {**value, **ends, "format": "date"}
    return {**value, **ends, "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}


def fit(example: Example, task: str, estimator: Any) -> Pipeline:
    """Return a copy of `estimator`, behind the encoder that training gives such a one, fitted on weighted rows."""
    inner = estimator.estimator if isinstance(estimator, CalibratedClassifierCV) else estimator
    native = [name for name in example.features if name in CHOICES or name == "member"]
    is_native = isinstance(inner, HISTOGRAM) and bool(set(example.optional) - {"shape"})
    with sklearn.config_context(enable_metadata_routing=True):
        weighted = clone(estimator)
        if is_native and native:
            target = weighted.estimator if inner is not estimator else weighted
            target.set_params(categorical_features=list(range(len(native))))
        if inner is not estimator:
            weighted.estimator.set_fit_request(sample_weight=True)
        if not isinstance(estimator, UNWEIGHTED):
            weighted.set_fit_request(sample_weight=True)
        parts = _native_parts(example, native) if is_native else _parts(example, isinstance(inner, LINEAR))
        pipeline = Pipeline([("encoder", ColumnTransformer(parts)), ("estimator", weighted)])
        weights = {} if isinstance(estimator, UNWEIGHTED) else {"sample_weight": example.counts}
        return pipeline.fit(example.features, example.targets[task], **weights)


def _parts(example: Example, scale: bool) -> list[Any]:
    """Return an encoder of each field: what is missing is an indicator of its own."""
    properties = example.schema["properties"]
    closed = [name for name in properties if name in CHOICES and name not in OPEN]
    parts: list[Any] = [("closed", OneHotEncoder(categories=_levels(closed), sparse_output=False), closed)]
    for name in ("city", "member"):
        levels = _levels(["city"]) if name == "city" else [np.array([False, True], dtype=object)]
        encoder = OneHotEncoder(categories=levels, sparse_output=False, handle_unknown="ignore")
        parts.append((name, encoder, [name]))
    parts.append(("number", _scaled("passthrough", scale), ["fine", "steps"]))
    parts.append(("depth", _scaled(SimpleImputer(strategy="median", add_indicator=True), scale), ["depth"]))
    for name, fill in (("day", "2020-02-29"), ("since", None)):
        expanded = FunctionTransformer(expand, kw_args={"since": "2019-12-25", "fill": fill})
        parts.append((name, _scaled(expanded, scale), [name]))
    return [
        (name, encoder, present)
        for name, encoder, names in parts
        if (present := [name for name in names if name in properties])
    ]


def _native_parts(example: Example, native: list[str]) -> list[Any]:
    """Return an encoder of codes, and of numbers and dates that stay missing."""
    levels = [np.array([True], dtype=object) if name == "member" else _levels([name])[0][:2] for name in native]
    codes = OrdinalEncoder(categories=levels, handle_unknown="use_encoded_value", unknown_value=np.nan)
    parts: list[Any] = [("native", codes, native)] if native else []
    for name, value in example.schema["properties"].items():
        if value["x-kind"] == "date":
            parts.append((name, FunctionTransformer(expand, kw_args={"since": "2019-12-25", "fill": None}), [name]))
        elif name not in native:
            parts.append((name, "passthrough", [name]))
    return parts


def _levels(names: list[str]) -> list[NDArray[Any]]:
    told = [[choice for choice in CHOICES[name] if choice != "(other)"] for name in names]
    return [np.array([np.nan if choice is None else choice for choice in choices], dtype=object) for choices in told]


def _scaled(transformer: Any, scale: bool) -> Any:
    if not scale:
        return transformer
    scaler = StandardScaler().set_fit_request(sample_weight=True)
    return scaler if transformer == "passthrough" else Pipeline([("encoder", transformer), ("scaler", scaler)])
