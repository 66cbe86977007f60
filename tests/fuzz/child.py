"""The child: a process that does one thing with each line of JSON that it is sent, and says what came of it.

`python child.py handler PACKAGE` answers events with a package's handler and knows nothing else; `python -m
tests.fuzz.child READER` reads files of this repository's kinds.
"""

import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST_BYTES = 8 * 2**30  # of addresses, so that what asks for more fails, and not the machine


class Context:
    """What Lambda's runtime tells a handler of a call, as far as it is used."""

    aws_request_id = "8a7ee9a2-8ff7-4b5c-a2d3-9d8c1f6f6a54"


def main(kind: str, *arguments: str) -> None:
    """Serve calls until stdin ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    replies = os.fdopen(os.dup(1), "w")
    log = os.environ.get("FUZZ_LOG", os.devnull)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)  # what the handler prints is its log
    call = load_handler(*arguments) if kind == "handler" else load_reader(kind)
    for line in sys.stdin:
        reply: dict[str, Any] = {}
        start = time.process_time()
        try:
            reply["answer"] = call(json.loads(line))
        except Exception as error:
            reply["error"] = {"type": type(error).__name__, "message": str(error), "traceback": traceback.format_exc()}
        reply["cpu_s"] = time.process_time() - start
        reply["peak_mib"] = find_peak_mib()
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def find_peak_mib() -> float:
    """Return the most memory that this process held; ru_maxrss is that of the one that it was forked from, too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def load_handler(package: str) -> Callable[[Any], Any]:
    """Return what calls the handler of a package, which is looked for there before anywhere else."""
    sys.path.insert(0, package)
    handler: Any = importlib.import_module("main").handler
    return lambda event: handler(event, Context)


def load_reader(kind: str) -> Callable[[Any], Any]:
    """Return a reader of tests.fuzz.readers."""
    reader: Callable[[Any], Any] = getattr(importlib.import_module("tests.fuzz.readers"), f"read_{kind}")
    return reader


if __name__ == "__main__":
    main(*sys.argv[1:])
