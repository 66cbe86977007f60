"""The Lambda handler: an event of a function URL, an API Gateway or a load balancer is one request to the app."""

from __future__ import annotations

import json
from typing import Any

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.types import LambdaContext, LambdaEvent
from starlette.types import ASGIApp, Receive, Scope, Send

from predict.log import write_line
from predict.problems import MEDIA_TYPE, problem_document

# What is not listed as text is sent as base64.
TEXT_TYPES = [*DEFAULT_TEXT_MIME_TYPES, "application/problem+json", "application/schema+json", "image/svg+xml"]
UNREADABLE = {
    "statusCode": 400,
    "headers": {"content-type": MEDIA_TYPE},
    "body": json.dumps(problem_document(400, "The request cannot be read: its headers or its body are not HTTP's.")),
    "isBase64Encoded": False,
}
KNOWN = "of a function URL, an HTTP API, a REST API or a load balancer"


class UnknownEventError(ValueError):
    """The function was invoked with something that is no HTTP request; the message names what arrived."""


class Handler:
    """Answers Lambda's events by the app."""

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        """Wrap `app`, below `base_path`. Mangum would run its lifespan at every invocation; there is none."""
        self.mangum = Mangum(Prefix(app, base_path), lifespan="off", text_mime_types=TEXT_TYPES)

    def __call__(self, event: LambdaEvent, context: LambdaContext) -> dict[str, Any]:
        """Return the answer to an event, in the form that its sender reads; 400 where Mangum cannot read a value of it.

        Raises:
            UnknownEventError: it is of another kind, or incomplete.
        """
        request_id = getattr(context, "aws_request_id", None)
        try:
            _check_request_line(event)
            return self.mangum(event, context)
        except ValueError as error:  # of a client's making, such as a Host with no port after its colon
            write_line("WARNING", "unreadable request", request_id=request_id, reason=type(error).__name__)
            return dict(UNREADABLE)
        except Exception as error:  # the app answers its own failures: what comes here, Mangum could not read
            arrived = sorted(event)[:20] if isinstance(event, dict) else type(event).__name__
            write_line("ERROR", "unknown event", request_id=request_id, arrived=arrived, reason=type(error).__name__)
            raise UnknownEventError(f"this event is not one {KNOWN}, or is incomplete; it has: {arrived}") from error


def _check_request_line(event: LambdaEvent) -> None:
    """See that an event has a request's method and path, since Mangum passes on whatever there is.

    Raises:
        AttributeError, KeyError, TypeError: it has not; what Mangum answers beyond KNOWN, Lambda@Edge, has no context.
    """
    http = event["requestContext"].get("http")
    method, path = (http["method"], event["rawPath"]) if http else (event["httpMethod"], event["path"])
    if not isinstance(path, str) or not isinstance(method, str) or not method.isascii():
        raise TypeError("the method or the path is no text of HTTP")


class Prefix:
    """Makes what the path begins with the app's root path: a prefix of our own, or the stage of an API Gateway."""

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        """Wrap `app`, below `base_path`."""
        self.app = app
        self.base_path = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its path beginning with the root path, as ASGI has it."""
        context, path, root = scope["aws.event"]["requestContext"], scope["path"], ""
        if "http" in context:  # payload 2.0: the path begins with the stage, unless that is $default
            stage = "/" + context.get("stage", "$default")
            if f"{path}/".startswith(f"{stage}/"):
                root = stage
        elif full := context.get("path"):  # payload 1.0: only this path has the stage
            if path == "/" and not full.endswith("/"):
                root = path = full
            elif full.endswith(path):
                root, path = full.removesuffix(path), full
        if f"{path}/".startswith(f"{root}{self.base_path}/"):
            root += self.base_path
        await self.app({**scope, "root_path": root, "path": path}, receive, send)
