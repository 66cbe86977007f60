"""The command `score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.cluster.connection import connect
from training.cluster.scoring import make_score
from training.progress import told
from training.scoring.job import score_table
from training.scoring.model import read_model
from training.train import MODEL_FOLDER

cli = typer.Typer()


@cli.command()
def score(
    table: Annotated[str, typer.Argument(help="A path, pattern or URL: what --data takes.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The file to write: .csv or .parquet.", show_default=False)],
    model: Annotated[Path, typer.Option(help="The folder of model.json and model.joblib.")] = MODEL_FOLDER,
    query: Annotated[str | None, typer.Option(help="Of a database: a table or a SELECT.")] = None,
    keep: Annotated[
        list[str],
        typer.Option(help="A column of the table to repeat in the output, such as a key; may be given again."),
    ] = [],  # noqa: B006
    cluster: Annotated[
        str | None,
        typer.Option(help="A Dask cluster to score on: local, local:N, or the URL of a scheduler.", show_default=False),
    ] = None,
) -> None:
    """Predict every row of a table, however long, into a file; what was killed goes on when it is run again."""
    with told() as report:
        trained = read_model(model)
        if cluster is None:
            done = score_table(table, out, trained, report, query, keep)
        else:
            with connect(cluster, report) as client:
                done = score_table(table, out, trained, report, query, keep, make_score(client))
    bad = f"{done.bad:,} of them without an answer: see" if done.bad else "all with an answer;"
    typer.echo(f"Scored {done.rows:,} rows in {done.seconds:.1f} s, {bad} {done.errors}. Wrote {out}")
