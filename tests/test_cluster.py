"""A cluster changes who computes, not what: the same bytes on any number of workers, also where one is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster

from training.cluster.training import train_on
from training.document import render_document
from training.problem import Problem
from training.train import train

DEADLINE_S = 60
PARTS = 6
PROBLEM = Problem(
    "parts", "Parts", "", "y", positive="1", estimator="sklearn.ensemble.ExtraTreesClassifier",
    estimator_settings={"n_estimators": 20, "min_weight_fraction_leaf": 0.01},
)  # fmt: skip


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """A problem whose table lies in several files, of both kinds."""
    folder = tmp_path_factory.mktemp("parts")
    generator = np.random.default_rng(0)
    for at in range(PARTS):
        rows = pd.DataFrame(
            {"a": generator.choice(["x", "None", 'a, "b"\nc'], 300), "b": generator.integers(0, 6, 300) / 2}
        )
        rows["y"] = (generator.random(300) < 0.2 + 0.5 * (rows["a"] == "x")).astype(int)
        if at % 2:
            rows.to_parquet(folder / f"part-{at}.parquet", index=False)
        else:
            rows[["y", "b", "a"] if at else ["a", "b", "y"]].to_csv(folder / f"part-{at}.csv", index=False)
    return replace(PROBLEM, data=f"{folder}/part-*")


@pytest.fixture(scope="module")
def expected(parts: Problem) -> bytes:
    return render_document(train(parts, lambda _step: None).document)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two workers, each a process; one that is killed is started anew."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as found:
        yield found


def kill_worker(cluster: LocalCluster) -> None:
    """Kill the process of a worker."""
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_searching(cluster: LocalCluster) -> bool:
    """Return whether a worker fits and scores just now."""
    states = list(cluster.scheduler.workers.values())
    return any("batch_of" in str(task.key) for state in states for task in list(state.processing))


def test_workers_train_the_same_bytes(parts: Problem, expected: bytes, cluster: LocalCluster, tmp_path: Path) -> None:
    told: list[str] = []
    trained = train_on(cluster.scheduler_address, parts, tmp_path / "model", told.append)
    assert render_document(trained.document) == expected
    assert f"folded {PARTS} of {PARTS} files" in told
    assert any("workers, to be watched at http://127.0.0.1:" in step for step in told)
    assert list(tmp_path.iterdir()) == []


def test_worker_that_is_killed_while_folding_changes_nothing(
    parts: Problem, expected: bytes, cluster: LocalCluster, tmp_path: Path
) -> None:
    def report(step: str) -> None:
        if step == f"folded 1 of {PARTS} files":
            kill_worker(cluster)

    trained = train_on(cluster.scheduler_address, parts, tmp_path / "model", report)
    assert render_document(trained.document) == expected


def test_worker_that_is_killed_while_searching_changes_nothing(
    parts: Problem, expected: bytes, cluster: LocalCluster, tmp_path: Path
) -> None:
    def kill() -> None:
        wait_for(lambda: is_searching(cluster))
        kill_worker(cluster)

    killer = threading.Thread(target=kill)
    killer.start()
    trained = train_on(cluster.scheduler_address, parts, tmp_path / "model", lambda _step: None)
    killer.join()
    assert render_document(trained.document) == expected
