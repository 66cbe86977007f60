"""Training from end to end: read, check, fold, split, choose, evaluate, bake, and only then write."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import sklearn
from numpy.typing import NDArray
from sklearn.metrics import get_scorer
from sklearn.model_selection import PredefinedSplit, cross_validate
from sklearn.pipeline import Pipeline

from predict.model import FORMAT, document_version
from predict.settings import PACKAGED_MODEL
from training import ROOT
from training.bake import bake_estimator
from training.candidates import make_candidates
from training.errors import InputError
from training.evaluation import evaluate
from training.parity import check_parity
from training.problem import Problem
from training.schema import Schema, derive_schema, parse_features, typical_row
from training.split import TEST, split_counts
from training.table import Table, read_table

MODEL_FOLDER = ROOT / "build" / "model"
TEST_SHARE = 0.2
FOLDS = 5
FEWEST_PER_CLASS = 2 * FOLDS
VERSIONED = ("joblib", "numpy", "pandas", "scikit-learn", "scipy")

Report = Callable[[str], None]


@dataclass(frozen=True)
class Dataset:
    """A table made ready for estimators: its schema, and one row per distinct row and part of the split.

    `features` holds the schema's columns, `positive` whether the row is of the positive class, `part` the fold (0, 1,
    ...) or TEST, `counts` how many rows it stands for; all of shape (n,) or (n, features).
    """

    schema: Schema
    features: pd.DataFrame
    positive: NDArray[np.bool_]
    part: NDArray[np.int64]
    counts: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> Dataset:
        """Return the rows that `chosen`, of shape (n,), marks."""
        return Dataset(
            self.schema, self.features[chosen], self.positive[chosen], self.part[chosen], self.counts[chosen]
        )

    @property
    def train(self) -> Dataset:
        """The rows to choose and fit on."""
        return self.where(self.part != TEST)

    @property
    def test(self) -> Dataset:
        """The held-out rows."""
        return self.where(self.part == TEST)

    @property
    def base_rate(self) -> float:
        """The share of the positive class."""
        return float(self.counts[self.positive].sum() / self.counts.sum())


def train(problem: Problem, source: str, seed: int, report: Report = print) -> tuple[dict[str, Any], Pipeline]:
    """Return the contents of model.json and the fitted pipeline for the table at `source`; write nothing.

    Raises:
        InputError: the table cannot be used.
        ParityError: the baked scorer differs from scikit-learn.
    """
    report(f"reading {source}")
    table = read_table(source, problem)
    for notice in table.notices:
        report(f"note: {notice}")
    dataset = prepare(table, problem, seed)
    scores = cross_validate_candidates(dataset.train, seed, report)
    name = choose(scores)
    report(f"fitting and evaluating: {name}")
    pipeline = fit(name, dataset.train, seed)
    report("baking, and checking the baked model against scikit-learn")
    return build_document(problem, table, dataset, seed, scores, name, pipeline), pipeline


def prepare(table: Table, problem: Problem, seed: int) -> Dataset:
    """Derive the schema of `table` and split its rows by chance of `seed`.

    Raises:
        InputError: a column cannot be used, or a class has too few rows to be split.
    """
    classes = table.rows[problem.target].to_numpy(object)
    for name in sorted(set(classes)):
        rows = int(table.counts[classes == name].sum())
        if rows < FEWEST_PER_CLASS:
            raise InputError(f"the class {name!r} of {problem.target!r} has {rows} rows; {FEWEST_PER_CLASS} are needed")
    schema = derive_schema(table, problem)
    features = parse_features(table.rows, schema)
    parts = split_counts(table.counts, classes, TEST_SHARE, FOLDS, np.random.default_rng(seed))
    row = parts["row"].to_numpy()
    return Dataset(
        schema,
        features.iloc[row].reset_index(drop=True),
        classes[row] == problem.positive,
        parts["part"].to_numpy(),
        parts["count"].to_numpy(),
    )


def cross_validate_candidates(train: Dataset, seed: int, report: Report = print) -> pd.DataFrame:
    """Return a line per candidate: `candidate`, `log_loss` (mean over the folds) and `standard_error` of that mean."""
    lines = []
    with sklearn.config_context(enable_metadata_routing=True):
        for name, pipeline in make_candidates(train.schema, seed).items():
            report(f"cross-validating: {name}")
            scores = cross_validate(
                pipeline,
                train.features,
                train.positive,
                cv=PredefinedSplit(train.part),
                scoring=get_scorer("neg_log_loss").set_score_request(sample_weight=True),
                params={"sample_weight": train.counts},
                error_score="raise",
            )["test_score"]
            lines.append(
                {"candidate": name, "log_loss": -scores.mean(), "standard_error": scores.std(ddof=1) / FOLDS**0.5}
            )
    return pd.DataFrame(lines)


def choose(scores: pd.DataFrame) -> str:
    """Return the candidate of least log loss; of equal ones the first, which is the simplest."""
    return str(scores.loc[scores["log_loss"].idxmin(), "candidate"])


def fit(name: str, train: Dataset, seed: int) -> Pipeline:
    """Return the candidate `name` fitted on all rows of `train`."""
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_candidates(train.schema, seed)[name]
        return pipeline.fit(train.features, train.positive, sample_weight=train.counts)


def evaluate_held_out(pipeline: Pipeline, dataset: Dataset) -> dict[str, dict[str, float]]:
    """Return the figures on the held-out rows, of the fitted pipeline and of the training rows' base rate."""
    test = dataset.test
    base_rate = np.full(len(test.counts), dataset.train.base_rate)
    return {
        "model": evaluate(test.positive, pipeline.predict_proba(test.features)[:, 1], test.counts),
        "base_rate": evaluate(test.positive, base_rate, test.counts),
    }


