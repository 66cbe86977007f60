"""Sources: 30 million rows folded from a file, and 3 million read from PostgreSQL where it is installed."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import sqlalchemy as sa

from benchmarks.bar import Bar
from benchmarks.process import run_python
from tests.postgres import find_binaries, serve_postgres
from training.problem import PROBLEM_FILE, read_problem
from training.sources.loading import load_database
from training.table import Table, read_table

TIMES = 10
CHUNK_ROWS = 500_000
FOLD = """
import sys
from training.problem import PROBLEM_FILE, read_problem
from training.table import read_table

table = read_table(sys.argv[1], read_problem(PROBLEM_FILE))
print(f"{table.counts.sum():,} rows, {len(table.counts)} of them distinct")
"""


def bench_sources() -> list[Bar]:
    """Fold a file of ten times the rows of the table, and load and read the rows of the table with PostgreSQL."""
    problem = read_problem(PROBLEM_FILE)
    table = read_table(problem.data, problem)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv.gz"
        write_unfolded(table, TIMES, path)
        run = run_python(FOLD, str(path))
        print(f"Folding {run.printed.strip()}: {run.wall_s:.1f} s, {run.peak_mib:.0f} MiB (bar: 400)")
        bars = [Bar(f"folding {TIMES} times the table, MiB", run.peak_mib, most=400)]

        binaries = find_binaries()
        if binaries is None:
            print("PostgreSQL is not installed: reading from it is not measured")
            return bars
        write_unfolded(table, 1, path)
        with serve_postgres(binaries) as url:
            start = time.perf_counter()
            load_database(problem, str(path), url, lambda _step: None)
            loaded_s = time.perf_counter() - start
            with fetched_rows() as fetched:
                start = time.perf_counter()
                found = read_table(url, replace(problem, data=url))
                read_s = time.perf_counter() - start
    if found.content_sha256 != table.content_sha256:
        raise RuntimeError("PostgreSQL gave another table")
    print(
        f"PostgreSQL: {table.counts.sum():,} rows loaded with COPY in {loaded_s:.1f} s, and read back folded in "
        f"{read_s:.1f} s, {sum(fetched):,} rows over the wire (bar: 1,000)"
    )
    return [*bars, Bar("rows over PostgreSQL's wire", sum(fetched), least=len(table.counts), most=1_000)]


@contextmanager
def fetched_rows() -> Iterator[list[int]]:
    """Yield a list that fills with the sizes of the pieces that a database sends."""
    fetched: list[int] = []
    partitions = sa.CursorResult.partitions

    def counted(result: sa.CursorResult[Any], size: int | None = None) -> Iterator[Any]:
        for rows in partitions(result, size):
            fetched.append(len(rows))
            yield rows

    with mock.patch.object(sa.CursorResult, "partitions", counted):
        yield fetched


def write_unfolded(table: Table, times: int, path: Path) -> None:
    """Write each row of `table` as often as it occurs, `times` over, in random order, as CSV.gz."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table.rows.to_numpy().tolist())
    lines = np.array(text.getvalue().splitlines(keepends=True), dtype=object)
    order = np.repeat(np.arange(len(lines)), table.counts)
    generator = np.random.default_rng(0)
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        csv.writer(file, lineterminator="\n").writerow(table.rows.columns)
        for _ in range(times):
            generator.shuffle(order)
            for start in range(0, len(order), CHUNK_ROWS):
                file.write("".join(lines[order[start : start + CHUNK_ROWS]]))
