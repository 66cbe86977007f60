"""A process that is measured: its time and the memory of it and its children."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

import psutil

POLL_S = 0.05


@dataclass(frozen=True)
class Run:
    """What a process printed, how long it took, and the most memory that it and its children held at once."""

    printed: str
    wall_s: float
    peak_mib: float


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment and `more`, without PYTHON*: PYTHONDONTWRITEBYTECODE alone doubles a start."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | more


def run_python(script: str, *arguments: str) -> Run:
    """Run `script` in an interpreter of its own, imports included.

    The peak is sampled every 50 ms; pages that processes share are counted once, where the system tells (Linux).

    Raises:
        RuntimeError: the script failed; the message is what it said.
    """
    command = [sys.executable, "-c", script, *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watched = psutil.Process(process.pid)
    peak = 0
    while True:
        try:
            printed, said = process.communicate(timeout=POLL_S)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, _memory_bytes(watched))
    if process.returncode:
        raise RuntimeError(said)
    return Run(printed, time.perf_counter() - start, peak / 2**20)


def _memory_bytes(process: psutil.Process) -> int:
    total = 0
    try:
        for each in [process, *process.children(recursive=True)]:
            memory = each.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    except psutil.NoSuchProcess:
        pass  # it ended in between; the next sample tells
    return total
