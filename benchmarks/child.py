"""The child: a process that imports the handler of a package and calls it when told. Python alone suffices.

python -I -S child.py PACKAGE: each line of stdin is {"event", "calls"}; each line of stdout is {"answer", "times_s"}.
"""

import json
import os
import sys
from time import perf_counter
from typing import Any


def main(package: str) -> None:
    """Import the handler of `package` and serve calls until stdin ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the handler prints is its log
    sys.path.insert(0, package)
    handler: Any = __import__("main").handler
    for line in sys.stdin:
        asked = json.loads(line)
        event, times_s, answer = asked["event"], [], None
        for _ in range(asked["calls"]):
            start = perf_counter()
            answer = handler(event, Context)
            times_s.append(perf_counter() - start)
        replies.write(json.dumps({"answer": answer, "times_s": times_s}) + "\n")
        replies.flush()


class Context:
    """What Lambda's runtime tells a handler of a call, as far as it is used."""

    aws_request_id = "8a7ee9a2-8ff7-4b5c-a2d3-9d8c1f6f6a54"


if __name__ == "__main__":
    main(sys.argv[1])
