"""Memory: what a process holds that has answered 1,000 requests."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.bar import Bar
from benchmarks.measure import FLOOR, FUNCTION, Measure, take_turns
from benchmarks.request import Request
from benchmarks.worker import Worker

REQUESTS, REPEATS = 1_000, 5


def bench_memory(packages: dict[str, Path], request: Request) -> tuple[list[Measure], list[Bar]]:
    """Weigh each package's process, one at a time, five times."""
    found = take_turns({name: partial(weigh, package, request) for name, package in packages.items()}, REPEATS)
    measures = [
        Measure(
            f"{size} after {REQUESTS:,} requests",
            "MiB",
            {name: [weights[size] for weights in rounds] for name, rounds in found.items()},
        )
        for size in found[FUNCTION][0]
    ]
    return measures, [Bar(f"{each.name}, times the floor", each.ratio(FUNCTION, FLOOR), most=1.3) for each in measures]


def weigh(package: Path, request: Request) -> dict[str, float]:
    """Return the memory in MiB of a process that has answered the request 1,000 times."""
    with Worker(package) as worker:
        answer, _times = worker.call(request.event, REQUESTS)
        request.check(answer)
        return worker.memory_mib
