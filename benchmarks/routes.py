"""Routes: /predict by each candidate, /explain against it, and a batch of 10,000 rows; all within the handler."""

from __future__ import annotations

import itertools
import json
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bar import Bar
from benchmarks.latency import ROUNDS, timed
from benchmarks.measure import FLOOR, FUNCTION, Measure, Ratio, ratio_of_medians, take_turns
from benchmarks.packages import OUT
from benchmarks.request import Request, make_event
from benchmarks.worker import Worker
from predict.contributions import MOST_SCORED
from predict.model import Model, document_version
from predict.scorer import Row, Scorer
from training.bake import bake_estimator
from training.candidates import make_candidates
from training.dataset import Dataset
from training.selection import estimation, fit

BATCH_ROWS, BATCH_CALLS = 10_000, 15
PREDICT, EXPLAIN, SCORE = "/predict", "/explain", "scoring"
SCORING = Path(__file__).with_name("scoring")


@dataclass(frozen=True)
class Explained:
    """What answers of a function with this candidate's model took, and scoring every mixture of two rows.

    Exact Shapley values of n fields are made of 2^n rows, which take each field from the row or the typical one;
    `scorings` is how many of them the model scored.
    """

    candidate: str
    is_linear: bool
    mixtures: int
    scorings: int
    measure: Measure

    @property
    def bar(self) -> Bar:
        """At most five times /predict for a linear model; else no more scorings than there are mixtures.

        Scorings are counted, since their time is half noise; `beside_predict` has it.
        """
        name = f"/explain, {self.candidate}"
        if self.is_linear:
            return Bar(f"{name}, times /predict", self.measure.ratio(EXPLAIN, PREDICT), most=5)
        return Bar(f"{name}, scorings", self.scorings, most=self.mixtures)

    @property
    def beside_predict(self) -> Ratio:
        """The time that /explain takes longer than /predict, against that of scoring every mixture."""
        explain, predict = self.measure.rounds[EXPLAIN], self.measure.rounds[PREDICT]
        longer = [long - short for long, short in zip(explain, predict, strict=True)]
        return ratio_of_medians(longer, self.measure.rounds[SCORE])


def bench_explanations(packages: dict[str, Path], dataset: Dataset, served: Model) -> list[Explained]:
    """Time /predict and /explain with every candidate of the table but the simplest, in turns with the floor."""
    with estimation():
        candidates = [candidate.name for candidate in make_candidates(dataset)[1:]]
    models = {name: bake(dataset, name, served) for name in candidates}
    request = Request.of(served)
    with ExitStack() as stack:
        floor = stack.enter_context(Worker(packages[FLOOR]))
        runs = {FLOOR: timed(floor, request.event, request.check)}
        for name, (path, model) in models.items():
            worker = stack.enter_context(Worker(packages[FUNCTION], MODEL_URI=str(path)))
            asked = Request.of(model)
            runs[f"{name} {PREDICT}"] = timed(worker, asked.event, asked.check)
            runs[f"{name} {EXPLAIN}"] = timed(worker, make_event(EXPLAIN, json.dumps(asked.row)), check_status)
            scorer = stack.enter_context(Worker(SCORING, MODEL_URI=str(path), PACKAGE=str(packages[FUNCTION])))
            runs[f"{name} {SCORE}"] = timed(scorer, mixtures(asked, model), lambda _answer: None)
        found = take_turns(runs, ROUNDS)
    explained = []
    for name, (_path, model) in models.items():
        own = {kind: found[f"{name} {kind}"] for kind in (PREDICT, EXPLAIN, SCORE)}
        is_linear = model.document["estimator"]["model"]["type"] == "linear"
        measure = Measure(name, "ms", {FLOOR: found[FLOOR], **own})
        scorings = count_scorings(model, request.row)
        explained.append(Explained(name, is_linear, len(mixtures(request, served)), scorings, measure))
    return explained


def count_scorings(model: Model, row: dict[str, Any]) -> int:
    """Return how many rows a model scores to explain one, when it has explained another before."""

    class CountingScorer(Scorer):
        calls = 0

        def predict(self, row: Row) -> list[float]:
            self.calls += 1
            return super().predict(row)

    scorer = CountingScorer(model.document["estimator"])
    counting = Model(model.document, scorer)
    counting.explain(model.document["typical_row"])
    scorer.calls = 0
    counting.explain(row)
    return scorer.calls


def bake(dataset: Dataset, candidate: str, served: Model) -> tuple[Path, Model]:
    """Fit a candidate and write it as the served model would be, were it that; return the path and the model."""
    optional = served.document["schema"]["properties"].keys() - set(served.document["schema"]["required"])
    document = {**served.document, "estimator": bake_estimator(fit(dataset, candidate, {}), optional)}
    document["version"] = document_version(document)
    path = OUT / f"{candidate.replace(' ', '-')}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path, Model(document, Scorer(document["estimator"]))


def mixtures(request: Request, model: Model) -> list[dict[str, Any]]:
    """Return what /explain has to score: rows that take each field from the request's row or the typical one."""
    choices = [(value, model.document["typical_row"][name]) for name, value in request.row.items()]
    rows = itertools.islice(itertools.product(*choices), MOST_SCORED)
    return [dict(zip(request.row, values, strict=True)) for values in rows]


def bench_batch(package: Path, dataset: Dataset) -> list[Bar]:
    """Time a batch of 10,000 rows, drawn from the table as often as they occur, as JSON and as CSV."""
    rows = dataset.train
    drawn = np.random.default_rng(0).choice(len(rows), BATCH_ROWS, p=rows.counts / rows.total)
    frame = rows.features.iloc[drawn]
    bodies = {
        "JSON": (frame.to_json(orient="records"), "application/json"),
        "CSV": (frame.to_csv(index=False), "text/csv"),
    }
    bars = []
    with Worker(package) as worker:
        for kind, (body, media_type) in bodies.items():
            answer, times_s = worker.call(make_event("/predict/batch", body, media_type), BATCH_CALLS)
            check_status(answer)
            bars.append(Bar(f"batch of {BATCH_ROWS:,} rows as {kind}, ms", statistics.median(times_s) * 1e3, most=150))
    return bars


def check_status(answer: dict[str, Any]) -> None:
    """Raise RuntimeError unless the request was answered."""
    if answer["statusCode"] != 200:
        raise RuntimeError(f"the benchmark's request was refused: {answer}")
