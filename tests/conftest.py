"""What tests share: a model trained once, and the function serving it on loopback."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import pytest
from moto import mock_aws
from xdist.scheduler import LoadScopeScheduling

from infra.archive import unpack_read_only
from infra.function_url import FunctionUrl, make_server
from infra.package import build
from infra.runtime import LambdaRuntime
from predict.aws import make_client
from predict.model import Model, load_model
from tests.chromium import ARGUMENTS, find_chromium
from tests.clouds import credentials as credentials
from tests.clouds import local_cloud as local_cloud
from tests.localhost import FIND_LOCALHOST
from tests.localhost import free_port as free_port
from tests.postgres import postgres_url as postgres_url
from tests.registries import packaged as packaged
from tests.registries import registered as registered
from tests.registries import s3 as s3
from training import ROOT
from training import train as train_module
from training.errors import InputError
from training.intent import INTENT
from training.problem import PROBLEM_FILE, Problem, read_problem
from training.train import save, train

BIRTHS = ROOT / "tests" / "births.toml"
CONTAINERS = ROOT / "tests" / "containers"  # run where a container engine is, which CI has not
# share one LocalStack with the contract suite
LOCAL_CLOUD = ("test_local_cloud.py", "test_process_executor.py", "test_doctor.py", "test_operation.py")
START_DEADLINE_S = 30
REPORT = "<!doctype html><title>Report</title>"


@dataclass(frozen=True)
class Trained(train_module.Trained):
    """A trained model, with the path of its model.json."""

    path: Path


def pytest_configure() -> None:
    """Train in one process where tests run in several: they take all processors there are."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ["LOKY_MAX_CPU_COUNT"] = "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a skipped test as failed where CI is set: there, everything that tests need is to be had, but containers."""
    report = yield
    exempt = CONTAINERS in item.path.parents
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") and not exempt:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped (CI is set): {report.longrepr}"
    return report


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a bucket named tables, of moto's."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = make_client("s3")
        client.create_bucket(Bucket="tables")
        yield client


@pytest.fixture(scope="session", autouse=True)
def _event_loop() -> Iterator[None]:
    """Give Mangum one event loop to run in: it would make one, and leave it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session", autouse=True)
def _localhost_names() -> Iterator[None]:
    """Find names such as those of LocalStack's function URLs."""
    resolve = socket.getaddrinfo
    exec(FIND_LOCALHOST, {})
    yield
    socket.getaddrinfo = resolve


@contextmanager
def hide_playwright(item: pytest.Item) -> Iterator[None]:
    """Hide the event loop of Playwright, which goes on between the tests of pages, from tests that run one themselves."""
    if "playwright" in getattr(item, "fixturenames", ()):
        yield
        return
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    with hide_playwright(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with hide_playwright(item):
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the repository records of the example where training/problem.toml is of another table."""
    if name_problem() != read_problem(BIRTHS).name:
        left_out = [item for item in items if item.get_closest_marker("example")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


class Schedule(LoadScopeScheduling):  # type: ignore[misc]
    """Gives to the same process what shares a deployment, or else a file."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("::")
        deployment = re.search(r"\[(\w+_url)\b", name)
        local_cloud = Path(file).name in LOCAL_CLOUD
        return deployment[1] if deployment else "localstack_url" if local_cloud else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Schedule:
    """Share out the tests of `make test` between its processes."""
    return Schedule(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and why; the processes of xdist do not tell how much that was."""
    if name_problem() == read_problem(BIRTHS).name:
        return
    is_shared_out = bool(terminalreporter.config.getoption("numprocesses", None))
    left_out = [item for item in terminalreporter.stats.get("deselected", ()) if item.get_closest_marker("example")]
    if is_shared_out or left_out:
        terminalreporter.write_line(
            f"Tests of what this repository records of the example were left out{', if there were any' * is_shared_out}, "
            f"since training/problem.toml is of {name_problem()!r}; `make verify` checks what is recorded of that"
        )


def name_problem() -> str:
    """Return the name of the problem that the repository is of."""
    try:
        return read_problem(PROBLEM_FILE).name
    except InputError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.fixture(scope="session")
def problem() -> Problem:
    return read_problem(BIRTHS)


def write_intent(root: Path) -> None:
    """Write under `root` what the births model is for: the repository's own may be of another problem."""
    (root / INTENT).parent.mkdir(parents=True, exist_ok=True)
    (root / INTENT).write_text("<!-- of preterm-birth -->\n\n## Intended use\n\nTo try the tool.\n", encoding="utf-8")


@pytest.fixture(scope="session")
def trained(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The births model, trained apart from the one that the repository serves."""
    folder = tmp_path_factory.mktemp("model")
    found = train(problem, report=lambda _step: None)
    save(found, folder, folder / "function.json")
    return Trained(found.document, found.pipeline, found.features, found.pickled, folder / "model.json")


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


@pytest.fixture(scope="session")
def package(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for the running interpreter with the births model and a report, as Lambda unpacks it: read-only.

    Beside it lies function.zip, which it was unpacked from.
    """
    folder = tmp_path_factory.mktemp("package")
    shutil.copyfile(trained.path, folder / "model.json")
    (folder / "report.html").write_text(REPORT, encoding="utf-8")
    unpack_read_only(build(folder / "function", model=folder / "model.json"), folder / "task")
    return folder / "task"


@pytest.fixture(scope="session")
def lambda_url(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the package under Lambda's own runtime, behind a function URL."""
    if sys.platform != "linux":
        pytest.skip("Lambda's runtime runs on Linux only: the tests of it did not run")
    with (
        (tmp_path_factory.mktemp("lambda") / "log").open("wb") as log,
        LambdaRuntime(package, log=log) as runtime,
        serve_function_url(FunctionUrl(runtime)) as url,
    ):
        yield url


@contextmanager
def serve_function_url(app: FunctionUrl) -> Iterator[str]:
    """Serve a function URL in a thread and yield its address."""
    server = make_server(app)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serve(model_path: Path, port: int | None = None, log: IO[Any] | None = None) -> Iterator[str]:
    """Serve a model.json with uvicorn and yield the address; what it prints goes to `log`."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "predict.main:app", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "MODEL_URI": str(model_path)}
    process = subprocess.Popen(
        [*command, "--ws", "none", "--log-level", "warning", "--timeout-graceful-shutdown", "3"],
        env=environment,
        stdout=log,
        stderr=None if log is None else subprocess.STDOUT,
    )
    try:
        wait_for(f"{url}/health", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


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
    """Launch the machine's own Chromium."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine: the tests of the pages in a browser did not run")
    return {**browser_type_launch_args, "executable_path": chromium, "args": ARGUMENTS}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--url", help="run tests/contract against this deployment instead of a local uvicorn")
