"""Training from end to end: read, check, fold, split, choose, evaluate, bake, and only then write."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.pipeline import Pipeline

from predict.settings import PACKAGED_MODEL
from training import ROOT
from training.checks import find_leaks, set_aside
from training.dataset import prepare
from training.document import build_document
from training.problem import Problem
from training.reporting.report import render_report
from training.schema import parse_features
from training.selection import Report, choose, cross_validate_candidates, fit
from training.sources.source import name_source
from training.table import read_table

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
    notices = [*table.notices, *left_out, *find_leaks(dataset)]
    for notice in notices:
        report(f"note: {notice}")
    scores = cross_validate_candidates(dataset, report)
    chosen = scores.iloc[choose(scores)]
    report(f"fitting and evaluating: {chosen['candidate']}")
    pipeline = fit(dataset, chosen["candidate"], chosen["settings"])
    report("baking, and checking the baked model against scikit-learn")
    features = parse_features(table.rows, dataset.schema).drop_duplicates(ignore_index=True)
    return Trained(build_document(problem, table, dataset, scores, pipeline, features, notices), pipeline, features)


def save(trained: Trained, out: Path = MODEL_FOLDER, function_model: Path = PACKAGED_MODEL) -> None:
    """Write model.json, model.joblib and report.html to the folder `out`, and the first and last for the function.

    The function finds its report beside its model. Everything is written under other names first: each file appears
    whole or not at all.

    Raises:
        OSError: a folder cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(trained.document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    page = render_report(trained.document)
    with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as folder:
        joblib.dump(trained.pipeline, Path(folder) / "model.joblib")
        (Path(folder) / "model.json").write_text(text, encoding="utf-8")
        (Path(folder) / "report.html").write_text(page, encoding="utf-8")
        copies = {name: function_model.with_name(f".{name}.new") for name in ("model.json", "report.html")}
        try:
            for name, copy in copies.items():
                shutil.copyfile(Path(folder) / name, copy)
            for name in ("model.joblib", "report.html", "model.json"):
                (Path(folder) / name).replace(out / name)
            copies["report.html"].replace(function_model.with_name("report.html"))
            copies["model.json"].replace(function_model)
        finally:
            for copy in copies.values():
                copy.unlink(missing_ok=True)
