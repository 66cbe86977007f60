"""Training from end to end: read, check, fold, split, choose, evaluate, bake, and only then write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from predict.model import PICKLE, REPORT, is_pickled
from predict.settings import PACKAGED_MODEL
from training import ROOT
from training.candidates import make_candidates
from training.checks import find_doubts, find_leaks, set_aside
from training.dataset import prepare
from training.document import build_document, render_document
from training.errors import CellError
from training.intent import find_intent
from training.pickling import dump_pipeline
from training.problem import Problem
from training.reporting.report import render_report
from training.schema import parse_features
from training.selection import Report, Search, choose, cross_validate_candidates, fit, run_search, told
from training.sources.places import locate
from training.sources.source import Opener, name_source, open_source
from training.table import Table, read_table
from training.writing import write_files

MODEL_FOLDER = ROOT / "build" / "model"


@dataclass(frozen=True)
class Trained:
    """What training arrives at: the contents of model.json, the fitted pipeline, and the distinct rows of the table.

    `pickled` are the contents of model.joblib.
    """

    document: dict[str, Any]
    pipeline: Pipeline
    features: pd.DataFrame
    pickled: bytes


def train(
    problem: Problem, report: Report = print, opener: Opener = open_source, search: Search = run_search
) -> Trained:
    """Train on the table that `problem` names; write nothing. `opener` reads it, and `search` tries the candidates.

    Raises:
        InputError: the table cannot be used, or the estimator that problem.toml names.
        ParityError: the baked scorer differs from scikit-learn.
    """
    report(f"reading {name_source(problem.data)}")
    table = read_table(problem.data, problem, opener)
    try:
        return _train(table, problem, report, search)
    except CellError as error:
        raise locate(error, problem.data, problem) from None


def _train(table: Table, problem: Problem, report: Report, search: Search) -> Trained:
    table, left_out = set_aside(table, problem)
    dataset = prepare(table, problem)
    leaks = find_leaks(dataset)
    notices = [
        *table.notices,
        *(f"the column {name!r} is left out: {reason}" for name, reason in left_out.items()),
        *find_doubts(table, problem),
        *leaks.values(),
    ]
    for notice in notices:
        report(f"note: {notice}")
    candidates = make_candidates(dataset, problem)
    scores = cross_validate_candidates(dataset, report, candidates, search)
    chosen = scores.iloc[choose(scores) if problem.estimator is None else -1]
    report(f"fitting: {chosen['candidate']}")
    pipeline = fit(dataset, chosen["candidate"], chosen["settings"], candidates)
    pickled = dump_pipeline(pipeline)
    report("evaluating, explaining and baking, and checking the baked model against scikit-learn")
    features = parse_features(table.rows, dataset.schema).drop_duplicates(ignore_index=True)
    intent = find_intent(problem.name)
    baked = pickled if problem.bake == "image" else None
    (candidate,) = (each for each in candidates if each.name == chosen["candidate"])
    with told(candidate):
        document = build_document(
            problem, table, dataset, scores, chosen, pipeline, features, notices, list(leaks), intent, baked
        )
    return Trained(document, pipeline, features, pickled)


def render_files(trained: Trained, out: Path, function_model: Path | None = None) -> dict[Path, bytes]:
    """Return what `save` writes: the contents of each file."""
    text = render_document(trained.document)
    report = render_report(trained.document).encode()
    files = {out / PICKLE: trained.pickled, out / REPORT: report}
    if function_model:  # the function finds its report beside its model, and the pickle where it takes that
        files[function_model.with_name(REPORT)] = report
        if is_pickled(trained.document):
            files[function_model.with_name(PICKLE)] = trained.pickled
    return files | {place: text for place in (out / "model.json", function_model) if place}


def save(
    trained: Trained,
    out: Path = MODEL_FOLDER,
    function_model: Path | None = PACKAGED_MODEL,
    others: Mapping[Path, bytes] | None = None,
) -> None:
    """Write model.json, model.joblib and report.html to the folder `out`, what the function needs for it, and `others`.

    With None for `function_model` the function keeps the model that it has. Each file appears whole or not at all. A
    pickle of a model before, which the function does not need any more, is removed.

    Raises:
        InputError: a file cannot be written; the files are those of before.
    """
    files = render_files(trained, out, function_model)
    write_files(files | dict(others or {}))
    if function_model and function_model.with_name(PICKLE) not in files:
        function_model.with_name(PICKLE).unlink(missing_ok=True)
