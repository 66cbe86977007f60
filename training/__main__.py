"""The command line: python -m training COMMAND."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from predict.settings import PACKAGED_MODEL
from training import ROOT
from training.cluster.training import train_on
from training.doctor.command import cli as doctor_cli
from training.drafting import draft
from training.intent import read_intent
from training.lock import LOCK_FILE
from training.problem import PROBLEM_FILE, SEEDS, Problem, read_problem
from training.problem_text import write_draft
from training.progress import Report, told
from training.recording import render_record
from training.registry.commands import cli as registry_cli
from training.reporting.card import CARD
from training.scoring.commands import cli as scoring_cli
from training.sources.loading import load_database
from training.summary import print_draft, print_summary
from training.train import MODEL_FOLDER, Trained, save
from training.train import train as run
from training.verification import verify as run_verification
from training.writing import check_folders

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
cli.add_typer(registry_cli)
cli.add_typer(doctor_cli)
cli.add_typer(scoring_cli)

ProblemOption = Annotated[Path, typer.Option("--problem", help="The file that says what is predicted, from what.")]
DataOption = Annotated[
    str | None, typer.Option("--data", help="The table, instead of the one the problem file names: a path or URL.")
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="The folder for model.json, model.joblib and report.html. With it, the function keeps the model that it "
        "serves; without it, they go to build/model and to the function.",
        show_default=False,
    ),
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", min=0, max=SEEDS - 1, help="The seed, instead of the one in the problem file.")
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="A Dask cluster to fold and to search on: local, local:N for N processes, or the URL of a scheduler.",
        show_default=False,
    ),
]


@cli.callback()
def commands() -> None:
    """Turn a table into a baked model for the prediction function."""


@cli.command()
def train(
    problem: ProblemOption = PROBLEM_FILE,
    data: DataOption = None,
    out: OutOption = None,
    seed: SeedOption = None,
    cluster: ClusterOption = None,
) -> None:
    """Train, evaluate and bake a model, write its report, and hand it to the function unless --out says where to."""
    places = (MODEL_FOLDER, PACKAGED_MODEL) if out is None else (out, None)
    with told() as report:
        trained = _train(_settings(problem, data, seed), places, report, cluster=cluster)
        save(trained, *places)
    print_summary(trained.document, *places)


@cli.command()
def init(
    table: Annotated[str, typer.Argument(help="A path or URL: what --data takes.", show_default=False)],
    target: Annotated[str, typer.Option(help="The column to predict.", show_default=False)],
    out: Annotated[
        Path, typer.Option(help="The problem file to write; one that is there is kept as .before.")
    ] = PROBLEM_FILE,
    weight: Annotated[
        str | None, typer.Option(help="The column that says how many identical rows a line stands for.")
    ] = None,
    query: Annotated[str | None, typer.Option(help="Of a database: a table or a SELECT.")] = None,
    ignore: Annotated[list[str], typer.Option(help="A column to leave out; may be given again.")] = [],  # noqa: B006
    missing: Annotated[list[str], typer.Option(help="A text that means missing; may be given again.")] = [],  # noqa: B006
) -> None:
    """Draft a problem file for a table: infer what there is to say, show it, and write it down to be changed."""
    with told() as report:
        drafted = draft(table, target, weight, query, report, ignore, missing)
        kept = write_draft(drafted, out)
    print_draft(drafted)
    then = "make demo" if out == PROBLEM_FILE else f"python -m training train --problem {shlex.quote(str(out))}"
    typer.echo(f"Wrote {out}" + (f"; what was there is in {kept}" if kept else "") + f". Read it, then: {then}")


@cli.command()
def record(problem: ProblemOption = PROBLEM_FILE, data: DataOption = None, seed: SeedOption = None) -> None:
    """Train, hand over, and record the figures in model.lock.json and docs/model-card.md for others to verify."""
    places = (MODEL_FOLDER, PACKAGED_MODEL)
    with told() as report:
        settings = _settings(problem, data, seed)
        intent = read_intent(settings.name, ROOT)
        trained = _train(settings, places, report, LOCK_FILE.parent, ROOT / CARD.parent)
        save(trained, *places, render_record(trained, intent, LOCK_FILE, ROOT / CARD))
    print_summary(trained.document, *places)
    typer.echo(f"Recorded in {LOCK_FILE.name} and {CARD}.")


@cli.command()
def verify(
    problem: ProblemOption = PROBLEM_FILE,
    data: DataOption = None,
    seed: SeedOption = None,
    lock: Annotated[Path, typer.Option(help="The recorded figures.")] = LOCK_FILE,
    model: Annotated[Path, typer.Option(help="The model.json that is served.")] = PACKAGED_MODEL,
) -> None:
    """Train anew and compare everything with what was recorded: a PASS or FAIL line each."""
    with told() as report:
        settings = _settings(problem, data, seed)
        lines = run_verification(settings, lock, model, report)
    width = max(len(line.name) for line in lines)
    for line in lines:
        typer.echo(f"{'PASS' if line.passed else 'FAIL'}  {line.name:{width}}  {line.words}")
    raise typer.Exit(0 if all(line.passed for line in lines) else 1)


@cli.command()
def db(
    problem: ProblemOption = PROBLEM_FILE,
    data: DataOption = None,
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Leave a table that was loaded from this very file.")
    ] = False,
) -> None:
    """Load the table into the PostgreSQL of DATABASE_URL, whole or not at all; once more gives the same."""
    with told() as report:
        settings = _settings(problem, data, None)
        load_database(settings, settings.data, os.environ.get("DATABASE_URL"), report, if_changed)


def _train(
    problem: Problem, places: tuple[Path, Path | None], report: Report, *others: Path, cluster: str | None = None
) -> Trained:
    """Train, once it is certain that what comes of it can be written: folder, function's model, and other folders."""
    out, function_model = places
    check_folders([out, *([function_model.parent] if function_model else []), *others])
    return run(problem, report) if cluster is None else train_on(cluster, problem, out, report)


def _settings(path: Path, data: str | None, seed: int | None) -> Problem:
    """Return the problem, with the data and the seed of the command line where they are given."""
    problem = read_problem(path)
    return replace(problem, data=problem.data if data is None else data, seed=problem.seed if seed is None else seed)


if __name__ == "__main__":
    cli(prog_name="python -m training")
