"""Lambda's own runtime on this machine, without a container: it runs a package and is sent events."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, Self

from infra.emulator import HANDLER, TIMEOUT_S, LambdaRuntimeError, find_emulator, lambda_variables, make_command

HOST = "127.0.0.1"
INVOCATIONS = "/2015-03-31/functions/function/invocations"
# What the emulator answers, with status 200, where the function raised or timed out.
FAILURES = (b'{"errorMessage": ', b"Task timed out after ")
START_DEADLINE_S, STOP_DEADLINE_S = 10, 10
NOTHING: Mapping[str, str] = MappingProxyType({})


class FunctionError(Exception):
    """The function raised, timed out or ended; the message is what Lambda says of it."""


class LambdaRuntime:
    """Runs the unpacked `package` while it is entered, one call at a time; the first call starts the function.

    `environment` holds the function's own variables. What it and the emulator print goes to `log` (default: where this
    program's goes).

    Raises:
        LambdaRuntimeError: this machine has no Lambda runtime, or the emulator does not start.
    """

    def __init__(
        self,
        package: Path,
        environment: Mapping[str, str] = NOTHING,
        *,
        handler: str = HANDLER,
        log: IO[Any] | None = None,
    ) -> None:
        """Find the parts; nothing starts yet."""
        self.emulator = find_emulator()
        self.package = package.resolve()
        self.environment = {**lambda_variables(self.package, handler), **environment}
        self.handler = handler
        self.log = log
        self.one_call = threading.Lock()  # two that overlap crash the emulator

    def __enter__(self) -> Self:
        """Start the emulator and wait until it listens."""
        self.port, runtime_port = free_ports(2)
        self.process = subprocess.Popen(
            make_command(self.emulator, f"{HOST}:{self.port}", f"{HOST}:{runtime_port}", self.handler),
            cwd=self.package,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=None if self.log is None else subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this program, which stops the emulator after the call that it runs
        )
        self.connection = http.client.HTTPConnection(HOST, self.port, timeout=TIMEOUT_S + START_DEADLINE_S)
        try:
            self._wait_until_it_listens()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the emulator, which stops the function."""
        self._stop()

    def invoke(self, event: object) -> Any:
        """Return what the function answers to `event`.

        Raises:
            FunctionError: it raised, timed out or ended.
            LambdaRuntimeError: the emulator has ended.
        """
        return json.loads(self.send(json.dumps(event).encode()))

    def send(self, event: bytes) -> bytes:
        """Return the function's answer to an event, both as JSON; raises as `invoke` does."""
        with self.one_call:
            try:
                self.connection.request("POST", INVOCATIONS, event)
                response = self.connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                raise LambdaRuntimeError(f"the Lambda runtime does not answer any more ({error!r})") from error
        if response.status != http.client.OK or answer.startswith(FAILURES):
            raise FunctionError(answer.decode(errors="replace"))
        return answer

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_DEADLINE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                return self.connection.connect()
            except ConnectionRefusedError:
                time.sleep(0.01)
        raise LambdaRuntimeError(f"{self.emulator} did not start (exit code {self.process.poll()}); see its output")

    def _stop(self) -> None:
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nothing listens on, all different."""
    probes = [socket.create_server((HOST, 0)) for _ in range(count)]
    try:
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
