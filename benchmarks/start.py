"""Cold starts: from the spawn of a process to its first right answer."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path

from benchmarks.bar import Bar
from benchmarks.measure import FLOOR, FUNCTION, NAIVE, Measure, take_turns
from benchmarks.packages import HANDLER
from benchmarks.request import Request
from benchmarks.worker import Worker
from infra.runtime import LambdaRuntime

STARTS = 30


def bench_starts(packages: dict[str, Path], request: Request) -> tuple[list[Measure], list[Bar]]:
    """Start each package 30 times, in a plain process and under Lambda's runtime."""
    measures = []
    for name, start in (("plain process", start_process), ("Lambda runtime", start_runtime)):
        runs = {contestant: partial(start, package, request) for contestant, package in packages.items()}
        measures.append(Measure(f"cold start, {name}", "s", take_turns(runs, STARTS)))
    bars = []
    for measure in measures:
        bars += [
            Bar(f"{measure.name}, times the floor", measure.ratio(FUNCTION, FLOOR), most=1.15),
            Bar(f"{measure.name}, naive times the function", measure.ratio(NAIVE, FUNCTION), least=4.5),
        ]
    return measures, bars


def start_process(package: Path, request: Request) -> float:
    """Return the seconds in which a new Python process imports the handler and answers."""
    start = time.perf_counter()
    with Worker(package) as worker:
        answer, _times = worker.call(request.event)
        seconds = time.perf_counter() - start
    request.check(answer)
    return seconds


def start_runtime(package: Path, request: Request) -> float:
    """Return the seconds in which Lambda's runtime starts, imports the handler and answers."""
    with Path(os.devnull).open("wb") as log:
        start = time.perf_counter()
        with LambdaRuntime(package, handler=HANDLER, log=log) as runtime:
            answer = runtime.invoke(request.event)
            seconds = time.perf_counter() - start
    request.check(answer)
    return seconds
