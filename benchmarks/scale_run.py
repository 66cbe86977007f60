"""What is measured for scale, each in a process of its own, which prints what it took as JSON."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

from training.cluster.checkpoint import Checkpoint
from training.cluster.connection import connect
from training.cluster.folding import make_opener
from training.problem import PROBLEM_FILE, read_problem
from training.scoring.job import score_table
from training.scoring.model import read_model
from training.table import read_table


def fold(pattern: str, workers: str, folder: str) -> None:
    """Fold the table of files that a pattern names by so many workers of this machine, kept in `folder`.

    Prints rows, seconds, seconds of the workers' processors, and the MiB that one of them held at most.
    """
    with connect(f"local:{workers}", _quiet) as client:
        before, start = list(client.run(usage).values()), time.perf_counter()
        opener = make_opener(client, Checkpoint(Path(folder), "any"), _quiet)
        table = read_table(pattern, read_problem(PROBLEM_FILE), opener)
        wall_s = time.perf_counter() - start
        after = list(client.run(usage).values())
    cpu_s = sum(cpu for cpu, _mib in after) - sum(cpu for cpu, _mib in before)
    _print(int(table.counts.sum()), wall_s, cpu_s, max(mib for _cpu, mib in after))


def score(table: str, out: str, folder: str) -> None:
    """Score the CSV file `table` to the file `out` with the model in `folder`, and print as `fold` does."""
    model = read_model(Path(folder))
    (before, _mib), start = usage(), time.perf_counter()
    done = score_table(table, Path(out), model, _quiet)
    wall_s = time.perf_counter() - start
    cpu_s, mib = usage()
    _print(done.rows, wall_s, cpu_s - before, mib)


def usage() -> tuple[float, float]:
    """Return the seconds of a processor that this process has used, and the most MiB that it has held."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    # its own peak: ru_maxrss is that of the process that it was forked from, too
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return used.ru_utime + used.ru_stime, int(peak.split()[1]) / 1024


def _print(rows: int, wall_s: float, cpu_s: float, mib: float) -> None:
    print(json.dumps({"rows": rows, "wall_s": wall_s, "cpu_s": cpu_s, "mib": mib}))


def _quiet(_step: str) -> None:
    pass
