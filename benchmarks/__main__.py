"""Measure what README claims of speed and size: `make bench`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.latency import bench_latency
from benchmarks.sources import bench_sources
from benchmarks.training import bench_bootstrap, bench_folding_of_a_fit, bench_training
from infra.package import build, size_bytes


def bench_package() -> None:
    """Build the package for the running interpreter and weigh it."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "function")
        print(f"Package, unpacked, without .pyc: {size_bytes(Path(folder) / 'function') / 1e6:.1f} MB (bar: 12)")


def main(data: Annotated[str | None, typer.Option(help="Train on this table too.")] = None) -> None:
    """Run every benchmark; ten minutes on two cores, most of them for one fit on unfolded rows."""
    bench_latency()
    bench_package()
    bench_training(None)
    if data:
        bench_training(data)
    bench_bootstrap()
    bench_sources()
    bench_folding_of_a_fit(data)


if __name__ == "__main__":
    typer.run(main)
