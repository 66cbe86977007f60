"""The candidates: the pipelines that training chooses from, simplest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sklearn
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
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from training.dataset import Dataset
from training.encoders import Style, list_native, make_encoder
from training.estimators import make_estimator
from training.problem import Problem
from training.properties import Schema, choices_of
from training.trees import FORESTS, GRADIENT_BOOSTING, HISTOGRAM_BOOSTING

SINGLE_TREES = (DecisionTreeClassifier, DecisionTreeRegressor)
TREES = 100
MOST_DRAWN = 10_000  # rows for each tree of a random forest
SMALLEST_LEAVES = (0.02, 0.005)  # shares of all rows; they also keep a baked forest under 2 MB
MOST_ROWS_EXACT = 10_000  # distinct; beyond, histogram gradient boosting does what exact gradient boosting does, faster
MOST_COEFFICIENTS_EXACT = 2_000  # of a logistic regression; Newton's method takes a matrix of their square
MOST_CELLS_EXACT = 200_000  # rows times features times classes; the same


@dataclass(frozen=True)
class Candidate:
    """An unfitted pipeline and the settings of its estimator to try, simplest first."""

    name: str
    pipeline: Pipeline
    settings: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    takes_weights: bool = True
    is_stated: bool = False


def make_candidates(dataset: Dataset, problem: Problem | None = None) -> list[Candidate]:
    """Return the candidates for `dataset`, simplest first; where `problem` names an estimator, the base and that one.

    All are weight-exact, which means that a row with weight n counts as n equal rows, but for the random forest, which
    draws rows, and histogram gradient boosting, which counts them. These two enter where a table hardly folds; where
    `problem` names an estimator that is not weight-exact, its rows are written out.

    Raises:
        InputError: the estimator that `problem` names cannot be used.
    """
    with sklearn.config_context(enable_metadata_routing=True):
        if problem is not None and problem.estimator is not None:
            return _make_stated(dataset, problem, problem.estimator)
        return _make_usual(dataset)


def _make_usual(dataset: Dataset) -> list[Candidate]:
    regression, seed, scores = dataset.target.task == "regression", dataset.seed, len(dataset.target.classes)
    drawn = MOST_DRAWN if len(dataset.train) > MOST_ROWS_EXACT * 2 else None
    leaves = [{"min_weight_fraction_leaf": share} for share in SMALLEST_LEAVES]
    depths = [{"max_depth": depth} for depth in (1, 2, 3)]
    if regression:
        found = [
            _base(dataset),
            _candidate(dataset, "ridge regression", Ridge(solver="cholesky"), _each("alpha", 100.0, 10.0, 1.0, 0.1)),
        ]
        boosting: Any = GradientBoostingRegressor(n_estimators=TREES, random_state=seed)
        extra: Any = ExtraTreesRegressor(TREES, random_state=seed)
        histogram: Any = HistGradientBoostingRegressor(early_stopping=False, max_iter=TREES, random_state=seed)
        forest: Any = RandomForestRegressor(TREES, max_features=1 / 3, max_samples=drawn, random_state=seed)
    else:
        logistic = LogisticRegression(solver="newton-cholesky", tol=1e-10)
        if _count_columns(dataset.schema) * (scores if scores > 2 else 1) > MOST_COEFFICIENTS_EXACT:
            logistic = LogisticRegression(solver="lbfgs", tol=1e-6, max_iter=5_000)
        found = [
            _base(dataset),
            _candidate(dataset, "logistic regression", logistic, _each("C", 0.01, 0.1, 1.0, 10.0)),
        ]
        boosting = GradientBoostingClassifier(n_estimators=TREES, random_state=seed)
        extra = ExtraTreesClassifier(TREES, random_state=seed)
        histogram = HistGradientBoostingClassifier(early_stopping=False, max_iter=TREES, random_state=seed)
        forest = RandomForestClassifier(TREES, max_samples=drawn, random_state=seed)
    cells = len(dataset.train) * len(dataset.schema["properties"]) * (scores if scores > 2 else 1)
    if not dataset.hardly_folds or (len(dataset.train) <= MOST_ROWS_EXACT and cells <= MOST_CELLS_EXACT):
        found.append(_candidate(dataset, "gradient boosting", boosting, depths))
    found.append(_candidate(dataset, "extra trees", extra, leaves))
    if dataset.hardly_folds:
        # of weights it makes its bins ten times slower, those that are all one among them
        found.append(
            _candidate(
                dataset,
                "histogram gradient boosting",
                histogram,
                _each("max_leaf_nodes", 4, 8, 31),
                takes_weights=bool((dataset.train.counts != 1).any()),
            )
        )
        found.append(_candidate(dataset, "random forest", forest, leaves))
    return found


def _count_columns(schema: Schema) -> int:
    """Return about how many columns linear models see: one a choice, one a number, a few a date."""
    return sum(len(choices_of(value)) or 1 for value in schema["properties"].values())


def _each(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


def _base(dataset: Dataset) -> Candidate:
    if dataset.target.task == "regression":
        return _candidate(dataset, "base value", DummyRegressor())
    return _candidate(dataset, "base rate", DummyClassifier(strategy="prior"))


def _candidate(
    dataset: Dataset,
    name: str,
    estimator: Any,
    settings: list[dict[str, Any]] | None = None,
    *,
    takes_weights: bool = True,
) -> Candidate:
    if takes_weights:
        estimator.set_fit_request(sample_weight=True)
    return Candidate(name, _make_pipeline(dataset, estimator), settings or [{}], takes_weights)


def _make_stated(dataset: Dataset, problem: Problem, path: str) -> list[Candidate]:
    """Return the base and the estimator that problem.toml names."""
    task, settings = dataset.target.task, problem.estimator_settings
    estimator, takes_weights = make_estimator(path, settings, problem.calibration, task, dataset.seed)
    stated = Candidate(
        path.rpartition(".")[2], _make_pipeline(dataset, estimator), takes_weights=takes_weights, is_stated=True
    )
    return [_base(dataset), stated]


def _make_pipeline(dataset: Dataset, estimator: Any) -> Pipeline:
    inner = getattr(estimator, "estimator", estimator)  # of a calibrated one
    style: Style = "plain" if isinstance(inner, (*SINGLE_TREES, *FORESTS, *GRADIENT_BOOSTING)) else "scaled"
    if isinstance(inner, HISTOGRAM_BOOSTING):
        style = "native"
        inner.set_params(categorical_features=list(range(len(list_native(dataset.schema)))) or None)
    return Pipeline([("encoder", make_encoder(dataset.schema, dataset.train, style)), ("estimator", estimator)])
