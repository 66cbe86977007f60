"""The command line: python -m training COMMAND."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from predict.settings import PACKAGED_MODEL
from training import ROOT
from training.errors import InputError
from training.parity import ParityError
from training.problem import SEEDS, read_problem
from training.summary import print_summary
from training.train import MODEL_FOLDER, save
from training.train import train as run

PROBLEM_FILE = ROOT / "training" / "problem.toml"

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@cli.callback()
def commands() -> None:
    """Turn a table into a baked model for the prediction function."""


@cli.command()
def train(
    problem: Annotated[Path, typer.Option(help="The file that says what is predicted, from what.")] = PROBLEM_FILE,
    data: Annotated[str | None, typer.Option(help="The table, instead of the one the problem file names.")] = None,
    out: Annotated[Path, typer.Option(help="The folder for model.json and model.joblib.")] = MODEL_FOLDER,
    seed: Annotated[
        int | None, typer.Option(min=0, max=SEEDS - 1, help="The seed, instead of the one in the problem file.")
    ] = None,
) -> None:
    """Train, evaluate and bake a model, and hand it to the function."""
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        with console.status("reading the problem file") as status:

            def report(step: str) -> None:
                status.update(step)
                if step.startswith("note:") or not console.is_terminal:
                    console.print(step)

            settings = read_problem(problem)
            document, pipeline = run(settings, data or settings.data, settings.seed if seed is None else seed, report)
            try:
                save(document, pipeline, out, PACKAGED_MODEL)
            except OSError as error:
                raise InputError(f"{error.filename} cannot be written ({error.strerror}); see --out") from None
    except (InputError, ParityError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(2 if isinstance(error, InputError) else 1) from None
    print_summary(document, out)


if __name__ == "__main__":
    cli(prog_name="python -m training")
