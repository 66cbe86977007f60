"""The events of this folder, and others made of them: another method, path, body, query or header, as each kind has it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Event = dict[str, Any]
Answer = dict[str, Any]

EVENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in Path(__file__).parent.glob("*.json")}
OTHER = ["sqs", "s3", "scheduled", "console-test", "lambda-edge", "websocket"]  # that are no HTTP requests
KINDS = sorted(name for name in EVENTS if name not in OTHER and not name.endswith("-base64"))


def change(
    kind: str,
    method: str,
    path: str,
    body: str | None = None,
    headers: Mapping[str, list[str]] | None = None,
    query: Mapping[str, list[str]] | None = None,
) -> Event:
    """Return the event of another request of a kind; `path` is without a stage, `headers` come beside the usual ones."""
    event: Event = copy.deepcopy(EVENTS[kind]) | {"body": body}
    context, headers, query = event["requestContext"], headers or {}, query or {}
    if event.get("version") == "2.0":
        stage = "" if context["stage"] == "$default" else f"/{context['stage']}"
        event["rawPath"] = context["http"]["path"] = stage + path
        context["http"]["method"] = method
        event["rawQueryString"] = "&".join(f"{name}={value}" for name, values in query.items() for value in values)
        event["queryStringParameters"] = {name: ",".join(values) for name, values in query.items()}
        event["headers"] |= {name.lower(): ",".join(values) for name, values in headers.items()}
        return event
    event |= {"path": path, "httpMethod": method}
    if kind == "rest-api":
        context |= {"path": f"/{context['stage']}{path}", "httpMethod": method}
        event["pathParameters"] = {"proxy": path[1:]} if path != "/" else None
    if "headers" in event:
        event["headers"] |= {name: values[-1] for name, values in headers.items()}
        event["queryStringParameters"] = {name: values[-1] for name, values in query.items()} or None
    if "multiValueHeaders" in event:
        event["multiValueHeaders"] |= headers
        event["multiValueQueryStringParameters"] = dict(query) or None
    return event


def headers_of(answer: Answer) -> dict[str, str]:
    """Return the headers of an answer, in whichever form its kind has them; none may be there twice."""
    found = dict(answer.get("headers") or {})
    for name, (value,) in (answer.get("multiValueHeaders") or {}).items():
        assert name not in found
        found[name] = value
    return found


def headers_of_event(event: Event) -> dict[str, str]:
    single = event.get("headers") or {name: values[0] for name, values in event["multiValueHeaders"].items()}
    return {name.lower(): value for name, value in single.items()}
