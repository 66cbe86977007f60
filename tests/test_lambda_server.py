"""`make lambda` serves the package under Lambda's own runtime, and stops everything on Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from infra.lambda_server import read_origins
from predict.settings import SettingsError
from tests.conftest import Trained, free_port
from tests.lambdas import needs_lambda
from training import ROOT

pytestmark = needs_lambda
DEADLINE_S = 60
MAIN = "sys.exit(server.main())"


def test_origins_are_read() -> None:
    assert read_origins("") == ()
    assert read_origins("*") == ("*",)
    assert read_origins("https://a.example, http://127.0.0.1:8080,") == ("https://a.example", "http://127.0.0.1:8080")
    with pytest.raises(
        SettingsError,
        match=r"^FUNCTION_URL_ORIGINS has app\.example; give origins such as https://example\.com, or \*$",
    ):
        read_origins("https://a.example, app.example")


def start(script: str, out: Path, **variables: str) -> subprocess.Popen[str]:
    """Run what `make lambda` runs, with another folder than build/lambda."""
    script = (
        f"import os, pathlib, sys, infra.lambda_server as server; server.OUT = pathlib.Path({str(out)!r})\n{script}"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_package_is_served_until_interrupted(trained: Trained, model: Any, tmp_path: Path) -> None:
    port = free_port()
    process = start(MAIN, tmp_path / "lambda", LAMBDA_PORT=str(port), MODEL_URI=str(trained.path), MAX_BATCH_ROWS="7")
    try:
        lines = read_lines(process, "Ctrl-C stops everything.")
        assert f"The function under Lambda's own runtime:  http://127.0.0.1:{port}" in lines
        curl = "\n".join(lines[lines.index(f"curl --request POST http://127.0.0.1:{port}/predict \\") :][:3])
        done = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, timeout=30, check=True)
        assert json.loads(done.stdout) == model.predict(model.document["typical_row"])
        assert httpx.get(f"http://127.0.0.1:{port}/schema").json()["x-limits"]["max_batch_rows"] == 7
    finally:
        assert_ended(process, port, signal.SIGINT)
    assert [path.name for path in tmp_path.iterdir()] == ["lambda"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_that_end_programs_stop_everything(trained: Trained, tmp_path: Path, number: int) -> None:
    port = free_port()
    process = start(MAIN, tmp_path, LAMBDA_PORT=str(port), MODEL_URI=str(trained.path))
    read_lines(process, "Ctrl-C stops everything.")
    assert_ended(process, port, number)


def assert_ended(process: subprocess.Popen[str], port: int, number: int) -> None:
    """Send the signal, and hold that the process ends well and takes everything with it."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    process.communicate(timeout=DEADLINE_S)
    assert children
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert process.returncode == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def read_lines(process: subprocess.Popen[str], last: str) -> list[str]:
    """Return the lines that `process` prints up to `last`; its end fails the test."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if lines[-1] == last:
            return lines
    pytest.fail("\n".join(lines))


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("LAMBDA_PORT", "http", "LAMBDA_PORT=http is not a port; give a number from 1 to 65535"),
        (
            "MODEL_URI",
            "/no/model.json",
            "there is no model at /no/model.json; run `make train` to bake it, or point MODEL_URI at another",
        ),
        ("MAX_BATCH_ROWS", "x", "MAX_BATCH_ROWS=x cannot be used: give a whole number from 1 on"),
        ("FUNCTION_URL_ORIGINS", "a", "FUNCTION_URL_ORIGINS has a; give origins such as https://example.com, or *"),
    ],
)
def test_setting_that_cannot_be_used_is_one_sentence(tmp_path: Path, variable: str, value: str, message: str) -> None:
    process = start(MAIN, tmp_path / "lambda", **{"LAMBDA_PORT": str(free_port()), variable: value})
    output, _ = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, output) == (2, f"Error: {message}\n")
    assert list(tmp_path.iterdir()) == []


def test_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(MAIN, tmp_path / "lambda", LAMBDA_PORT=str(port))
        output, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert output.startswith(f"Error: port {port} is taken")
    assert output.endswith(f"choose another: make lambda LAMBDA_PORT={port + 1}\n")
