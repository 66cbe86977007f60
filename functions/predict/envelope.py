"""The envelope of every answer: its headers, HEAD, what is said when the function fails, and the line in the log."""

from __future__ import annotations

import time
import traceback
from typing import Any
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predict.log import write_line
from predict.problems import problem

MOST_LOGGED = 10_000  # bytes of a body


class Envelope:
    """Wraps the app: HEAD is GET without its body, and a failure is a 500 that leaks nothing.

    Each answer has the headers X-Model-Version and X-Request-Id, which is Lambda's id where there is one. Each request
    is a line of the log, with what was sent only if `log_inputs`.
    """

    def __init__(self, app: ASGIApp, version: str, *, log_inputs: bool) -> None:
        """Wrap `app`, whose answers come from the model of this version."""
        self.app = app
        self.version = version
        self.log_inputs = log_inputs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        request_id = getattr(scope.get("aws.context"), "aws_request_id", None) or str(uuid4())
        marks = [(b"x-model-version", self.version.encode()), (b"x-request-id", request_id.encode())]
        method, status, more, received = scope["method"], 0, dict[str, Any](), bytearray()

        async def pass_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *marks]
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"} if method == "HEAD" else scope
        try:
            await self.app(inner, _recorded(receive, received) if self.log_inputs else receive, pass_on)
        except ClientDisconnect:
            more["failure"] = "the client went away before all of the body was there"
        except Exception:
            more["traceback"] = traceback.format_exc()
            if status:  # too late for another answer
                raise
            detail = f"The function failed; its log has the cause under the request id {request_id}."
            await problem(500, detail)(inner, receive, pass_on)
        finally:
            if self.log_inputs:
                more["input"] = received.decode("utf-8", "replace")
            write_line(
                "ERROR" if status >= 500 or "traceback" in more else "INFO",
                "request",
                request_id=request_id,
                method=method,
                path=scope["path"],
                status=status,
                duration_ms=round((time.perf_counter() - start) * 1000, 3),
                model_version=self.version,
                **more,
            )


def _recorded(receive: Receive, received: bytearray) -> Receive:
    """Return `receive`, which then also keeps the first bytes that it receives."""

    async def record() -> Message:
        message = await receive()
        received.extend(message.get("body", b"")[: MOST_LOGGED - len(received)])
        return message

    return record
