"""Measure what README claims of speed and size: `make bench`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.bar import Bar
from benchmarks.boosting import bench_boosting
from benchmarks.figure import Figure
from benchmarks.latency import bench_latency
from benchmarks.measure import FUNCTION, Measure
from benchmarks.memory import bench_memory
from benchmarks.packages import build_packages, weigh_packages
from benchmarks.page import bench_page
from benchmarks.plot import PLOT, draw
from benchmarks.report import PAGE, bar_table, candidate_table, comparison_table, figure_table, machine, put
from benchmarks.request import Request
from benchmarks.routes import Explained, bench_batch, bench_explanations
from benchmarks.sources import bench_sources
from benchmarks.start import bench_starts
from benchmarks.throughput import bench_throughput
from benchmarks.training import bench_bootstrap, bench_folding_of_a_fit, bench_training
from predict.model import load_model
from predict.settings import PACKAGED_MODEL
from training.dataset import prepare
from training.problem import PROBLEM_FILE, read_problem
from training.table import read_table


def bench_function() -> tuple[list[Measure], list[Explained], list[Figure], list[Bar]]:
    """Compare the function with the floor and the naive function, each as a package of its own; measure its page."""
    served, problem = load_model(PACKAGED_MODEL), read_problem(PROBLEM_FILE)
    dataset = prepare(read_table(problem.data, problem), problem)
    request, packages = Request.of(served), build_packages(served)
    measures: list[Measure] = []
    bars: list[Bar] = []
    for bench in (bench_starts, bench_latency, bench_throughput, bench_memory, weigh_packages):
        found, held_to = bench(packages, request)
        measures += found
        bars += held_to
        print(comparison_table(found), flush=True)
    explained = bench_explanations(packages, dataset, served)
    print(candidate_table(explained))
    bars += [each.bar for each in explained] + bench_batch(packages[FUNCTION], dataset)
    of_page, figures = bench_page(packages[FUNCTION], served, dataset)
    print(figure_table(figures))
    return measures, explained, figures, bars + of_page


def main(
    data: Annotated[str | None, typer.Option(help="Train on this table too.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Record the results in benchmarks/README.md.")] = False,
) -> None:
    """Run every benchmark, in about eight minutes on two cores. The exit code is 1 if a bar is missed."""
    measures, explained, figures, bars = bench_function()
    bars += bench_training(None)
    if data:
        bars += bench_training(data)
    bench_bootstrap()
    of_boosting, words = bench_boosting()
    print(words)
    bars += [*bench_sources(), *bench_folding_of_a_fit(data), *of_boosting]
    print(*bars, sep="\n")
    if write:
        page = put(PAGE.read_text(encoding="utf-8"), "machine", machine())
        page = put(page, "comparison", comparison_table(measures))
        page = put(page, "candidates", candidate_table(explained))
        page = put(page, "page", figure_table(figures))
        PAGE.write_text(put(page, "bars", bar_table(bars)), encoding="utf-8")
        draw(measures, PLOT)
    raise typer.Exit(0 if all(bar.is_met for bar in bars) else 1)


if __name__ == "__main__":
    typer.run(main)
