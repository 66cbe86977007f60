"""Latency: a warm POST /predict through the Mangum handler, against a floor that validates but does not score.

Speeds are ratios of medians: the contestants take turns in one process, so that a noisy machine disturbs them alike.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pandas as pd
from mangum import Mangum

from benchmarks.floor import floor_handler
from predict.app import create_app, page_folder
from predict.model import Model, load_model
from predict.scorer import Scorer
from training import ROOT
from training.bake import bake_estimator
from training.dataset import prepare
from training.problem import PROBLEM_FILE, read_problem
from training.selection import fit
from training.table import read_table

EVENT = json.loads((ROOT / "tests" / "events" / "http-api.json").read_text(encoding="utf-8"))
ROUNDS, CALLS = 100, 50


def medians(contestants: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median time of a call of each contestant, in microseconds."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, call in contestants.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            times[name].append((time.perf_counter() - start) / CALLS * 1e6)
    return {name: statistics.median(rounds) for name, rounds in times.items()}


def bench_latency() -> None:
    """Time a warm POST /predict through the Mangum handler, in process, for each candidate."""
    problem = read_problem(PROBLEM_FILE)
    dataset = prepare(read_table(problem.data, problem), problem)
    served = load_model(ROOT / "functions" / "predict" / "model.json")
    row = served.document["typical_row"]
    event = {**EVENT, "body": json.dumps(row)}
    pipelines = {}
    contestants: dict[str, Callable[[], object]] = {"floor": call(floor_handler(served), event)}
    for name in ("logistic regression", "gradient boosting", "extra trees"):
        pipelines[name] = fit(dataset, name, {})
        model = Model(served.document, Scorer(bake_estimator(pipelines[name])))
        contestants[name] = call(Mangum(create_app(model, page_folder()), lifespan="off"), event)
    found = medians(contestants)
    frame = pd.DataFrame([row])
    boosted = pipelines["gradient boosting"]
    found |= medians({"gradient boosting by pandas and scikit-learn, no HTTP": lambda: boosted.predict_proba(frame)})
    print(f"Warm POST /predict through the Mangum handler, median of {ROUNDS} rounds of {CALLS} calls")
    for name, time_us in found.items():
        print(f"  {name:55} {time_us:8.0f} us   {time_us / found['floor']:6.2f} x the floor")


def call(handler: Mangum, event: dict[str, Any]) -> Callable[[], object]:
    """Return a call of `handler` with `event`, once that has been seen to succeed."""
    context = SimpleNamespace(aws_request_id="benchmark")
    answer = handler(event, context)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"the benchmark's request was refused: {answer}")
    return lambda: handler(event, context)
