"""Wait until the function and the Streamlit page answer, say where they are, and stay until stopped."""

from __future__ import annotations

import hashlib
import json
import shlex
import signal
import sys
import time
import urllib.request
from typing import Any

DEADLINE_S = 60
POLL_S = 0.2


def wait_for(url: str, deadline: float) -> bytes:
    """Return what `url` answers, once it does.

    Raises:
        TimeoutError: it has not answered at `deadline` (of time.monotonic, in seconds).
    """
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:  # nosec B310
                return bytes(response.read())
        except OSError as error:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} did not answer within {DEADLINE_S} s: {error}") from None
            time.sleep(POLL_S)


def make_curl(function_url: str, row: dict[str, Any], *, is_hashed: bool = False) -> str:
    """Return a request for the prediction of `row`, to paste; `is_hashed` for CloudFront, which signs by the hash."""
    body = json.dumps(row, ensure_ascii=False)
    hashed = f"-H 'x-amz-content-sha256: {hashlib.sha256(body.encode()).hexdigest()}' \\\n  " if is_hashed else ""
    return f"""curl --request POST {function_url}/predict \\
  -H 'Content-Type: application/json' \\
  {hashed}-d {shlex.quote(body)}"""


def main(function_url: str, page_url: str) -> None:
    """Print the addresses and a request to paste, then wait for a signal."""
    deadline = time.monotonic() + DEADLINE_S
    row = json.loads(wait_for(f"{function_url}/model", deadline))["typical_row"]
    wait_for(f"{page_url}/_stcore/health", deadline)
    print(f"""
The function and its page:  {function_url}
Its API, to read and try:   {function_url}/docs
The Streamlit page:         {page_url}

{make_curl(function_url, row)}

Ctrl-C stops everything.""")
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
