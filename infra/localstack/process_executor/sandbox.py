"""A sandbox: one process of Lambda's runtime client that runs a function, one event after another."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from process_executor.runtime_api import Invocation, RuntimeApi

# Lambda's own runtime client, and nothing else that is installed here.
RUNTIME_CLIENT = "LAMBDA_RUNTIME_CLIENT"
STOP_DEADLINE_S = 5


class SandboxError(Exception):
    """The sandbox's process has ended; the message says how, in Lambda's words."""


class Sandbox:
    """Runs the function in the folder `code`, with these variables; what it prints is kept in a file."""

    def __init__(self, code: Path, handler: str, variables: Mapping[str, str]) -> None:
        """Start the process."""
        self.api = RuntimeApi()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 # a file, since all of it is there when the answer is
        self.read_bytes = 0
        self.process = subprocess.Popen(
            # -S: no site-packages, the package has to bring all that it needs
            [sys.executable, "-S", "-m", "awslambdaric", handler],
            cwd=code,
            env=make_environment(code, self.api.address, variables),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def load(self) -> bytes | None:
        """Wait until the function is loaded, and return None, or else the payload that says why it cannot be.

        Raises:
            SandboxError: the process ended before it asked for an event.
        """
        return self.api.started.result()

    def invoke(self, invocation: Invocation, timeout_s: float) -> tuple[bytes, bool]:
        """Return what the function answers, and whether it is an error.

        Raises:
            SandboxError: the process ended instead.
            TimeoutError: it has not answered in time; it is left running.
        """
        self.api.send(invocation)
        return invocation.answer.result(timeout_s)

    def read_log(self) -> str:
        """Return what was printed since this was last asked."""
        text = os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size - self.read_bytes, self.read_bytes)
        self.read_bytes += len(text)
        return text.decode(errors="replace")

    def is_running(self) -> bool:
        """Say whether it can take another event."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the process, if it runs, and all that it has started."""
        if self.is_running():
            kill_group(self.process)
        self.process.wait(STOP_DEADLINE_S)
        self.watcher.join()

    def _watch(self) -> None:
        status = self.process.wait()
        kill_group(self.process)  # what it has started; later, the number may be another's
        how = f"signal: {-status}" if status < 0 else f"exit status {status}"
        self.api.fail(SandboxError(f"Runtime exited with error: {how}"))
        self.api.close()


def make_environment(code: Path, api: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the process: those that LocalStack and the function name, and those of Lambda itself."""
    return {
        **variables,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime_name()}",
        "AWS_LAMBDA_RUNTIME_API": api,
        "LAMBDA_TASK_ROOT": str(code),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": os.environ[RUNTIME_CLIENT],
    }


def runtime_name() -> str:
    """Return what Lambda calls this interpreter, such as python3.13."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group, and the group with it."""
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        return
