"""Boosting: a row through 100 trees of 31 leaves, against scikit-learn's own single row, and a batch of 10,000."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline

from benchmarks.bar import Bar
from benchmarks.measure import Measure, take_turns
from predict.row import RowValidator
from predict.scorer import Scorer
from training.bake import bake_estimator
from training.dataset import Rows
from training.edges import to_records
from training.encoders import make_encoder
from training.parity import check_parity

ROWS, NUMBERS, CATEGORIES, CHOICES = 5_000, 12, 4, 12
TREES, LEAVES, ROUNDS, SINGLES, BATCH_ROWS = 100, 31, 15, 20, 10_000
BAKED, PIPELINE = "baked", "scikit-learn"


def bench_boosting() -> tuple[list[Bar], str]:
    """Measure scoring of a mixed table of 16 fields with gaps, in the time of checking and scoring each row."""
    pipeline, features, schema = fit_boosting()
    estimator = bake_estimator(pipeline, list(schema["properties"]))
    check_parity(pipeline, estimator, features.iloc[:200], schema)
    scorer, validator = Scorer(estimator), RowValidator(schema)
    rows = to_records(features)
    singles = [features.iloc[[at]] for at in range(SINGLES)]
    many = [rows[at % ROWS] for at in range(BATCH_ROWS)]
    runs: dict[str, Callable[[], float]] = {
        BAKED: timed(lambda: [scorer.predict(row) for row in rows], ROWS),
        PIPELINE: timed(lambda: [pipeline.predict_proba(row) for row in singles], SINGLES),
        "batch": timed(lambda: [scorer.predict(validator.check(row)) for row in many], 1),
    }
    found = take_turns(runs, ROUNDS)
    measure = Measure("boosting", "ms", found)
    words = (
        f"{TREES} boosted trees of {LEAVES} leaves, {NUMBERS + CATEGORIES} fields with gaps: "
        f"{measure.median(BAKED):.3f} ms a row, {measure.ratio(PIPELINE, BAKED):.0f} times as fast as "
        "scikit-learn's single row"
    )
    return [
        Bar("boosting, ms a row", measure.median(BAKED), most=0.1),
        Bar("boosting, batch of 10,000 rows checked and scored, s", measure.median("batch") / 1_000, most=1),
    ], words


def fit_boosting() -> tuple[Pipeline, pd.DataFrame, dict[str, Any]]:
    """Return a fitted pipeline of numbers and categories with gaps, its rows, and their schema."""
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for at in range(NUMBERS):
        columns[f"n{at}"] = np.where(generator.random(ROWS) < 0.1, np.nan, generator.normal(size=ROWS))
        properties[f"n{at}"] = {"type": ["number", "null"], "minimum": -1e6, "maximum": 1e6, "x-kind": "number"}
        properties[f"n{at}"] |= {"x-range": [-5.0, 5.0], "x-example": 0.0}
    for at in range(CATEGORIES):
        choices = [f"choice {choice}" for choice in range(CHOICES)]
        columns[f"c{at}"] = pd.Series(generator.choice(choices, ROWS), dtype=object)
        properties[f"c{at}"] = {"type": ["string", "null"], "enum": [*choices, None], "x-kind": "category"}
        properties[f"c{at}"] |= {"x-example": choices[0]}
    features = pd.DataFrame(columns)
    target = (np.nansum(features.iloc[:, :NUMBERS], axis=1) + generator.normal(size=ROWS) > 0).astype(int)
    schema = {"properties": properties, "required": []}
    rows = Rows(features, target, np.ones(ROWS, dtype=np.int64), features.iloc[:, :0])
    estimator = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        early_stopping=False,
        categorical_features=list(range(CATEGORIES)),
        random_state=0,
    )
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = Pipeline([("encoder", make_encoder(schema, rows, "native")), ("estimator", estimator)])
    return pipeline.fit(features, target), features, schema


def timed(run: Callable[[], Any], rows: int) -> Callable[[], float]:
    """Return what gives the milliseconds that `run` takes for each of so many rows."""

    def measured() -> float:
        start = time.perf_counter()
        run()
        return 1_000 * (time.perf_counter() - start) / rows

    return measured
