"""`sam local start-api` serves template.yaml, with the package for Lambda in Lambda's image, as every other deployment."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.package import ARCHITECTURE, OUT, RUNTIME, build
from infra.target import Target
from tests.conftest import Trained, free_port
from tests.containers.stack import run_contract_suite
from training import ROOT

START_DEADLINE_S = 300
SAM = ["sam", "local", "start-api", "--host", "127.0.0.1", "--warm-containers", "EAGER", "--skip-pull-image"]
SAM += ["--parameter-overrides", "HttpApi=On"]  # what the template serves here, if that is a choice of its own


@contextmanager
def sam_running(folder: Path) -> Iterator[str]:
    """Serve the template of a folder, and yield the address."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    path = f"{ROOT / '.venv' / 'sam' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*SAM, "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "SAM_CLI_TELEMETRY": "0", "PATH": path},
        )
        try:
            wait_until_it_answers(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait(timeout=60)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while True:
        try:
            if httpx.get(f"{url}/health", timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert process.poll() is None, log.read_text(encoding="utf-8")[-3_000:]
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")[-3_000:]
        time.sleep(0.2)


@pytest.fixture(scope="module")
def sam_cli(engine: None) -> None:
    if shutil.which("sam") is None and not (ROOT / ".venv" / "sam" / "bin" / "sam").exists():
        pytest.skip("there is no SAM CLI: the tests of it did not run")


@pytest.fixture(scope="module")
def project(sam_cli: None, tmp_path_factory: pytest.TempPathFactory, trained: Trained) -> Path:
    """A folder with template.yaml and the package that it names."""
    folder = tmp_path_factory.mktemp("sam")
    shutil.copy(ROOT / "template.yaml", folder)
    build(folder / OUT.relative_to(ROOT), Target.of_lambda(RUNTIME, ARCHITECTURE), model=trained.path)
    return folder


def test_contract_suite_passes(project: Path) -> None:
    with sam_running(project) as url:
        run_contract_suite(url)
