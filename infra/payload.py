"""Payload format 2.0, which function URLs speak: an HTTP request as an event, and an answer as an HTTP response."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
# These are about the connection, or stand elsewhere in the event.
LEFT_OUT = {"connection", "cookie", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
URL_ID = "local"


class AnswerError(ValueError):
    """The function answered something that is no HTTP response; the message says why."""


def make_event(request: Request, body: bytes) -> dict[str, Any]:
    """Return the event that a function is sent for a request with this body.

    Path and query are as they were sent, encoded. (In an HTTP API's events, the path is decoded.)
    """
    now, path, query = (
        datetime.now(UTC),
        *(request.scope[key].decode("latin-1") for key in ("raw_path", "query_string")),
    )
    address, port = (request.client.host if request.client else ""), request.scope["server"][1]
    http = {
        "method": request.method,
        "path": path,
        "protocol": f"HTTP/{request.scope['http_version']}",
        "sourceIp": address,
        "userAgent": request.headers.get("user-agent", ""),
    }
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "x-amzn-trace-id": f"Root=1-{int(now.timestamp()):08x}-{secrets.token_hex(12)}",
            **join_values((name, value) for name, value in request.headers.items() if name not in LEFT_OUT),
            "x-forwarded-for": address,
            "x-forwarded-port": str(port),
            "x-forwarded-proto": request.scope["scheme"],
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": URL_ID,
            "domainName": request.url.hostname,
            "domainPrefix": URL_ID,
            "http": http,
            "requestId": str(uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies := [cookie for line in request.headers.getlist("cookie") for cookie in line.split("; ")]:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = join_values(parse_qsl(query, keep_blank_values=True))
    if body:
        event["body"], event["isBase64Encoded"] = encode_body(body, request.headers.get("content-type", ""))
    return event


def join_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values of each name, joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def encode_body(body: bytes, content_type: str) -> tuple[str, bool]:
    """Return a body as text, and whether that is base64: so unless its type is of text, and it is UTF-8."""
    if content_type.lower().startswith(TEXT_TYPES):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def make_response(answer: bytes, method: str) -> Response:
    """Return the response that a function's answer, as JSON, stands for; one without statusCode is the body itself.

    Raises:
        AnswerError: it stands for none.
    """
    content = json.loads(answer)
    if not isinstance(content, dict) or "statusCode" not in content:
        text = content if isinstance(content, str) else answer
        return Response(text, media_type="application/json")
    try:
        headers = MutableHeaders(_text_values(content.get("headers") or {}))
        if method != "HEAD":  # whose answers have the length of what GET answers
            del headers["content-length"]
        body = content.get("body") or ""
        body = base64.b64decode(body, validate=True) if content.get("isBase64Encoded") else body.encode()
        if body:
            headers.setdefault("content-type", "application/json")
        for cookie in content.get("cookies") or []:
            headers.append("set-cookie", cookie)
        return Response(body, int(content["statusCode"]), headers)
    except (AttributeError, TypeError, ValueError) as error:
        raise AnswerError(f"the function's answer is no HTTP response ({error!r})") from error


def _text_values(headers: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in headers.items()}
