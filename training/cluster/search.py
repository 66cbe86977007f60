"""The search by workers: candidates are cross-validated by joblib's Dask backend, which returns scores alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import joblib
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from training.cluster.checkpoint import Checkpoint
from training.cluster.connection import wait_for_worker
from training.dataset import Rows
from training.selection import Search, run_search

if TYPE_CHECKING:
    from distributed import Client

MOST_TRIES = 4


class Alone(Pipeline):  # type: ignore[misc]
    """A pipeline in a task of a worker: it has one thread, and does not spread over the cluster what it has to do."""

    def fit(self, *arguments: Any, **named: Any) -> Any:
        """Fit the pipeline."""
        with joblib.parallel_config("sequential"), threadpool_limits(limits=1):
            return super().fit(*arguments, **named)

    def predict(self, *arguments: Any, **named: Any) -> Any:
        """Return numbers."""
        with joblib.parallel_config("sequential"), threadpool_limits(limits=1):
            return super().predict(*arguments, **named)

    def predict_proba(self, *arguments: Any, **named: Any) -> Any:
        """Return probabilities."""
        with joblib.parallel_config("sequential"), threadpool_limits(limits=1):
            return super().predict_proba(*arguments, **named)


def make_search(client: Client, checkpoint: Checkpoint) -> Search:
    """Return what runs the search of a candidate on the workers of `client`."""

    def search(grid: GridSearchCV, rows: Rows, weights: dict[str, Any]) -> dict[str, Any]:
        question = (grid, rows.features, rows.target, weights)
        return checkpoint.answer(question, lambda: _search(client, grid, rows, weights))

    return search


def _search(client: Client, grid: GridSearchCV, rows: Rows, weights: dict[str, Any]) -> dict[str, Any]:
    grid.estimator = Alone(grid.estimator.steps)
    tries = 0
    while True:
        workers, tries = set(client.ncores()), tries + 1
        try:
            with joblib.parallel_config("dask", client=client):
                return run_search(grid, rows, weights)
        except Exception:
            # the rows that joblib has spread are lost with the worker that held them
            if tries == MOST_TRIES or client.status != "running" or workers <= set(client.ncores()):
                raise
            wait_for_worker(client)
