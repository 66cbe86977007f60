"""Scale: time and memory against rows, folded by one worker and two, and scored: python -m benchmarks.scale."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer
from matplotlib.figure import Figure
from pyarrow import csv, parquet

from benchmarks.bar import Bar
from benchmarks.measure import show
from benchmarks.process import run_python
from benchmarks.report import PAGE, machine, put, table
from training.problem import PROBLEM_FILE, read_problem
from training.table import Table, read_table
from training.train import MODEL_FOLDER

PLOT = Path(__file__).with_name("scale.png")
FILE_ROWS = 1_000_000  # of a file of the table that is folded
MOST_FLAT = 1.1  # times the memory of a million rows
FOLD = "import sys; from benchmarks.scale_run import fold; fold(*sys.argv[1:])"
SCORE = "import sys; from benchmarks.scale_run import score; score(*sys.argv[1:])"


@dataclass(frozen=True)
class Run:
    """What was run, on how many rows, how long it took, and the most memory that a worker, or the process, held."""

    name: str
    rows: int
    wall_s: float
    cpu_s: float
    mib: float


def fold(drawn: Table, rows: int, workers: int) -> Run:
    """Fold a table of so many rows, in Parquet files that are made for it and removed, by workers of this machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for at, start in enumerate(range(0, rows, FILE_ROWS)):
            path = folder / f"part-{at:04}.parquet"
            parquet.write_table(next(draw_rows(drawn, min(FILE_ROWS, rows - start), seed=at)), path)
        found = json.loads(run_python(FOLD, f"{folder}/part-*", str(workers), f"{folder}/kept").printed)
    return Run(f"folding, {workers} worker{'s' * (workers > 1)}", **found)


def score(drawn: Table, rows: int, model: Path) -> Run:
    """Score a CSV file of so many rows to another, in one process without a cluster."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.csv"
        with path.open("wb") as file:
            for at, chunk in enumerate(draw_rows(drawn, rows, seed=0)):
                csv.write_csv(chunk, file, csv.WriteOptions(include_header=at == 0))
        found = json.loads(run_python(SCORE, str(path), f"{name}/out.csv", str(model)).printed)
    return Run("scoring, one process", **found)


def draw_rows(drawn: Table, rows: int, seed: int) -> Iterator[pa.Table]:
    """Yield rows as the table `drawn` has them, drawn by its counts, a million at a time."""
    generator = np.random.default_rng(seed)
    distinct = pa.Table.from_pandas(drawn.rows, preserve_index=False)
    for start in range(0, rows, FILE_ROWS):
        size = min(FILE_ROWS, rows - start)
        yield distinct.take(pa.array(generator.choice(len(drawn.counts), size, p=drawn.counts / drawn.counts.sum())))


def find_slope(runs: Sequence[Run]) -> float:
    """Return the power of the rows that the time of a processor grows with, from the largest two: 1 is proportional."""
    first, last = sorted(runs, key=lambda run: run.rows)[-2:]
    return float(np.log(last.cpu_s / first.cpu_s) / np.log(last.rows / first.rows))


def make_bars(runs: Sequence[Run]) -> list[Bar]:
    """Return what is asked of folding and scoring."""
    folding = [run for run in runs if run.name.startswith("folding")]
    largest = max(folding, key=lambda run: run.rows)
    scoring = [run for run in runs if run.name.startswith("scoring") and run.rows >= FILE_ROWS]
    first, last = min(scoring, key=lambda run: run.rows), max(scoring, key=lambda run: run.rows)
    flat = f"scoring {last.rows:,} rows, times the memory of {first.rows:,}"
    return [
        Bar(f"folding {largest.rows:,} rows, MiB of a worker", max(run.mib for run in folding), most=500),
        Bar(f"scoring {last.rows:,} rows, rows a minute and core", last.rows / last.cpu_s * 60, least=2e6),
        Bar(flat, last.mib / first.mib, most=MOST_FLAT),
    ]


def draw_plot(runs: Sequence[Run], path: Path) -> None:
    """Draw time and memory against rows to a PNG file."""
    figure = Figure(figsize=(10, 3.5), dpi=100, layout="constrained")
    time_panel, memory_panel = figure.subplots(1, 2)
    for name in dict.fromkeys(run.name for run in runs):
        of_name = [run for run in runs if run.name == name]
        rows = [run.rows for run in of_name]
        time_panel.loglog(rows, [run.cpu_s for run in of_name], "o-", label=f"{name}, slope {find_slope(of_name):.2f}")
        memory_panel.semilogx(rows, [run.mib for run in of_name], "o-", label=name)
    time_panel.set_title("seconds of a processor against rows", loc="left", fontsize=9)
    memory_panel.set_title("MiB of a worker, or the process, against rows", loc="left", fontsize=9)
    memory_panel.set_ylim(0)
    for panel in (time_panel, memory_panel):
        panel.legend(fontsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def run_table(runs: Sequence[Run]) -> str:
    """Return a line for each run."""
    cells = [[run.name, f"{run.rows:,}", show(run.wall_s), show(run.cpu_s), show(run.mib)] for run in runs]
    return table(["", "rows", "s", "s of processors", "MiB"], cells)


def main(
    folded: Annotated[int, typer.Option(help="The most rows that are folded.")] = 100_000_000,
    scored: Annotated[int, typer.Option(min=FILE_ROWS, help="The most rows that are scored.")] = 30_000_000,
    model: Annotated[Path, typer.Option(help="The folder of the model that scores.")] = MODEL_FOLDER,
    write: Annotated[bool, typer.Option("--write", help="Record the results in benchmarks/README.md.")] = False,
) -> None:
    """Fold and score tables of more and more rows, made on the fly. The exit code is 1 if a bar is missed."""
    problem = read_problem(PROBLEM_FILE)
    drawn = read_table(problem.data, problem)
    sizes = [100_000, 1_000_000, 10_000_000, 100_000_000]
    runs: list[Run] = []
    for workers in (1, 2):
        for rows in sorted({size for size in sizes if size < folded} | {folded}):
            runs.append(fold(drawn, rows, workers))
            print(runs[-1], flush=True)
    for rows in sorted({size for size in sizes if size < scored} | {scored}):
        runs.append(score(drawn, rows, model))
        print(runs[-1], flush=True)
    bars = make_bars(runs)
    print(run_table(runs), *bars, sep="\n")
    if write:
        slopes = {run.name: find_slope([each for each in runs if each.name == run.name]) for run in runs}
        words = "; ".join(f"{name}: rows to the power of {slope:.2f}" for name, slope in slopes.items())
        text = f"{machine()}\n\n{run_table(runs)}\n\nTime of processors grows with {words}.\n\n" + "\n".join(
            f"- {bar}" for bar in bars
        )
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), "scale", text), encoding="utf-8")
        draw_plot(runs, PLOT)
    raise typer.Exit(0 if all(bar.is_met for bar in bars) else 1)


if __name__ == "__main__":
    typer.run(main)
