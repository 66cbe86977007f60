"""`make demo` runs both pages, says where they are, and stops everything on Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import Trained, free_port
from training import ROOT

DEADLINE_S = 60


PIPE_BYTES = 4096


def start(trained: Trained, stdout: int = subprocess.PIPE, /, **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "MODEL_URI": str(trained.path), **variables}
    command = [sys.executable, "infra/demo.py"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=stdout, stderr=subprocess.STDOUT, text=True, pipesize=PIPE_BYTES
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Return what `process` prints up to a line with `text`; its end or the deadline fails the test."""
    deadline, seen = time.monotonic() + DEADLINE_S, ""
    assert process.stdout is not None
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
        assert time.monotonic() < deadline, seen
    pytest.fail(f"ended without {text!r}:\n{seen}")


def running(ports: tuple[int, int]) -> list[list[str]]:
    """Return the command lines that name one of `ports`."""
    words = {str(port) for port in ports}
    lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if words & {word.rpartition(":")[2] for word in line}]


def assert_free(ports: tuple[int, int]) -> None:
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture(scope="module")
def demo(trained: Trained, ports: tuple[int, int]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running demo, and what it has printed when it is ready."""
    process = start(trained, PORT=str(ports[0]), STREAMLIT_PORT=str(ports[1]))
    try:
        yield process, read_until(process, "Ctrl-C stops everything.")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE_S)


def test_addresses_and_a_curl_are_printed(demo: tuple[subprocess.Popen[str], str], ports: tuple[int, int]) -> None:
    lines = demo[1].splitlines()
    assert f"The function and its page:  http://127.0.0.1:{ports[0]}" in lines
    assert f"The Streamlit page:         http://127.0.0.1:{ports[1]}" in lines
    curl = "\n".join(lines[lines.index(f"curl --request POST http://127.0.0.1:{ports[0]}/predict \\") :][:3])
    answer = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, timeout=30, check=True).stdout
    assert '"probability":' in answer


def test_both_pages_are_up(demo: tuple[subprocess.Popen[str], str], ports: tuple[int, int]) -> None:
    assert "<!doctype html>" in httpx.get(f"http://127.0.0.1:{ports[0]}/").text
    assert httpx.get(f"http://127.0.0.1:{ports[1]}/_stcore/health").text == "ok"


def test_taken_port_is_named(demo: tuple[subprocess.Popen[str], str], ports: tuple[int, int], trained: Trained) -> None:
    for name, port in zip(("PORT", "STREAMLIT_PORT"), ports, strict=True):
        process = start(trained, **{"PORT": str(free_port()), "STREAMLIT_PORT": str(free_port()), name: str(port)})
        output, _ = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 2
        assert output.startswith(f"Error: port {port} is taken")
        assert f"make demo {name}={port + 1}" in output


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8080.0", "1" * 5_000])
def test_bad_port_is_named(trained: Trained, port: str) -> None:
    process = start(trained, PORT=port)
    output, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert output == f"Error: PORT={port} is not a port; give a number from 1 to 65535\n"


def test_interrupt_stops_everything(trained: Trained) -> None:
    ports = free_port(), free_port()
    process = start(trained, PORT=str(ports[0]), STREAMLIT_PORT=str(ports[1]))
    read_until(process, "Ctrl-C stops everything.")
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 3
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert_free(ports)


def test_interrupt_in_the_middle_of_a_line_stops_everything(trained: Trained) -> None:
    """A reader slower than the demo, such as a pager, leaves it waiting inside print."""
    ports = free_port(), free_port()
    process = start(trained, PORT=str(ports[0]), STREAMLIT_PORT=str(ports[1]), PYTHONUNBUFFERED="")
    read_until(process, "Ctrl-C stops everything.")
    children = psutil.Process(process.pid).children(recursive=True)
    servers = [child for child in children if child.cmdline()[1] != "infra/demo.py"]
    assert len(servers) >= 3
    assert process.stdout is not None
    deadline = time.monotonic() + DEADLINE_S
    while int.from_bytes(fcntl.ioctl(process.stdout, termios.FIONREAD, bytes(4)), sys.byteorder) < PIPE_BYTES - 500:
        httpx.get(f"http://127.0.0.1:{ports[0]}/model")
        assert time.monotonic() < deadline
    for _ in range(10):  # more lines than the pipe has room for
        httpx.get(f"http://127.0.0.1:{ports[0]}/model")
    process.send_signal(signal.SIGINT)
    assert psutil.wait_procs(servers, timeout=10)[1] == []  # though nothing is read yet
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert_free(ports)


# A buffered stdout is flushed once more at exit, an unbuffered one is not; an empty value counts as none.
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_closed_terminal_stops_everything(trained: Trained, number: int, unbuffered: str) -> None:
    ports = free_port(), free_port()
    variables = {"PORT": str(ports[0]), "STREAMLIT_PORT": str(ports[1]), "PYTHONUNBUFFERED": unbuffered}
    process = start(trained, **variables)
    read_until(process, "Ctrl-C stops everything.")
    children = psutil.Process(process.pid).children(recursive=True)
    assert process.stdout is not None
    process.stdout.close()
    process.send_signal(number)
    assert process.wait(timeout=DEADLINE_S) == 1
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert_free(ports)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_nobody_reads_stops_everything(trained: Trained, unbuffered: str) -> None:
    """The first line already fails, when the demo has not heard yet that the other processes started."""
    ports = free_port(), free_port()
    variables = {"PORT": str(ports[0]), "STREAMLIT_PORT": str(ports[1]), "PYTHONUNBUFFERED": unbuffered}
    reader, writer = os.pipe()
    os.close(reader)
    process = start(trained, writer, **variables)
    os.close(writer)
    assert process.wait(timeout=DEADLINE_S) == 1
    assert running(ports) == []
    assert_free(ports)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        (
            "/no/model.json",
            "there is no model at /no/model.json; run `make train` to bake it, or point MODEL_URI at another",
        ),
        (
            "s3://bucket/model.json",
            "MODEL_URI=s3://bucket/model.json cannot be used: give s3://bucket/prefix/models/<name>/live; the prefix may "
            "be left out",
        ),
    ],
)
def test_model_that_cannot_be_used_is_named_before_anything_starts(trained: Trained, uri: str, reason: str) -> None:
    process = start(trained, PORT=str(free_port()), STREAMLIT_PORT=str(free_port()), MODEL_URI=uri)
    output, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert output == f"Error: {reason}\n"


def test_damaged_model_is_named_before_anything_starts(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(trained.path.read_text(encoding="utf-8").replace('"title"', '"name"', 1), encoding="utf-8")
    process = start(trained, PORT=str(free_port()), STREAMLIT_PORT=str(free_port()), MODEL_URI=str(path))
    output, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert output.startswith(f"Error: the model {path} is damaged: ")
    assert output.count("\n") == 1


def test_function_that_cannot_start_ends_the_demo(trained: Trained) -> None:
    ports = free_port(), free_port()
    process = start(trained, PORT=str(ports[0]), STREAMLIT_PORT=str(ports[1]), WEB_CONCURRENCY="many")
    output, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "function stopped (rc=1)" in output
    assert running(ports) == []
    assert_free(ports)