def build_document(
    problem: Problem, table: Table, dataset: Dataset, seed: int, scores: pd.DataFrame, name: str, pipeline: Pipeline
) -> dict[str, Any]:
    """Bake the fitted pipeline, pass it through the parity gate and return the contents of model.json.

    Raises:
        ParityError: the baked scorer differs from scikit-learn.
    """
    estimator = bake_estimator(pipeline)
    parity = check_parity(
        pipeline, estimator, parse_features(table.rows, dataset.schema).drop_duplicates(), dataset.schema
    )
    train, test = dataset.train, dataset.test
    negative = next(text for text in table.rows[problem.target].unique() if text != problem.positive)
    document = {
        "format": FORMAT,
        "name": problem.name,
        "title": problem.title,
        "task": "binary",
        "target": {
            "name": problem.target,
            "positive": problem.positive,
            "positive_label": problem.labels.get(problem.positive, problem.positive),
            "negative": negative,
            "negative_label": problem.labels.get(negative, negative),
        },
        "caveats": problem.caveats,
        "schema": dataset.schema,
        "typical_row": typical_row(dataset.schema),
        "baseline": {"base_rate": train.base_rate},
        "metrics": {
            "chosen": name,
            "cross_validation": {
                "folds": FOLDS,
                "rows": int(train.counts.sum()),
                "candidates": scores.to_dict("records"),
            },
            "held_out": {"rows": int(test.counts.sum()), **evaluate_held_out(pipeline, dataset)},
        },
        "provenance": {
            "data": {
                "file": table.source,
                "sha256": table.sha256,
                "rows": int(table.counts.sum()),
                "distinct_rows": len(table.counts),
            },
            "seed": seed,
            "versions": {package: version(package) for package in VERSIONED},
        },
        "parity": parity,
        "estimator": {"name": name, **estimator},
    }
    return {"version": document_version(document), **document}


def save(document: dict[str, Any], pipeline: Pipeline, out: Path, function_model: Path = PACKAGED_MODEL) -> None:
    """Write model.json and model.joblib to the folder `out`, then model.json to where the function finds it."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as folder:
        joblib.dump(pipeline, Path(folder) / "model.joblib")
        (Path(folder) / "model.json").write_text(text, encoding="utf-8")
        for name in ("model.joblib", "model.json"):
            (Path(folder) / name).replace(out / name)
    temporary = function_model.with_name(f".{function_model.name}.new")
    shutil.copyfile(out / "model.json", temporary)
    temporary.replace(function_model)
