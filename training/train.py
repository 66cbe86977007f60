"""Training from end to end: read, check, fold, split, choose, evaluate, bake, and only then write."""

from __future__ import annotations

import json
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.pipeline import Pipeline

from predict.model import FORMAT, document_version
from predict.settings import PACKAGED_MODEL
from training import ROOT
from training.bake import bake_estimator
from training.dataset import FOLDS, Dataset, prepare
from training.parity import check_parity
from training.problem import Problem
from training.schema import parse_features, typical_row
from training.selection import Report, choose, cross_validate_candidates, evaluate_held_out, fit
from training.table import Table, read_table

MODEL_FOLDER = ROOT / "build" / "model"
VERSIONED = ("joblib", "numpy", "pandas", "scikit-learn", "scipy")


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


def save(
    document: dict[str, Any], pipeline: Pipeline, out: Path = MODEL_FOLDER, function_model: Path = PACKAGED_MODEL
) -> None:
    """Write model.json and model.joblib to the folder `out`, then model.json to where the function finds it.

    Everything is written under other names first: each file appears whole or not at all.

    Raises:
        OSError: a folder cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    temporary = function_model.with_name(f".{function_model.name}.new")
    with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as folder:
        joblib.dump(pipeline, Path(folder) / "model.joblib")
        (Path(folder) / "model.json").write_text(text, encoding="utf-8")
        try:
            shutil.copyfile(Path(folder) / "model.json", temporary)
            for name in ("model.joblib", "model.json"):
                (Path(folder) / name).replace(out / name)
            temporary.replace(function_model)
        finally:
            temporary.unlink(missing_ok=True)
