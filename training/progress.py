"""Progress: what a command tells while it runs, and the one sentence that it ends with where it cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from training.errors import InputError
from training.parity import ParityError

Report = Callable[[str], None]


@contextmanager
def told() -> Iterator[Report]:
    """Give a function that tells each step; end with one sentence where the input cannot be used."""
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        with console.status("reading the problem file") as status:

            def report(step: str) -> None:
                status.update(step)
                if step.startswith("note:") or not console.is_terminal:
                    console.print(step)

            yield report
    except (InputError, ParityError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(2 if isinstance(error, InputError) else 1) from None
