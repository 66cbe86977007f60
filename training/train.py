"""Training from end to end: read, check, fold, split, choose, evaluate, bake, and only then write."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.pipeline import Pipeline

from predict.settings import PACKAGED_MODEL
from training import ROOT
from training.checks import find_leaks, find_wide_categories, set_aside
from training.dataset import prepare
from training.document import build_document
from training.intent import find_intent
from training.problem import Problem
from training.reporting.report import render_report
from training.schema import parse_features
from training.selection import Report, choose, cross_validate_candidates, fit
from training.sources.source import name_source
from training.table import read_table
from training.writing import write_files

MODEL_FOLDER = ROOT / "build" / "model"


@dataclass(frozen=True)
class Trained:
    """What training arrives at: the contents of model.json, the fitted pipeline, and the distinct rows of the table."""

    document: dict[str, Any]
    pipeline: Pipeline
    features: pd.DataFrame


def train(problem: Problem, report: Report = print) -> Trained:
    """Train on the table that `problem` names; write nothing.

    Raises:
        InputError: the table cannot be used.
        ParityError: the baked scorer differs from scikit-learn.
    """
    report(f"reading {name_source(problem.data)}")
    table = read_table(problem.data, problem)
    table, left_out = set_aside(table, problem)
    dataset = prepare(table, problem)
    notices = [*table.notices, *left_out, *find_wide_categories(dataset, problem), *find_leaks(dataset)]
    for notice in notices:
        report(f"note: {notice}")
    scores = cross_validate_candidates(dataset, report)
    chosen = scores.iloc[choose(scores)]
    report(f"fitting: {chosen['candidate']}")
    pipeline = fit(dataset, chosen["candidate"], chosen["settings"])
    report("evaluating, explaining and baking, and checking the baked model against scikit-learn")
    features = parse_features(table.rows, dataset.schema).drop_duplicates(ignore_index=True)
    intent = find_intent(problem.name)
    document = build_document(problem, table, dataset, scores, chosen, pipeline, features, notices, intent)
    return Trained(document, pipeline, features)


def render_files(trained: Trained, out: Path, function_model: Path | None = None) -> dict[Path, bytes]:
    """Return what `save` writes: the contents of each file."""
    text = json.dumps(trained.document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    pipeline = io.BytesIO()
    joblib.dump(trained.pipeline, pipeline)
    report = render_report(trained.document).encode()
    files = {out / "model.joblib": pipeline.getvalue(), out / "report.html": report}
    if function_model:  # the function finds its report beside its model
        files[function_model.with_name("report.html")] = report
    return files | {place: text.encode() for place in (out / "model.json", function_model) if place}


def save(trained: Trained, out: Path = MODEL_FOLDER, function_model: Path | None = PACKAGED_MODEL) -> None:
    """Write model.json, model.joblib and report.html to the folder `out`, and the first and last for the function.

    With None for `function_model` the function keeps the model that it has. Each file appears whole or not at all.

    Raises:
        InputError: a file cannot be written; the files are those of before.
    """
    write_files(render_files(trained, out, function_model))
