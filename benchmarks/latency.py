"""Warm latency: a POST /predict through the Mangum handler, in process and under Lambda's runtime."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.bar import Bar
from benchmarks.measure import FLOOR, FUNCTION, NAIVE, Measure, take_turns
from benchmarks.packages import HANDLER
from benchmarks.request import Request
from benchmarks.worker import Worker
from infra.runtime import LambdaRuntime

ROUNDS, CALLS = 40, 25


def bench_latency(packages: dict[str, Path], request: Request) -> tuple[list[Measure], list[Bar]]:
    """Time warm calls, the median of each round's."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(package)) for name, package in packages.items()}
        runs = {name: timed(worker, request.event, request.check) for name, worker in workers.items()}
        in_process = Measure("warm /predict, in process", "ms", take_turns(runs, ROUNDS))
    with ExitStack() as stack:
        log = stack.enter_context(Path(os.devnull).open("wb"))
        runs = {
            name: invoked(stack.enter_context(LambdaRuntime(package, handler=HANDLER, log=log)), request)
            for name, package in packages.items()
        }
        under_runtime = Measure("warm /predict, Lambda runtime", "ms", take_turns(runs, ROUNDS))
    # Under the runtime, naive is held to no bar: the emulator's own millisecond keeps even the floor from six times.
    bars = [
        Bar(f"{in_process.name}, times the floor", in_process.ratio(FUNCTION, FLOOR), most=1.6),
        Bar(f"{in_process.name}, naive times the function", in_process.ratio(NAIVE, FUNCTION), least=6),
        Bar(f"{under_runtime.name}, times the floor", under_runtime.ratio(FUNCTION, FLOOR), most=1.1),
    ]
    return [in_process, under_runtime], bars


def timed(worker: Worker, event: Any, check: Callable[[Any], object]) -> Callable[[], float]:
    """Return a round of calls within a worker's process: the median in milliseconds, without the pipe to it."""

    def run() -> float:
        answer, times = worker.call(event, CALLS)
        check(answer)
        return statistics.median(times) * 1e3

    return run


def invoked(runtime: LambdaRuntime, request: Request) -> Callable[[], float]:
    """Return a round of invocations: the median in milliseconds, as the client of the runtime sees them."""
    event = request.event

    def run() -> float:
        times = []
        for _ in range(CALLS):
            start = time.perf_counter()
            answer = runtime.invoke(event)
            times.append((time.perf_counter() - start) * 1e3)
            request.check(answer)
        return statistics.median(times)

    return run
