"""Load: what the function holds when it is asked much, slowly, and by many that say nothing: `make load`.

Like benchmarks.throughput, it asks from this process over connections that stay open, and checks each answer: wrk and
Locust count what comes, whatever it says.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import psutil
import typer

from benchmarks.bar import Bar
from benchmarks.process import environment
from benchmarks.report import bar_table, machine
from benchmarks.request import Request
from benchmarks.slope import PER, find_slope
from benchmarks.throughput import HOST, make_message, read_answer
from infra.archive import unpack_read_only
from infra.package import build
from infra.ready import wait_for
from infra.runtime import LambdaRuntime
from predict.model import load_model
from predict.settings import PACKAGED_MODEL

CLIENTS, LOAD_S = 32, 60
INVOCATIONS, WEIGHED_EVERY = 10_000, 100
CROWD_CLIENTS, CROWD_S = 8, 4  # uvicorn closes an idle connection after 5 seconds
START_S, DEADLINE_S = 60, 10
MOST_SLOPE = 1.0  # MiB per 10,000 answers
LEAST_HELD = 0.9  # of a crowd, or else the clients were beside nobody
IDLE = "connections that stay open and ask nothing more"
SLOW = "clients that send a byte of their head every 100 ms"
HALF = "clients that say nothing more after half of their body, as if their machines were gone"
CROWDS: Mapping[str, int] = MappingProxyType({IDLE: 1_000, SLOW: 200, HALF: 200})


@dataclass
class Served:
    """What clients saw: the seconds of each answer, what went wrong, and the server's memory in between."""

    times_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory_mib: list[tuple[float, float]] = field(default_factory=list)

    def bars(self, name: str) -> list[Bar]:
        """Return the bar that there are no errors, after a line with the figures."""
        p50, p99, longest = np.quantile(self.times_s or [np.nan], [0.5, 0.99, 1]) * 1000
        print(
            f"{name}: {len(self.times_s):,} answers, {len(self.errors)} errors {self.errors[:3]}, median {p50:.1f} ms, "
            f"p99 {p99:.1f} ms, longest {longest:.0f} ms",
            flush=True,
        )
        return [Bar(f"{name}, errors", len(self.errors), most=0)]

    def slope_bar(self, name: str) -> Bar:
        """Return the bar of how much memory may grow."""
        first, last = self.memory_mib[0][1], self.memory_mib[-1][1]
        print(f"{name}: memory {first:.1f} MiB at first, {last:.1f} MiB at last", flush=True)
        return Bar(f"{name}, memory, MiB per {PER:,} answers", find_slope(self.memory_mib), most=MOST_SLOPE)


