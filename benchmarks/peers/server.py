"""The server of a peer: started, asked over HTTP, and stopped with all that it started."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.peers.peer import ENVIRONMENTS, PIPELINE, Peer
from benchmarks.process import environment
from benchmarks.request import Request

HOST = "127.0.0.1"
DEADLINE_S, STOP_DEADLINE_S, POLL_S = 60, 20, 0.01
REQUESTS = 50


def measure(peer: Peer, request: Request) -> tuple[float, float]:
    """Return the seconds from a start to the right answer, and the milliseconds of a warm one, the median of 50.

    Raises:
        RuntimeError: it does not answer, or not rightly.
    """
    with socket.create_server((HOST, 0)) as probe:
        port = int(probe.getsockname()[1])
    start = time.perf_counter()
    with serve(peer, port) as process:
        connection = wait_for_answer(peer, port, request, process)
        cold_s, times = time.perf_counter() - start, []
        for _ in range(REQUESTS):
            start = time.perf_counter()
            ask(peer, connection, request)
            times.append(time.perf_counter() - start)
        connection.close()
    return cold_s, statistics.median(times) * 1e3


@contextmanager
def serve(peer: Peer, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a peer's server, and at the end stop it and the processes that it started."""
    path = f"{peer.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = environment(**peer.variables, PATH=path, PIPELINE=str(PIPELINE))
    command = [part.format(folder=peer.folder, port=port) for part in peer.command]
    with log_of(peer).open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ENVIRONMENTS, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a server and the processes that it started to end, and end them if they do not."""
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, wanted)
            process.wait(STOP_DEADLINE_S)
    process.wait()


def log_of(peer: Peer) -> Path:
    """Return where a peer's output goes."""
    return peer.folder.with_name(f"{peer.name}.log")


def wait_for_answer(
    peer: Peer, port: int, request: Request, process: subprocess.Popen[bytes]
) -> http.client.HTTPConnection:
    """Ask until there is the right answer, and return the connection."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        connection = http.client.HTTPConnection(HOST, port, timeout=DEADLINE_S)
        try:
            ask(peer, connection, request)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{peer.name} does not answer ({error!r}); see {log_of(peer)}") from error
            time.sleep(POLL_S)
        else:
            return connection


def ask(peer: Peer, connection: http.client.HTTPConnection, request: Request) -> None:
    """Ask once.

    Raises:
        OSError, http.client.HTTPException: there is no answer, or it has another status than 200.
        RuntimeError: the answer is not right.
    """
    connection.request("POST", peer.path, json.dumps(peer.ask(request.row)), {"Content-Type": "application/json"})
    response = connection.getresponse()
    body = response.read()
    if response.status != http.client.OK:
        raise http.client.HTTPException(f"{response.status}: {body[:500]!r}")
    answer = {"probabilities": peer.probabilities(json.loads(body))}
    request.check({"statusCode": response.status, "body": json.dumps(answer)})
