"""A worker: a package's handler in a process of its own, which knows the package and the standard library only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from benchmarks.process import environment

CHILD = Path(__file__).with_name("child.py")


class Worker:
    """Calls the handler of a package in a child process; a context manager, which ends the child."""

    def __init__(self, package: Path, **variables: str) -> None:
        """Start the child with these environment `variables` beside the usual ones."""
        # -I -S: no PYTHON* variables, no site-packages
        command = [sys.executable, "-I", "-S", str(CHILD), str(package)]
        self._child = subprocess.Popen(
            command, env=environment(**variables), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Worker:
        """Return the worker."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """End the child, at once if something failed."""
        if kind:
            self._child.kill()
        self._child.communicate()

    def call(self, event: Any, calls: int = 1) -> tuple[Any, list[float]]:
        """Call the handler with `event` this many times; return its last answer and the seconds of each call.

        Raises:
            RuntimeError: the child ended; it has said why on stderr.
        """
        if not self._child.stdin or not self._child.stdout:
            raise RuntimeError("the child was started without pipes")
        try:
            print(json.dumps({"event": event, "calls": calls}), file=self._child.stdin, flush=True)
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"the handler's process ended with exit code {self._child.wait()}; see above")
        reply = json.loads(line)
        return reply["answer"], reply["times_s"]

    @property
    def memory_mib(self) -> dict[str, float]:
        """The memory that the child holds: RSS, and where the system tells it (Linux) PSS."""
        memory = psutil.Process(self._child.pid).memory_full_info()
        sizes = {"RSS": memory.rss, "PSS": getattr(memory, "pss", None)}
        return {name: size / 2**20 for name, size in sizes.items() if size}
