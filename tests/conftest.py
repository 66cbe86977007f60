"""What tests share: a model trained once, and the function serving it on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from predict.model import Model, load_model
from tests.postgres import postgres_url as postgres_url
from training import train as train_module
from training.problem import PROBLEM_FILE, Problem, read_problem
from training.train import save, train

START_DEADLINE_S = 30


@dataclass(frozen=True)
class Trained(train_module.Trained):
    """A trained model, with the path of its model.json."""

    path: Path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a skipped test as failed where CI is set: there, everything that tests need is to be had."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped (CI is set): {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def problem() -> Problem:
    return read_problem(PROBLEM_FILE)


@pytest.fixture(scope="session")
def trained(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The births model, trained apart from the one that the repository serves."""
    folder = tmp_path_factory.mktemp("model")
    found = train(problem, report=lambda _step: None)
    save(found, folder, folder / "function.json")
    return Trained(found.document, found.pipeline, found.features, folder / "model.json")


@pytest.fixture(scope="session")
def reseeded(problem: Problem) -> train_module.Trained:
    """The births model of another seed."""
    return train(replace(problem, seed=1), report=lambda _step: None)


@pytest.fixture(scope="session")
def model(trained: Trained) -> Model:
    return load_model(trained.path)


@pytest.fixture(scope="session")
def function_url(trained: Trained) -> Iterator[str]:
    """The address of the function, served by uvicorn with the births model and the static page."""
    with serve(trained.path) as url:
        yield url


@contextmanager
def serve(model_path: Path, port: int | None = None) -> Iterator[str]:
    """Serve a model.json with uvicorn and yield the address."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "predict.main:app", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning"], env={**os.environ, "MODEL_URI": str(model_path)})
    try:
        wait_for(f"{url}/health", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[Any]) -> None:
    """Return once `url` answers, while `process` runs and the deadline has not passed."""
    deadline = time.monotonic() + START_DEADLINE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the machine's own Chromium; playwright's download of one is not needed."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: the tests of the pages in a browser did not run")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": chromium, "args": quiet}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--url", help="run tests/contract against this deployment instead of a local uvicorn")
