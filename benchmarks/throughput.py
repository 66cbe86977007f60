"""Throughput: requests a second that a package's app answers to 8 clients, under uvicorn with one worker.

The load comes from this process, on a core of its own where there are two, over connections that stay open, each of
which asks again as soon as it is answered. It costs the same for all, and is less busy than the fastest of the apps.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.bar import Bar
from benchmarks.measure import FLOOR, FUNCTION, Measure, take_turns
from benchmarks.packages import install
from benchmarks.process import environment
from benchmarks.request import Request

CLIENTS, REQUESTS, ROUNDS = 8, 240, 40
DEADLINE_S = 60
HOST = "127.0.0.1"
SERVE = """
import socket, sys
sys.path[:0] = sys.argv[1:3]
import uvicorn
config = uvicorn.Config("main:app", log_level="warning", access_log=False)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[3]))])
"""


def bench_throughput(packages: dict[str, Path], request: Request) -> tuple[list[Measure], list[Bar]]:
    """Load each package 40 times."""
    message, server = make_message(request), install("server", {})
    with ExitStack() as stack:
        ports = {name: stack.enter_context(serve(package, server)) for name, package in packages.items()}
        runs = {name: partial(load, port, message, request) for name, port in ports.items()}
        measure = Measure(f"throughput, uvicorn, {CLIENTS} clients", "requests/s", take_turns(runs, ROUNDS))
    return [measure], [Bar(f"{measure.name}, times the floor", measure.ratio(FUNCTION, FLOOR), least=0.85)]


@contextmanager
def serve(package: Path, server: Path) -> Iterator[int]:
    """Serve a package's app with the uvicorn of the folder `server`, and yield the port."""
    with socket.create_server((HOST, 0)) as listening:
        command = [sys.executable, "-I", "-S", "-c", SERVE, str(package), str(server), str(listening.fileno())]
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, pass_fds=[listening.fileno()])
        try:
            yield int(listening.getsockname()[1])
        finally:
            process.terminate()
            process.wait(timeout=10)


def make_message(request: Request) -> bytes:
    """Return the bytes of the HTTP request."""
    body = json.dumps(request.row).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def read_answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next answer on a connection, as the handler would give it."""
    head = await reader.readuntil(b"\r\n\r\n")
    size = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    body = await reader.readexactly(int(size[1]) if size else 0)
    return {"statusCode": int(head.split(b" ", 2)[1]), "body": body}


def load(port: int, message: bytes, request: Request) -> float:
    """Send the message 240 times over 8 connections and return the answers a second.

    Raises:
        RuntimeError: an answer was not the right one.
        TimeoutError: the answers took more than a minute.
    """

    async def ask(count: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            for _ in range(count):
                writer.write(message)
                request.check(await read_answer(reader))
        finally:
            writer.close()
            await writer.wait_closed()

    async def ask_all() -> None:
        await asyncio.wait_for(asyncio.gather(*[ask(REQUESTS // CLIENTS) for _ in range(CLIENTS)]), DEADLINE_S)

    start = time.perf_counter()
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:  # leaves the loop of this thread as it is
        runner.run(ask_all())
    return REQUESTS / (time.perf_counter() - start)
