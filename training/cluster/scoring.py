"""Scoring by workers: the client reads chunks and writes what comes of them, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from training.cluster.connection import wait_any
from training.scoring.chunk import Scored
from training.scoring.job import Score, score_here
from training.scoring.model import TrainedModel

if TYPE_CHECKING:
    from distributed import Client

AHEAD = 2  # chunks per thread of the cluster, so that none waits for the client


def make_score(client: Client) -> Score:
    """Return what scores chunks on the workers of `client`."""

    def score(model: TrainedModel, chunks: Iterable[pd.DataFrame]) -> Iterator[Scored]:
        # a task, which is run again where the worker is lost that holds the model
        there = client.submit(TrainedModel, model.pipeline, model.document, pure=False)
        running: deque[Any] = deque()
        for chunk in chunks:
            running.append(client.submit(score_one, there, chunk, pure=False))
            if len(running) > AHEAD * max(1, sum(client.ncores().values())):
                yield wait_any(client, [running.popleft()])[0].result()
        while running:
            yield wait_any(client, [running.popleft()])[0].result()

    return score


def score_one(model: TrainedModel, chunk: pd.DataFrame) -> Scored:
    """Score a chunk."""
    (scored,) = score_here(model, [chunk])
    return scored
