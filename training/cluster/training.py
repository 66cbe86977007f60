"""Training by workers: they fold the table and try the candidates; all that is stored is computed here."""

from __future__ import annotations

from pathlib import Path

from training.cluster.checkpoint import Checkpoint
from training.cluster.connection import connect
from training.cluster.folding import make_opener
from training.cluster.search import make_search
from training.cluster.versions import describe_versions
from training.problem import Problem
from training.progress import Report
from training.train import Trained, train


def train_on(address: str, problem: Problem, out: Path, report: Report) -> Trained:
    """Train as training.train.train does, with the same result, on the cluster at `address`.

    What workers have answered is kept beside the folder `out` until training ends well: where the cluster is lost, the
    next run goes on from there.

    Raises:
        InputError: as connect and train do.
        ParityError: as train does.
    """
    checkpoint = Checkpoint(out.with_name(f".{out.name}.partial"), describe_versions())
    with connect(address, report) as client:
        trained = train(problem, report, make_opener(client, checkpoint, report), make_search(client, checkpoint))
    checkpoint.clear()
    return trained
