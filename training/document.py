"""The document: the contents of model.json, from a chosen and fitted pipeline."""

from __future__ import annotations

import gzip
import json
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from pickled import PickledScorer
from predict.model import FORMAT, document_version
from predict.scorer import Scorer
from training.bake import bake_estimator
from training.dataset import Dataset
from training.errors import InputError
from training.examples import draw_examples
from training.measurement import measure
from training.parity import check_parity
from training.pickling import bake_pickle, check_pickle
from training.problem import Problem
from training.properties import is_nullable
from training.schema import typical_row
from training.selection import FOLDS, REPEATS, draw_compared, loss_name
from training.table import Table

MOST_BYTES = 10_000_000  # of the baked numbers, gzipped
GZIP_LEVEL = 6  # as servers have it
VERSIONED = ("joblib", "numpy", "pandas", "scikit-learn", "scipy", "treelite")


def build_document(
    problem: Problem,
    table: Table,
    dataset: Dataset,
    scores: pd.DataFrame,
    chosen: pd.Series,
    pipeline: Pipeline,
    features: pd.DataFrame,
    notices: list[str],
    leaks: list[str],
    intent: str | None,
    pickled: bytes | None = None,
) -> dict[str, Any]:
    """Evaluate and bake the fitted pipeline, pass it through the parity gate and return the contents of model.json.

    Args:
        problem: what problem.toml says.
        table: the table as it was read.
        dataset: what was made of it.
        scores: of cross_validate_candidates.
        chosen: the line of `scores` that was chosen.
        pipeline: that candidate, fitted.
        features: the distinct rows that the gate compares.
        notices: what was found odd about the table.
        leaks: the features that alone give the target away.
        intent: what the model is for and its limits, in Markdown, if someone has written it.
        pickled: the contents of model.joblib, for the image bake.

    Raises:
        InputError: there is no portable bake of the pipeline, or it is too large.
        ParityError: the baked scorer differs from scikit-learn.
    """
    metrics = measure(pipeline, dataset, leaks)
    estimator, scorer = _bake(dataset, pipeline, pickled)
    train = dataset.train
    scale = 1.0 if dataset.target.classes else float(np.sqrt(np.cov(train.target, fweights=train.counts)))
    examples = draw_examples(scorer, train, dataset.schema, dataset.target, scale, dataset.seed)
    document = {
        "format": FORMAT,
        "name": problem.name,
        "title": problem.title,
        "task": dataset.target.task,
        "target": _target(dataset),
        "intended_use": intent,
        "caveats": problem.caveats,
        "schema": {**dataset.schema, "x-examples": examples},
        "typical_row": typical_row(dataset.schema),
        "baseline": _baseline(dataset, metrics),
        "metrics": {
            "chosen": {
                "candidate": chosen["candidate"],
                "settings": chosen["settings"],
                "stated": problem.estimator is not None,
            },
            "cross_validation": {
                "loss": loss_name(dataset.target.task),
                "folds": FOLDS,
                "repeats": REPEATS,
                "rows": draw_compared(dataset).total,
                "candidates": scores.to_dict("records"),
            },
            **metrics,
        },
        "provenance": {
            "data": {
                "file": table.source,
                "sha256": table.sha256,
                "content_sha256": table.content_sha256,
                "rows": int(table.counts.sum()),
                "distinct_rows": len(table.counts),
            },
            "seed": dataset.seed,
            "notices": notices,
            "versions": {package: version(package) for package in VERSIONED},
        },
        "parity": check_parity(pipeline, estimator, features, dataset.schema, scale)
        if pickled is None
        else check_pickle(pickled, pipeline, features, dataset.schema, dataset.target.task, scale),
        "estimator": {"name": chosen["candidate"], **estimator},
    }
    return {"version": document_version(document), **document}


def _bake(dataset: Dataset, pipeline: Pipeline, pickled: bytes | None) -> tuple[dict[str, Any], Scorer | PickledScorer]:
    """Return the estimator of model.json, and what scores rows with it."""
    if pickled is not None:
        fields = {"schema": dataset.schema, "task": dataset.target.task}
        return bake_pickle(pickled), PickledScorer(pipeline, fields)
    optional = [name for name, value in dataset.schema["properties"].items() if is_nullable(value)]
    try:
        estimator = bake_estimator(pipeline, optional)
    except TypeError as error:
        raise InputError(f'{error}; set bake = "image" in problem.toml, or name another estimator') from None
    _check_size(estimator)
    return estimator, Scorer(estimator)


def _target(dataset: Dataset) -> dict[str, Any]:
    target = dataset.target
    if not target.classes:
        return {"name": target.name}
    return {"name": target.name, "classes": list(target.classes), "labels": list(target.labels)}


def _baseline(dataset: Dataset, metrics: dict[str, Any]) -> dict[str, Any]:
    if not dataset.target.classes:
        error = metrics["held_out"]["model"]["mae"]["value"]
        return {"base_value": dataset.base_value, "typical_error": error}
    rates = dataset.class_rates.tolist()
    if dataset.target.task == "binary":
        return {"base_rate": rates[1], "class_rates": rates}
    return {"class_rates": rates}


def _check_size(estimator: dict[str, Any]) -> None:
    """Raise InputError for numbers that are more than a function should load, and a page fetch."""
    text = json.dumps(estimator, separators=(",", ":")).encode()
    size = len(gzip.compress(text, GZIP_LEVEL)) if len(text) > MOST_BYTES else 0
    if size > MOST_BYTES:
        raise InputError(
            f"the baked model has {size / 1e6:.1f} MB gzipped, at most {MOST_BYTES / 1e6:.0f} can be: fewer or smaller "
            "trees are smaller, by estimator_settings such as { max_leaf_nodes = 200 } in problem.toml; or set "
            'bake = "image"'
        )


def render_document(document: dict[str, Any]) -> bytes:
    """Return the text of model.json."""
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode()
