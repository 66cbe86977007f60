"""Lambda's events: requests of all four kinds with whatever a client can put in them, and events that are none."""

from __future__ import annotations

import base64
from random import Random
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.contract.answers import Contract
from tests.events.requests import EVENTS, KINDS, change
from tests.fuzz.answers import judge, make_response
from tests.fuzz.mutations import values
from tests.fuzz.requests import HttpRequest, breed_request, http_requests

ClientEvent = tuple[HttpRequest, str, bool]
REFUSED = "UnknownEventError"


def client_events(row: dict[str, Any]) -> SearchStrategy[ClientEvent]:
    """Return requests around `row`, each by a kind of gateway."""
    return st.tuples(http_requests(row), st.sampled_from(KINDS), st.booleans())


def breed_client_event(given: ClientEvent, random: Random) -> ClientEvent:
    """Return another request, by any kind of gateway."""
    request, _kind, _is_text = given
    return breed_request(request, random), random.choice(KINDS), random.random() < 0.5


def make_event(given: ClientEvent) -> dict[str, Any]:
    """Return the event that a kind of gateway makes of a request, its body as text where that is wanted and can be."""
    request, kind, is_text = given
    path, _mark, query = request.target.partition("?")
    pairs = [pair.partition("=")[::2] for pair in query.split("&")] if query else []
    headers = {name: [value] for name, value in request.headers.items()}
    event = change(kind, request.method, path, None, headers, {name: [value] for name, value in pairs})
    try:
        body = request.body.decode() if is_text else None
    except UnicodeDecodeError:
        body = None
    if body is not None:
        return event | {"body": body, "isBase64Encoded": False}
    return event | {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def broken_events() -> SearchStrategy[Any]:
    """Return events of every kind, those of other services among them, and values that are none."""
    return st.sampled_from(list(EVENTS.values())) | values


def judge_client(given: ClientEvent, reply: dict[str, Any], contract: Contract) -> str:
    """Return the status of the answer to a client's event; fail for none, or one that no client should get."""
    assert "answer" in reply, reply["error"]["traceback"]
    return _judge_answer(make_event(given), reply["answer"], contract)


def judge_broken(event: Any, reply: dict[str, Any], contract: Contract) -> str:
    """Return what became of an event that may be none: it was refused as one, or answered as a request."""
    if "error" in reply:
        assert reply["error"]["type"] == REFUSED, reply["error"]["traceback"]
        return "refused as unknown"
    return _judge_answer(event, reply["answer"], contract)


def _judge_answer(event: Any, answer: dict[str, Any], contract: Contract) -> str:
    status, headers = answer["statusCode"], {**(answer.get("headers") or {})}
    for name, many in (answer.get("multiValueHeaders") or {}).items():
        headers[name] = many[-1]
    assert all(isinstance(value, str) for value in headers.values())
    body = base64.b64decode(answer["body"], validate=True) if answer["isBase64Encoded"] else answer["body"].encode()
    assert status < 500, body[:1000]
    method, path = _find_route(event)
    response = make_response(method, "http://function/", status, headers, body)
    response.request.url = response.request.url.copy_with(
        raw_path=b"/" + quote(path.lstrip("/"), errors="surrogatepass").encode()
    )
    return judge(response, contract)


def _find_route(event: dict[str, Any]) -> tuple[str, str]:
    """Return the method and the path of an event's request, the path without a stage."""
    context = event["requestContext"]
    if "http" in context:
        stage = f"/{context.get('stage')}/"
        path = str(context["http"].get("path", event["rawPath"]))
        return str(context["http"]["method"]), path[len(stage) - 1 :] if path.startswith(stage) else path
    return str(event["httpMethod"]), str(event["path"])
