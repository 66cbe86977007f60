"""A Lambda function URL on this machine: HTTP in, events to Lambda's own runtime, HTTP out.

CORS is applied as AWS applies it, and only where it is configured: the URL itself answers preflights,
and adds Access-Control-* to the function's answers without removing the function's own. Where both are configured, a
browser sees the header twice and refuses the answer, here as there.
"""

from __future__ import annotations

import json
import sys

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from infra.emulator import LambdaRuntimeError
from infra.payload import AnswerError, make_event, make_response
from infra.runtime import FunctionError, LambdaRuntime

LARGEST_BYTES = 6_291_556  # of an event; the runtime holds an answer to the same
TOO_LARGE = f"Request must be smaller than {LARGEST_BYTES} bytes for the InvokeFunction operation"


class FunctionUrl:
    """The ASGI app that turns requests into events for `runtime`, one at a time, and its answers into responses."""

    def __init__(self, runtime: LambdaRuntime, origins: tuple[str, ...] = ()) -> None:
        """Serve `runtime`, to pages of these origins too; `*` stands for all."""
        self.runtime = runtime
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        is_preflight = request.method == "OPTIONS" and "access-control-request-method" in request.headers
        try:
            response = Response() if self.origins and is_preflight else await self.invoke(request)
        except ClientDisconnect:
            return
        for name, value in self.cors_headers(request.headers.get("origin"), is_preflight):
            response.headers.append(name, value)
        await response(scope, receive, send)

    async def invoke(self, request: Request) -> Response:
        """Return the function's answer, or what AWS answers instead of it."""
        body = await read_body(request)
        event = json.dumps(make_event(request, body)).encode() if body is not None else b""
        if body is None or len(event) > LARGEST_BYTES:
            return refuse(413, TOO_LARGE)
        try:
            return make_response(await run_in_threadpool(self.runtime.send, event), request.method)
        except (AnswerError, FunctionError, LambdaRuntimeError) as error:
            print(f"Error: {error}", file=sys.stderr)
            return refuse(502, "Internal Server Error")

    def cors_headers(self, origin: str | None, is_preflight: bool) -> list[tuple[str, str]]:
        """Return the headers that let a page of this origin read the answer, if it may."""
        allowed = "*" if "*" in self.origins else origin if origin in self.origins else None
        if origin is None or allowed is None:
            return []
        headers = [("Access-Control-Allow-Origin", allowed), ("Vary", "Origin")]
        if is_preflight:
            headers += [("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*")]
        return headers


async def read_body(request: Request) -> bytes | None:
    """Return the body, or None if it is too large even without the rest of the event; it is read to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk[: LARGEST_BYTES + 1 - len(body)]
    return bytes(body) if len(body) <= LARGEST_BYTES else None


def refuse(status: int, message: str) -> Response:
    """Return an answer of AWS itself."""
    return Response(json.dumps({"Message": message}), status, media_type="application/json")


def make_server(app: FunctionUrl) -> uvicorn.Server:
    """Return a server of `app`, for which an address that a client claims in X-Forwarded-For is not the client's."""
    return uvicorn.Server(
        uvicorn.Config(app, lifespan="off", ws="none", proxy_headers=False, log_level="warning", access_log=False)
    )
