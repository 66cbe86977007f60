"""Lambda's runtime API for one sandbox: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.

The runtime client asks for the next event, and posts what the function answers to it.
"""

from __future__ import annotations

import queue
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"
NEXT = "/2018-06-01/runtime/invocation/next"
INIT_ERROR = "/2018-06-01/runtime/init/error"
ANSWER = re.compile(r"/2018-06-01/runtime/invocation/(?P<id>[^/]+)/(?P<kind>response|error)")


@dataclass
class Invocation:
    """One event, and the function's answer to it: the payload, and whether it is an error."""

    id: str
    payload: bytes
    headers: dict[str, str]
    answer: Future[tuple[bytes, bool]] = field(default_factory=Future)


class RuntimeApi:
    """Serves the runtime client of one process. `started` is done when it asks for its first event.

    Where the function cannot be loaded, `started` holds the payload that says why; else it holds None.
    """

    def __init__(self) -> None:
        """Listen on a free port."""
        self.started: Future[bytes | None] = Future()
        self.events: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self.running: Invocation | None = None
        self.ended: Exception | None = None
        self.lock = threading.Lock()  # since a process may end as it is sent an event
        self.server = ThreadingHTTPServer((HOST, 0), type("BoundHandler", (Handler,), {"api": self}))
        self.server.daemon_threads = True
        self.address = f"{HOST}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def send(self, invocation: Invocation) -> None:
        """Give the runtime client its next event."""
        with self.lock:
            self.running = invocation
            if self.ended:
                invocation.answer.set_exception(self.ended)
        self.events.put(invocation)

    def fail(self, reason: Exception) -> None:
        """Tell whoever waits for the process that it has ended."""
        with self.lock:
            self.ended = reason
            for future in (self.started, self.running and self.running.answer):
                if future and not future.done():
                    future.set_exception(reason)

    def close(self) -> None:
        """Stop listening, and end the request that waits for an event."""
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of the runtime client of `api`."""

    api: RuntimeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else headers and body wait for each other

    def do_GET(self) -> None:
        """Answer with the next event, when there is one."""
        if self.path != NEXT:
            return self.send_error(404)
        if not self.api.started.done():
            self.api.started.set_result(None)
        invocation = self.api.events.get()
        if invocation is None:
            self.close_connection = True
            return None
        headers = {"Lambda-Runtime-Aws-Request-Id": invocation.id, **invocation.headers}
        return self._reply(200, invocation.payload, headers)

    def do_POST(self) -> None:
        """Take the function's answer, or why it cannot be loaded."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        running, posted = self.api.running, ANSWER.fullmatch(self.path)
        if self.path == INIT_ERROR and not self.api.started.done():
            self.api.started.set_result(body)
        elif posted and running and posted["id"] == running.id and not running.answer.done():
            running.answer.set_result((body, posted["kind"] == "error"))
        else:
            return self.send_error(400)
        return self._reply(202, b"", {})

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the function's own log is what counts."""
