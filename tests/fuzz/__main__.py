"""Fuzz everything, long: `make fuzz`."""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.report import machine, table
from benchmarks.slope import PER, find_slope
from infra.archive import unpack_read_only
from infra.package import build
from predict.settings import PACKAGED_MODEL
from tests.fuzz.campaign import Tally
from tests.fuzz.plan import FILES, GROUPS, REQUESTS

LEAST = {REQUESTS: 200_000, FILES: 50_000}
MOST_SLOPE = 2.0  # MiB per 10,000 inputs
# glibc gives what is freed back at once, so that what is weighed is what is held, and not holes between it
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "16384", "MALLOC_TRIM_THRESHOLD_": "65536"}


def main(
    share: Annotated[float, typer.Option(help="Of the whole campaign, such as 0.01.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The first: that of a finding, to see it again with a small share.")] = 0,
    jobs: Annotated[int, typer.Option(help="Campaigns at a time.")] = os.cpu_count() or 1,
) -> None:
    """Send 200,000 requests and 50,000 files; the exit code is 1 if any did what it should not."""
    start = time.monotonic()
    os.environ.update(MALLOC)
    tallies: list[Tally] = []
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "task"
        unpack_read_only(build(Path(folder) / "function"), package)
        with ProcessPoolExecutor(jobs, get_context("fork")) as pool:  # all imports are there already
            for future in as_completed([pool.submit(group, PACKAGED_MODEL, package, share, seed) for group in GROUPS]):
                if error := future.exception():  # what the others find is told all the same
                    broken.append("".join(traceback.format_exception(error)))
                    print(broken[-1], flush=True)
                    continue
                for tally in future.result():
                    print(f"{tally.name}: {tally.count:,} inputs, {len(tally.findings)} findings", flush=True)
                    tallies.append(tally)
    print(machine())
    print(report(tallies))
    print(f"In {(time.monotonic() - start) / 60:.0f} minutes, {jobs} at a time.")
    findings = [each for tally in tallies for each in tally.findings] + find_shortfalls(tallies, share)
    print(*findings, sep="\n\n")
    raise typer.Exit(1 if findings or broken else 0)


def report(tallies: list[Tally]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        [
            tally.name,
            f"{tally.count:,}",
            ", ".join(f"{word}: {count:,}" for word, count in tally.outcomes.most_common()),
            f"{tally.slowest_s:.2f}",
            f"{find_slope(tally.memory_mib):.2f}" if is_measured(tally) else "not measured",
            str(len(tally.findings)),
        ]
        for tally in tallies
    ]
    head = ["", "inputs", "answers", "slowest, s", "memory, MiB per 10,000", "findings"]
    return table(head, lines)


def is_measured(tally: Tally) -> bool:
    """Return whether it was weighed, and sent enough for its memory to be judged."""
    return tally.count >= PER and bool(tally.memory_mib)


def find_shortfalls(tallies: list[Tally], share: float) -> list[str]:
    """Return what keeps the whole from its bars: too few inputs, or memory that grows."""
    short = []
    for kind, least in LEAST.items():
        count = sum(tally.count for tally in tallies if tally.kind == kind)
        print(f"{count:,} {kind}")
        if count < least * share:
            short.append(f"{count:,} {kind} are fewer than {least * share:,.0f}")
    for tally in tallies:
        slope = find_slope(tally.memory_mib)
        if is_measured(tally) and not slope <= MOST_SLOPE:  # nor where it is NaN
            short.append(
                f"{tally.name}: memory grows by {slope:.2f} MiB per 10,000 inputs, {MOST_SLOPE:g} at most may be"
            )
    return short


if __name__ == "__main__":
    typer.run(main)
