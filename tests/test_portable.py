"""Generated pipelines and rows: what is baked answers as scikit-learn does."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
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
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from predict.dates import expand
from predict.inputs import LARGEST_NUMBER
from tests.pipelines import one_thread as one_thread
from training.bake import bake_estimator
from training.parity import check_parity
from training.schema import Schema

N = 40
TEXTS = st.sampled_from(["a", "b", "é ", "1", "True", "", "(other)"])
NUMBERS = st.one_of(
    st.integers(-3, 3).map(float),
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.sampled_from([-0.0, 1 + 2**-52, 1e-30, 16777217.0]),
)
DATES = st.dates().map(lambda day: day.isoformat())
KINDS = {"number": NUMBERS, "category": TEXTS, "open": TEXTS, "boolean": st.booleans(), "date": DATES}
FOREST = {"max_depth": st.integers(1, 5), "random_state": st.just(0)}
FEW = st.integers(1, 4)


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, Schema]:
    """Return a table of a few fields of any kind, with gaps where there may be some, and its schema."""
    rows, properties = {}, {}
    for place, kind in enumerate(draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))):
        distinct = draw(st.lists(KINDS[kind], min_size=2, max_size=8, unique=True))
        has_gaps = draw(st.booleans())
        places = draw(st.lists(st.integers(-1 if has_gaps else 0, len(distinct) - 1), min_size=N, max_size=N))
        places[:2] = [0, 1]
        values = [np.nan if at < 0 else distinct[at] for at in places]
        rows[f"{kind} {place}"] = pd.Series(values, dtype=float if kind == "number" else object)
        properties[f"{kind} {place}"] = make_property(kind, distinct, has_gaps)
    required = [name for name, value in properties.items() if "null" not in value["type"]]
    return pd.DataFrame(rows), {"properties": properties, "required": required}


def make_property(kind: str, distinct: list[Any], has_gaps: bool) -> Schema:
    name = {"number": "number", "boolean": "boolean"}.get(kind, "string")
    value: Schema = {"type": [name, "null"] if has_gaps else name}
    gap = [None] if has_gaps else []
    if kind == "number":
        ends = {"minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER, "x-range": [min(distinct), max(distinct)]}
        return {**value, "x-kind": "number", **ends}
    if kind == "date":
        return {**value, "x-kind": "date", "format": "date", "x-range": [min(distinct), max(distinct)]}
    if kind == "open":
        return {**value, "x-kind": "category", "x-choices": [*distinct, *gap], "x-other": distinct[-1]}
    choices = [False, True] if kind == "boolean" else distinct
    return {**value, "x-kind": "boolean" if kind == "boolean" else "category", "enum": [*choices, *gap]}


@st.composite
def encoders(draw: st.DrawFn, schema: Schema, *, takes_nan: bool, scaled: bool) -> ColumnTransformer:
    """Return an encoder of each field, of any parts that know its values.

    Linear models get scaled numbers: of others, large terms cancel out, and scikit-learn differs from itself.
    """
    parts = []
    for name, value in schema["properties"].items():
        has_gaps = "null" in value["type"]
        if value["x-kind"] == "number":
            encoder = draw(numbers(has_gaps and not takes_nan, scaled=scaled))
        elif value["x-kind"] == "date":
            needs_fill = has_gaps and not takes_nan
            fill = draw(DATES) if needs_fill or draw(st.booleans()) else None
            expanded = FunctionTransformer(expand, kw_args={"since": draw(DATES), "fill": fill})
            encoder = draw(
                st.sampled_from([make_pipeline(expanded, StandardScaler()), *([] if scaled else [expanded])])
            )
        else:
            encoder = draw(categories(value, takes_nan=takes_nan))
        parts.append((name, encoder, [name]))
    return ColumnTransformer(draw(st.permutations(parts)), sparse_threshold=0)


@st.composite
def numbers(draw: st.DrawFn, needs_fill: bool, *, scaled: bool) -> Any:
    scaler = draw(st.sampled_from([StandardScaler(), MinMaxScaler((-1, 2)), *([] if scaled else ["passthrough"])]))
    if not needs_fill and draw(st.booleans()):
        return scaler
    strategy = draw(st.sampled_from(["mean", "median", "most_frequent", "constant"]))
    imputer = SimpleImputer(strategy=strategy, add_indicator=draw(st.booleans()))
    steps = draw(st.permutations([imputer, scaler]))
    return make_pipeline(*steps)


@st.composite
def categories(draw: st.DrawFn, value: Schema, *, takes_nan: bool) -> Any:
    is_open = "x-choices" in value
    told = value["x-choices"] if is_open else value["enum"]
    choices = [np.nan if choice is None else choice for choice in told]
    levels = [np.array(choices, dtype=object)]
    steps: list[Any] = []
    if None in value.get("enum", ()) and draw(st.booleans()):
        steps.append(SimpleImputer(strategy="most_frequent"))
    if draw(st.booleans()):
        ignore = is_open or draw(st.booleans())
        steps.append(
            OneHotEncoder(categories=levels, handle_unknown="ignore" if ignore else "error", sparse_output=False)
        )
    else:
        unknown: dict[str, Any] = {"handle_unknown": "use_encoded_value"} if is_open else {}
        if is_open:
            unknown["unknown_value"] = draw(st.sampled_from([-1, np.nan] if takes_nan else [-1]))
        missing = draw(st.sampled_from([-2, np.nan] if takes_nan else [-2]))
        steps.append(OrdinalEncoder(categories=levels, encoded_missing_value=missing, **unknown))
    if draw(st.booleans()):
        steps.append(draw(st.sampled_from([StandardScaler(), MinMaxScaler()])))
    return make_pipeline(*steps)


@st.composite
def native_encoders(draw: st.DrawFn, schema: Schema) -> tuple[ColumnTransformer, list[int]]:
    """Return an encoder of categories to codes, for splits on categories, and the places of these codes."""
    properties = schema["properties"]
    named = [name for name, value in properties.items() if value["x-kind"] in ("category", "boolean")]
    parts: list[Any] = []
    for name in named:
        told = properties[name].get("enum") or properties[name]["x-choices"]
        choices = [choice for choice in told if choice is not None]
        levels = [np.array(choices[: draw(st.integers(1, len(choices)))], dtype=object)]
        unknown = draw(st.sampled_from([-1, np.nan]))
        codes = OrdinalEncoder(categories=levels, handle_unknown="use_encoded_value", unknown_value=unknown)
        parts.append((name, codes, [name]))
    for name, value in properties.items():
        if value["x-kind"] == "date":
            parts.append((name, FunctionTransformer(expand, kw_args={"since": draw(DATES), "fill": None}), [name]))
        elif name not in named:
            parts.append((name, "passthrough", [name]))
    parts = draw(st.permutations(parts))
    widths = [4 if properties[name]["x-kind"] == "date" else 1 for name, _encoder, _names in parts]
    starts = np.cumsum([0, *widths])[:-1].tolist()
    places = [start for (name, _encoder, _names), start in zip(parts, starts, strict=True) if name in named]
    return ColumnTransformer(parts, sparse_threshold=0), places


CLASSIFIERS = [
    (LogisticRegression, {"C": st.sampled_from([0.01, 1.0]), "solver": st.just("newton-cholesky")}),
    (DecisionTreeClassifier, FOREST),
    (RandomForestClassifier, {"n_estimators": FEW, **FOREST}),
    (ExtraTreesClassifier, {"n_estimators": FEW, **FOREST}),
    (GradientBoostingClassifier, {"n_estimators": FEW, "init": st.sampled_from([None, "zero"]), **FOREST}),
    (HistGradientBoostingClassifier, {"max_iter": FEW, "min_samples_leaf": FEW}),
]
REGRESSORS = [
    (Ridge, {"alpha": st.sampled_from([0.1, 10.0])}),
    (DecisionTreeRegressor, FOREST),
    (RandomForestRegressor, {"n_estimators": FEW, **FOREST}),
    (ExtraTreesRegressor, {"n_estimators": FEW, **FOREST}),
    (GradientBoostingRegressor, {"n_estimators": FEW, "loss": st.sampled_from(["squared_error", "huber"]), **FOREST}),
    (HistGradientBoostingRegressor, {"max_iter": FEW, "min_samples_leaf": FEW}),
]
HISTOGRAM = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
LINEAR = (LogisticRegression, Ridge)
TAKING_NO_NAN = (*LINEAR, GradientBoostingClassifier, GradientBoostingRegressor)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Pipeline, pd.DataFrame, Schema, Any]:
    """Return an unfitted pipeline, a table with its schema, and a target."""
    features, schema = draw(tables())
    classes = draw(st.sampled_from([0, 2, 3]))
    kind, choices = draw(st.sampled_from(CLASSIFIERS if classes else REGRESSORS))
    estimator = kind(**{name: draw(values) for name, values in choices.items()})
    encoder = draw(encoders(schema, takes_nan=kind not in TAKING_NO_NAN, scaled=kind in LINEAR))
    if kind in HISTOGRAM and draw(st.booleans()):
        encoder, codes = draw(native_encoders(schema))
        estimator.set_params(categorical_features=codes or None)
    if classes and draw(st.booleans()):
        method, ensemble = draw(st.sampled_from(["sigmoid", "isotonic"])), draw(st.booleans())
        estimator = CalibratedClassifierCV(estimator, method=method, ensemble=ensemble, cv=2)
    target = np.arange(N) % classes if classes else np.random.default_rng(draw(st.integers(0, 99))).normal(size=N)
    return make_pipeline(encoder, estimator), features, schema, target


@given(case=cases())
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_any_pipeline_is_baked_as_it_answers(case: tuple[Pipeline, pd.DataFrame, Schema, Any]) -> None:
    pipeline, features, schema, target = case
    with warnings.catch_warnings(action="ignore"):  # of fits that do not converge on so little
        pipeline.fit(features, target)
    optional = [name for name in schema["properties"] if name not in schema["required"]]
    baked = json.loads(json.dumps(bake_estimator(pipeline, optional), allow_nan=False))
    check_parity(pipeline, baked, features, schema)
