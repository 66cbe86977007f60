"""Measure what README claims of speed and size: `make bench`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.bar import Bar
from benchmarks.latency import bench_latency
from benchmarks.sources import bench_sources
from benchmarks.training import bench_bootstrap, bench_folding_of_a_fit, bench_training
from infra.package import build, size_bytes


def bench_package() -> list[Bar]:
    """Build the package for the running interpreter and weigh it."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "function")
        size_mb = size_bytes(Path(folder) / "function") / 1e6
    print(f"Package, unpacked, without .pyc: {size_mb:.1f} MB (bar: 12)")
    return [Bar("package, MB", size_mb, most=12)]


def main(data: Annotated[str | None, typer.Option(help="Train on this table too.")] = None) -> None:
    """Run every benchmark; ten minutes on two cores, most of them for one fit on unfolded rows.

    The exit code is 1 if a bar is missed.
    """
    bench_latency()
    bars = [*bench_package(), *bench_training(None)]
    if data:
        bars += bench_training(data)
    bench_bootstrap()
    bars += [*bench_sources(), *bench_folding_of_a_fit(data)]
    print(*bars, sep="\n")
    raise typer.Exit(0 if all(bar.is_met for bar in bars) else 1)


if __name__ == "__main__":
    typer.run(main)
