"""A process that is fuzzed apart from the one that fuzzes: its memory is its own, and it may die."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from training import ROOT

CHILD = Path(__file__).with_name("child.py")
DEADLINE_S = 10  # by the clock, of which a busy machine may take much; what is judged is its time of a processor
START = {"reader": ["-m", "tests.fuzz.child"], "handler": ["-I", "-S", str(CHILD), "handler"]}


class ChildError(Exception):
    """The process died of what it was sent, or did not answer."""


@dataclass
class Child:
    """Runs tests/fuzz/child.py, anew after it has died; a context manager, which ends it.

    `kind` and `argument` are "handler" and a package, or "reader" and the name of one.
    """

    kind: str
    argument: str
    environment: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._stop()

    def ask(self, given: object) -> dict[str, Any]:
        """Return what the child says of a value: `answer`, or `error` with type, message and traceback, `cpu_s` and `peak_mib`.

        Raises:
            ChildError: it died, or took over 10 s.
        """
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write(json.dumps(given).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline() if self.selector.select(DEADLINE_S) else b"too late"
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            code = self.process.poll()
            self._stop()
            self._start()
            raise ChildError(f"the process died (exit code {code})" if not line else f"no answer within {DEADLINE_S} s")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def memory_mib(self) -> float:
        """Return what the process holds now."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *START[self.kind], self.argument],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout or -1, selectors.EVENT_READ)

    def _stop(self) -> None:
        self.selector.close()
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.wait()
