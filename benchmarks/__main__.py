"""Measure what README claims of speed and size: `make bench`.

Speeds are ratios of medians: the contestants take turns in one process, so that a noisy machine disturbs them alike.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pandas as pd
import typer
from mangum import Mangum

from benchmarks.floor.app import floor_handler
from infra.package import build, size_bytes
from predict.app import create_app, page_folder
from predict.model import Model, load_model
from predict.scorer import Scorer
from training import ROOT
from training.__main__ import PROBLEM_FILE
from training.bake import bake_estimator
from training.dataset import prepare
from training.problem import read_problem
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
    dataset = prepare(read_table(problem.data, problem), problem, problem.seed)
    served = load_model(ROOT / "functions" / "predict" / "model.json")
    row = served.document["typical_row"]
    event = {**EVENT, "body": json.dumps(row)}
    contestants: dict[str, Callable[[], object]] = {"floor": call(floor_handler(served), event)}
    for name in ("logistic regression", "gradient boosting"):
        pipeline = fit(name, dataset.train, problem.seed)
        model = Model(served.document, Scorer(bake_estimator(pipeline)))
        contestants[name] = call(Mangum(create_app(model, page_folder()), lifespan="off"), event)
    found = medians(contestants)
    frame = pd.DataFrame([row])
    found |= medians({"one row through pandas and scikit-learn, without HTTP": lambda: pipeline.predict_proba(frame)})
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


def bench_package() -> None:
    """Build the package for the running interpreter and weigh it."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "function")
        print(f"Package, unpacked, without .pyc: {size_bytes(Path(folder) / 'function') / 1e6:.1f} MB (bar: 12)")


def bench_training(data: str | None) -> None:
    """Time the training of a table in a process of its own, its imports included."""
    with tempfile.TemporaryDirectory() as folder:
        script = (
            "import sys; from pathlib import Path; from training.__main__ import PROBLEM_FILE;"
            "from training.problem import read_problem; from training.train import save, train;"
            "p = read_problem(PROBLEM_FILE); out = Path(sys.argv[1]);"
            "save(*train(p, sys.argv[2] or p.data, p.seed, lambda _: None), out, out / 'function.json');"
            "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        start = time.perf_counter()
        command = [sys.executable, "-c", script, folder, data or ""]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        wall_s = time.perf_counter() - start
        rows = json.loads((Path(folder) / "model.json").read_bytes())["provenance"]["data"]["rows"]
    peak = int(printed) * (1 if sys.platform == "darwin" else 1024)
    print(f"Training on {data or 'the bundled table'} ({rows:,} rows): {wall_s:.1f} s, peak {peak / 2**20:.0f} MiB")


def main(data: Annotated[str | None, typer.Option(help="Train on this table too.")] = None) -> None:
    """Run every benchmark."""
    bench_latency()
    bench_training(None)
    if data:
        bench_training(data)
    bench_package()


if __name__ == "__main__":
    typer.run(main)