@contextmanager
def serve() -> Iterator[tuple[int, psutil.Process]]:
    """Serve the function by uvicorn as `make demo` does, and yield the port and the process."""
    # not by a socket that it inherits, on which every answer would wait 40 ms: it takes that for one of no network
    with socket.create_server((HOST, 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "predict.main:app", "--host", HOST, "--port", str(port), "--ws", "none"]
    process = subprocess.Popen(
        [*command, "--no-access-log", "--log-level", "warning"], env=environment(), stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://{HOST}:{port}/health", time.monotonic() + START_S)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=10)


async def ask(port: int, message: bytes, request: Request, until: float, served: Served) -> None:
    """Ask over and over on one connection until a moment of time.monotonic."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        while time.monotonic() < until:
            start = time.perf_counter()
            writer.write(message)
            request.check(await asyncio.wait_for(read_answer(reader), DEADLINE_S))
            served.times_s.append(time.perf_counter() - start)
    except Exception as error:  # whatever it is, it is what this client saw
        served.errors.append(repr(error))
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def ask_all(port: int, request: Request, clients: int, seconds: float, process: psutil.Process) -> Served:
    """Ask with so many clients for so many seconds."""
    served, message, until = Served(), make_message(request), time.monotonic() + seconds

    async def weigh() -> None:
        while time.monotonic() < until:
            served.memory_mib.append((len(served.times_s), process.memory_info().rss / 2**20))
            await asyncio.sleep(seconds / 60)

    await asyncio.gather(weigh(), *[ask(port, message, request, until, served) for _ in range(clients)])
    return served


def bench_load(request: Request, clients: int = CLIENTS, seconds: float = LOAD_S) -> list[Bar]:
    """Ask with 32 clients for a minute."""
    name = f"{clients} clients for {seconds:g} s, uvicorn"
    with serve() as (port, process):
        served = run(ask_all(port, request, clients, seconds, process))
    return [*served.bars(name), served.slope_bar(name)]


def bench_invocations(request: Request, model: Path, count: int = INVOCATIONS) -> list[Bar]:
    """Invoke the package under Lambda's own runtime 10,000 times, one after another, as Lambda does."""
    name, served, event = f"{count:,} invocations, Lambda runtime", Served(), json.dumps(request.event).encode()
    with tempfile.TemporaryDirectory() as folder:
        unpack_read_only(build(Path(folder) / "function", model=model), Path(folder) / "task")
        with (Path(folder) / "log").open("wb") as log, LambdaRuntime(Path(folder) / "task", log=log) as runtime:
            runtime.send(event)
            children = psutil.Process(runtime.process.pid).children(recursive=True)
            function = next(each for each in children if each.name().startswith("python"))
            for number in range(count):
                start = time.perf_counter()
                try:
                    request.check(json.loads(runtime.send(event)))
                except Exception as error:  # whatever it is, it is what this client saw
                    served.errors.append(repr(error))
                served.times_s.append(time.perf_counter() - start)
                if number % WEIGHED_EVERY == 0:
                    served.memory_mib.append((number, function.memory_info().rss / 2**20))
    return [*served.bars(name), served.slope_bar(name)]


def bench_crowds(request: Request, crowds: Mapping[str, int] = CROWDS) -> list[Bar]:
    """Ask with 8 clients beside each crowd, and see that nothing of the crowd is left behind it."""
    bars = []
    for kind, count in crowds.items():
        with serve() as (port, process):
            served, held, still, left = run(stand_beside(kind, count, port, request, process))
        name = f"beside {count:,} {kind}"
        print(f"{name}: {held:,} held at first, {still:,} after {CROWD_S} s, {left} when they were gone")
        bars += [
            *served.bars(name),
            Bar(f"{name}, held at first", held, least=LEAST_HELD * count),
            # the first of those that ask nothing more may have been closed by then: uvicorn waits for 5 s
            *([] if kind == IDLE else [Bar(f"{name}, held at last", still, least=LEAST_HELD * count)]),
            Bar(f"{name}, left when they are gone", left, most=0),
        ]
    return bars


async def stand_beside(
    kind: str, count: int, port: int, request: Request, process: psutil.Process
) -> tuple[Served, int, int, int]:
    """Return what clients saw beside a crowd, and how many of it were held before, after, and when it was gone."""
    message = make_message(request)

    async def join() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write({IDLE: message, SLOW: message[:10], HALF: message[:-10]}[kind])
        if kind == IDLE:
            request.check(await read_answer(reader))
        return reader, writer

    crowd = await asyncio.gather(*[join() for _ in range(count)])  # at once, or the first are closed before the last
    deadline = time.monotonic() + DEADLINE_S
    while (held := count_connections(process, port)) < LEAST_HELD * count and time.monotonic() < deadline:
        await asyncio.sleep(0.1)  # they may wait to be accepted

    async def send_slowly() -> None:
        for byte in message[10:60]:
            for _reader, writer in crowd:
                writer.write(bytes([byte]))
            await asyncio.sleep(0.1)

    slow = asyncio.create_task(send_slowly()) if kind == SLOW else None
    served = await ask_all(port, request, CROWD_CLIENTS, CROWD_S, process)
    if slow:
        slow.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await slow
    still = count_connections(process, port)
    for _reader, writer in crowd:
        writer.transport.abort()
    deadline = time.monotonic() + DEADLINE_S
    while (left := count_connections(process, port)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return served, held, still, left


def count_connections(process: psutil.Process, port: int) -> int:
    """Return how many connections to its port a process holds."""
    found = process.net_connections("tcp")
    return sum(each.laddr.port == port and each.status != psutil.CONN_LISTEN for each in found)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a loop of its own, and leave the loop of this thread as it is."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


def main() -> None:
    """Load the function, in about two minutes. The exit code is 1 if a bar is missed."""
    request = Request.of(load_model(PACKAGED_MODEL))
    print(machine())
    bars = [*bench_load(request), *bench_invocations(request, PACKAGED_MODEL), *bench_crowds(request)]
    print(bar_table(bars))
    raise typer.Exit(0 if all(bar.is_met for bar in bars) else 1)


if __name__ == "__main__":
    typer.run(main)
