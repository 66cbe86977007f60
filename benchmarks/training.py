"""Training: a whole run; folded against unfolded rows; and vectorised figures against scikit-learn's in a loop."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from benchmarks.bar import Bar
from benchmarks.process import run_python
from predict.model import load_model
from training.dataset import Rows, prepare
from training.encoders import make_encoder
from training.evaluation import DRAWS, evaluate
from training.prediction import predict_held_out
from training.problem import PROBLEM_FILE, read_problem
from training.selection import fit
from training.table import read_table

TRAIN = """
import sys
from dataclasses import replace
from pathlib import Path
from training.problem import PROBLEM_FILE, read_problem
from training.train import save, train

problem, out = read_problem(PROBLEM_FILE), Path(sys.argv[1])
save(train(replace(problem, data=sys.argv[2]), lambda _step: None), out, None)
"""
NAIVE_DRAWS = 20
TREES = 20  # of a hundred, to take a fifth of the time: each costs the same
T = TypeVar("T")


def bench_training(data: str | None) -> list[Bar]:
    """Time the training of a table in a process of its own: read, fold, choose, evaluate, report and bake."""
    source = data or read_problem(PROBLEM_FILE).data
    with tempfile.TemporaryDirectory() as folder:
        run = run_python(TRAIN, folder, source)
        document = load_model(Path(folder) / "model.json").document
    rows, validation = document["provenance"]["data"]["rows"], document["metrics"]["cross_validation"]
    print(
        f"Training on {rows:,} rows of {source}, {validation['repeats']} x {validation['folds']} folds, "
        f"{DRAWS:,} draws: {run.wall_s:.1f} s (bar: 60), {run.peak_mib:.0f} MiB with all its processes (bar: 1,024)"
    )
    figures = document["metrics"]["held_out"]["model"]
    for name in ("roc_auc", "calibration_slope", "log_loss"):
        print("  {} {value:.6f}, 95 % interval {low:.6f} to {high:.6f}".format(name, **figures[name]))
    return [
        Bar(f"training on {source}, s", run.wall_s, most=60),  # six times what it takes on two cores
        Bar(f"training on {source}, MiB", run.peak_mib, most=1_024),
        Bar(f"ROC AUC on held-out rows of {source}, upper end of its interval", figures["roc_auc"]["high"], least=0.61),
        Bar(
            f"calibration slope on held-out rows of {source}",
            figures["calibration_slope"]["value"],
            most=1.1,
            least=0.9,
        ),
    ]


def bench_folding_of_a_fit(data: str | None) -> list[Bar]:
    """Fit gradient boosting on folded rows with counts, and on the same rows unfolded."""
    problem = read_problem(PROBLEM_FILE)
    dataset = prepare(read_table(data or problem.data, problem), problem)
    encoder = make_encoder(dataset.schema, dataset.train, "plain").fit(dataset.train.features)
    rows = dataset.train
    single = rows.take(np.repeat(np.arange(len(rows)), rows.counts), np.ones(rows.total, dtype=np.int64))

    def fitted(part: Rows) -> Callable[[], GradientBoostingClassifier]:
        features = encoder.transform(part.features)
        estimator = GradientBoostingClassifier(n_estimators=TREES, random_state=0)
        return lambda: estimator.fit(features, part.target, sample_weight=part.counts)

    (folded, folded_s), (unfolded, unfolded_s) = _timed(fitted(rows)), _timed(fitted(single))
    cells = encoder.transform(rows.features)
    difference = np.abs(folded.predict_proba(cells) - unfolded.predict_proba(cells)).max()
    print(
        f"A fit of gradient boosting, {TREES} trees, on {len(rows):,} distinct rows {folded_s:.3f} s, "
        f"on the {rows.total:,} rows that they stand for {unfolded_s:.1f} s: {unfolded_s / folded_s:.0f} x (bar: 200), "
        f"predictions differ by {difference:.1e} (bar: 1e-12)"
    )
    return [
        Bar("one fit, times as fast on folded rows", unfolded_s / folded_s, least=200),
        Bar("one fit, difference of predictions", float(difference), most=1e-12),
    ]


def bench_bootstrap() -> None:
    """Compare the figures over all bootstrap draws at once with a loop over draws of four of scikit-learn's."""
    problem = read_problem(PROBLEM_FILE)
    dataset = prepare(read_table(problem.data, problem), problem)
    held_out = predict_held_out(fit(dataset, "logistic regression", {}), dataset)
    generator = np.random.default_rng(0)
    _figures, ours_s = _timed(lambda: evaluate(held_out, generator))
    total, shares = held_out.counts.sum(), held_out.counts / held_out.counts.sum()

    def loop() -> None:
        for weights in generator.multinomial(total, shares, size=NAIVE_DRAWS):
            for figure in (log_loss, brier_score_loss, roc_auc_score, average_precision_score):
                figure(held_out.target, held_out.score, sample_weight=weights)

    _none, loop_s = _timed(loop)
    naive_s = loop_s / NAIVE_DRAWS * DRAWS
    print(
        f"Nine figures over {DRAWS:,} bootstrap draws {ours_s:.2f} s; four of them in a loop of scikit-learn's "
        f"functions {naive_s:.1f} s (from {NAIVE_DRAWS} draws): {naive_s / ours_s:.0f} x"
    )


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start
