"""A cluster changes who computes, not what: the same bytes on any number of workers, also where one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from distributed import versions as dask_versions

from tests.conftest import Trained, free_port
from training.cluster import connection, versions
from training.cluster.connection import connect, wait_any
from training.cluster.scoring import make_score
from training.cluster.training import train_on
from training.document import render_document
from training.errors import InputError
from training.problem import Problem
from training.scoring import job
from training.scoring.job import Score, score_table
from training.scoring.model import TrainedModel, read_model
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

    def report(step: str) -> None:
        if step == "cross-validating: ExtraTreesClassifier":
            killer.start()

    trained = train_on(cluster.scheduler_address, parts, tmp_path / "model", report)
    killer.join()
    assert render_document(trained.document) == expected


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_workers_trains_the_same_bytes(
    count: int, parts: Problem, expected: bytes, cluster: LocalCluster, tmp_path: Path
) -> None:
    cluster.scale(count)
    wait_for(lambda: len(cluster.scheduler.workers) == count)
    trained = train_on(cluster.scheduler_address, parts, tmp_path / "model", lambda _step: None)
    cluster.scale(2)
    assert render_document(trained.document) == expected


def test_worker_that_is_killed_while_scoring_changes_nothing(
    cluster: LocalCluster, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK_ROWS", 50)
    model, table = read_model(trained.path.parent), tmp_path / "t.csv"
    trained.features.to_csv(table, index=False)
    score_table(str(table), tmp_path / "here.csv", model, lambda _step: None)

    def score(model: TrainedModel, chunks: Iterable[pd.DataFrame]) -> Iterator[Any]:
        for at, scored in enumerate(make_score(client)(model, chunks)):
            if at == 1:
                kill_worker(cluster)
            yield scored

    with connect(cluster.scheduler_address, lambda _step: None) as client:
        score_table(str(table), tmp_path / "there.csv", model, lambda _step: None, score=score)
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


@contextmanager
def dask(url: str, workers: int = 1) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run a scheduler and workers as a user starts them, and yield their processes, the scheduler's first."""
    commands = [["scheduler", "--host", url], *[["worker", url, "--nthreads", "1", "--no-nanny"]] * workers]
    processes = [
        subprocess.Popen([sys.executable, "-m", "dask", *command, "--no-dashboard"], stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def kill_when_searching(url: str, killed: Callable[[], None]) -> Callable[[str], None]:
    """Return a report that calls `killed` once the candidate after the base rate is tried by the workers."""

    def wait() -> None:
        with Client(url) as client:
            wait_for(lambda: any("batch_of" in str(key) for keys in client.processing().values() for key in keys))
        killed()

    def report(step: str) -> None:
        if step == "cross-validating: ExtraTreesClassifier":
            threading.Thread(target=wait).start()

    return report


def test_training_goes_on_after_the_scheduler_was_lost_twice(parts: Problem, expected: bytes, tmp_path: Path) -> None:
    url = f"tcp://127.0.0.1:{free_port()}"
    lost = f"the scheduler of {url} was lost; what is done is kept"
    with dask(url) as (scheduler, _worker), pytest.raises(InputError, match=lost):
        train_on(url, parts, tmp_path / "model", lambda step: scheduler.kill() if "folded 2 of" in step else None)
    assert 1 <= len(list((tmp_path / ".model.partial").iterdir())) < PARTS
    with dask(url, workers=2) as (scheduler, *_workers), pytest.raises(InputError, match=lost):
        train_on(url, parts, tmp_path / "model", kill_when_searching(url, scheduler.kill))
    assert len(list((tmp_path / ".model.partial").iterdir())) == PARTS + 1  # the base rate's scores too
    with dask(url):
        trained = train_on(url, parts, tmp_path / "model", lambda _step: None)
    assert render_document(trained.document) == expected


def test_last_worker_that_is_lost_while_searching_is_told(
    parts: Problem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"tcp://127.0.0.1:{free_port()}"
    with dask(url, workers=2) as (_scheduler, *workers):

        def kill() -> None:
            monkeypatch.setattr(connection, "WORKERS_S", 1)
            for worker in workers:
                worker.kill()

        with pytest.raises(InputError, match="the cluster has lost its last worker, and has had none for 1 s"):
            train_on(url, parts, tmp_path / "model", kill_when_searching(url, kill))


def test_scoring_goes_on_after_the_scheduler_was_lost(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK_ROWS", 50)
    url = f"tcp://127.0.0.1:{free_port()}"
    model, table, out = read_model(trained.path.parent), tmp_path / "t.csv", tmp_path / "there.csv"
    trained.features.to_csv(table, index=False)
    score_table(str(table), tmp_path / "here.csv", model, lambda _step: None)
    told: list[str] = []
    with dask(url) as (scheduler, _worker):

        def score(client: Client) -> Score:
            def found(model: TrainedModel, chunks: Iterable[pd.DataFrame]) -> Iterator[Any]:
                for at, scored in enumerate(make_score(client)(model, chunks)):
                    yield scored
                    if at == 1:
                        scheduler.kill()

            return found

        lost = f"the scheduler of {url} was lost; what is done is kept"
        with pytest.raises(InputError, match=lost), connect(url, told.append) as client:
            score_table(str(table), out, model, told.append, score=score(client))
    assert not out.exists()
    with dask(url), connect(url, told.append) as client:
        score_table(str(table), out, model, told.append, score=make_score(client))
    assert any(step.startswith("note: going on after row ") for step in told)
    assert out.read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_S", 1)
    for address, message in {
        f"tcp://127.0.0.1:{free_port()}": "there is no cluster at tcp://.*; start its scheduler, or mend the URL",
        "local:0": "--cluster local:0: give local, local:N, or the scheduler's URL, as tcp://host:8786",
        "http://127.0.0.1:8786": "--cluster http://127.0.0.1:8786: unknown address scheme 'http'",
    }.items():
        with pytest.raises(InputError, match=message), connect(address, lambda _step: None):
            pass


def test_last_worker_that_is_lost_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LOOK_S", 0.1)
    monkeypatch.setattr(connection, "WORKERS_S", 0.1)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as alone,
        Client(alone) as client,
        pytest.raises(InputError, match=r"the cluster has lost its last worker, and has had none for 0\.1 s"),
    ):
        wait_any(client, [client.submit(abs, -1)])


def test_worker_of_other_versions_is_told(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    address, found = cluster.scheduler_address, dask_versions.get_package_info
    changed: dict[str, str] = {"scikit-learn": "0.1"}
    monkeypatch.setattr(dask_versions, "get_package_info", lambda names: {**found(names), **changed})
    with (
        pytest.raises(InputError, match=r"the worker tcp://.* has scikit-learn [\d.]+, this command 0.1; give"),
        connect(address, lambda _step: None),
    ):
        pass
    changed = {"python": "3.1.0.final.0"}
    with (
        pytest.raises(InputError, match=r"has Python 3\.\d+, this command 3.1; give the workers the image"),
        connect(address, lambda _step: None),
    ):
        pass
    changed = {}
    monkeypatch.setattr(versions, "hash_folder", lambda _root: "another")
    with pytest.raises(InputError, match="has other code of this project"), connect(address, lambda _step: None):
        pass


def test_command_says_what_to_install_where_there_is_no_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="--cluster needs Dask, and 'distributed' is not installed: pip install"):
        connect("local", lambda _step: None).__enter__()


def test_file_with_other_columns_than_the_first_is_told(parts: Problem, cluster: LocalCluster, tmp_path: Path) -> None:
    rows = "y,a\n0,x\n1,x\n"
    (tmp_path / "part-0.csv").write_text(rows)
    problem = replace(parts, data=f"{tmp_path}/part-*.csv")
    for other, message in {
        "y,b\n0,1\n": "part-1.csv lacks the column 'a' of .*part-0.csv; its columns are y, b",
        "y,a,b\n0,x,1\n": "part-1.csv has a column 'b', which .*part-0.csv has not",
    }.items():
        (tmp_path / "part-1.csv").write_text(other)
        with pytest.raises(InputError, match=message):
            train(problem, lambda _step: None)
        with pytest.raises(InputError, match=message):
            train_on(cluster.scheduler_address, problem, tmp_path / "model", lambda _step: None)


def test_cell_that_cannot_be_used_is_told_with_its_file_and_line(
    parts: Problem, cluster: LocalCluster, tmp_path: Path
) -> None:
    (tmp_path / "part-0.csv").write_text("y,a,n\n0,x,1\n")
    (tmp_path / "part-1.csv").write_text("y,a,n\n0,x,1\n1,x,-1\n")
    problem = replace(parts, data=f"{tmp_path}/part-*.csv", weight="n")
    message = r"part-\*.csv, part-1.csv, line 3, column 'n': '-1' is no weight"
    with pytest.raises(InputError, match=message):
        train_on(cluster.scheduler_address, problem, tmp_path / "model", lambda _step: None)
