"""Every kind of event that Lambda is invoked with: HTTP requests are answered alike, whatever else arrives is refused."""

from __future__ import annotations

import base64
import copy
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from predict.app import create_app
from predict.events import Handler, UnknownEventError
from predict.model import Model
from tests.conftest import Trained
from tests.events.requests import EVENTS, KINDS, OTHER, Answer, change, headers_of, headers_of_event

Handle = Callable[[Any, Any], Answer]

REQUESTS = sorted(EVENTS.keys() - set(OTHER))
STAGED = ["http-api-stage", "rest-api"]
CONTEXT = SimpleNamespace(function_name="predict", aws_request_id="0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")
ROW = json.loads(EVENTS["http-api"]["body"])


@contextmanager
def load(trained: Trained, **environment: str) -> Iterator[Handle]:
    """Import the handler as Lambda does, with the births model and these variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MODEL_URI": str(trained.path), **environment}.items():
            patch.setenv(name, value)
        for module in ("predict.main", "main"):
            patch.delitem(sys.modules, module, raising=False)
        yield importlib.import_module("main").handler


@pytest.fixture(scope="module")
def handler(trained: Trained) -> Iterator[Handle]:
    with load(trained) as found:
        yield found


def test_there_is_an_event_of_every_kind() -> None:
    expected = {"function-url", "http-api", "http-api-stage", "rest-api", "alb", "alb-multi-value"}
    assert set(KINDS) == expected
    assert set(REQUESTS) == expected | {"function-url-base64", "rest-api-base64", "alb-base64"}
    assert set(OTHER) < set(EVENTS)


@pytest.mark.parametrize("name", REQUESTS)
def test_event_is_answered_with_the_models_prediction(handler: Handle, model: Model, name: str) -> None:
    answer = handler(EVENTS[name], CONTEXT)
    body = answer.pop("body")
    predicted = handler(EVENTS["http-api"], CONTEXT)["body"]
    assert body == predicted
    assert json.loads(body)["probability"] == model.predict(ROW)["probability"]
    headers = {
        "content-length": str(len(body)),
        "content-type": "application/json",
        "x-model-version": model.version,
        "x-request-id": CONTEXT.aws_request_id,
    }
    expected: Answer = {"statusCode": 200, "headers": headers, "isBase64Encoded": False}
    if name == "alb-multi-value":
        del expected["headers"]
        expected["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    elif name.startswith("rest-api"):
        expected["multiValueHeaders"] = {}
    assert answer == expected


def test_request_gets_an_id_where_lambda_gives_none(handler: Handle) -> None:
    answers = [handler(EVENTS["http-api"], None) for _ in range(2)]
    first, second = (UUID(answer["headers"]["x-request-id"]) for answer in answers)
    assert first != second


def test_request_is_one_line_of_the_log(handler: Handle, model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    handler(EVENTS["function-url"], CONTEXT)
    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("duration_ms") > 0
    assert line == {
        "level": "INFO",
        "message": "request",
        "request_id": CONTEXT.aws_request_id,
        "method": "POST",
        "path": "/predict",
        "status": 200,
        "model_version": model.version,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_bad_row_is_refused(handler: Handle, kind: str) -> None:
    answer = handler(change(kind, "POST", "/predict", "{}"), CONTEXT)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (422, False)
    assert headers_of(answer)["content-type"] == "application/problem+json"
    assert answer["body"] == handler({**EVENTS["http-api"], "body": "{}"}, CONTEXT)["body"]
    assert [error["pointer"] for error in json.loads(answer["body"])["errors"]] == [f"/{name}" for name in ROW]


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_path_and_method_are_refused(handler: Handle, kind: str) -> None:
    missing = handler(change(kind, "GET", "/no-such-page"), CONTEXT)
    wrong = handler(change(kind, "DELETE", "/predict"), CONTEXT)
    for answer, status in ((missing, 404), (wrong, 405)):
        assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (status, status)
        assert headers_of(answer)["content-type"] == "application/problem+json"
    assert headers_of(wrong)["allow"] == "POST"


@pytest.mark.parametrize("kind", KINDS)
def test_head_is_answered_without_a_body(handler: Handle, kind: str) -> None:
    whole, head = (handler(change(kind, method, "/schema"), CONTEXT) for method in ("GET", "HEAD"))
    assert (head["statusCode"], head["body"], head["isBase64Encoded"]) == (200, "", False)
    assert headers_of(head) == headers_of(whole)
    tag = headers_of(whole)["etag"]
    known = handler(change(kind, "GET", "/schema", headers={"if-none-match": [tag]}), CONTEXT)
    assert (known["statusCode"], known["body"], headers_of(known)["etag"]) == (304, "", tag)


@pytest.mark.parametrize("kind", KINDS)
def test_query_is_read(handler: Handle, kind: str) -> None:
    explained = handler(change(kind, "POST", "/predict", EVENTS[kind]["body"], query={"explain": ["true"]}), CONTEXT)
    assert json.loads(explained["body"])["explanation"]["exact"] is True
    refused = handler(change(kind, "POST", "/predict", EVENTS[kind]["body"], query={"explain": ["may%20be"]}), CONTEXT)
    (error,) = json.loads(refused["body"])["errors"]
    # only a REST API decodes the query before it makes the event
    assert (error["parameter"], error["given"]) == ("explain", "may%20be" if kind == "rest-api" else "may be")


@pytest.mark.parametrize("kind", KINDS)
def test_header_that_is_sent_twice_is_read_whole(handler: Handle, kind: str) -> None:
    """A load balancer passes on only the last value, unless multi-value headers are on."""
    accept = ["text/html", "text/csv"] if kind == "alb" else ["text/csv", "text/html"]
    for values in (accept, ["text/html", "text/csv"]):
        event = change(kind, "POST", "/predict/batch", json.dumps([ROW]), {"accept": values})
        if kind == "rest-api":
            del event["headers"]["Accept"], event["multiValueHeaders"]["Accept"]
        answer = handler(event, CONTEXT)
        assert answer["statusCode"] == 200, answer["body"]
        assert headers_of(answer)["content-type"] == "text/csv; charset=utf-8"


def test_cookies_change_nothing(handler: Handle) -> None:
    for kind in ("function-url", "alb-multi-value"):
        event = copy.deepcopy(EVENTS[kind])
        with_cookies = handler(event, CONTEXT)
        event.pop("cookies", None)
        event.get("multiValueHeaders", {}).pop("cookie", None)
        assert event != EVENTS[kind]
        assert handler(event, CONTEXT) == with_cookies


@pytest.mark.parametrize("kind", KINDS)
def test_csv_sent_as_base64_is_answered_as_text(handler: Handle, kind: str) -> None:
    cells = ",".join(f'"{value}"' for value in ROW.values())
    text = f"\ufeff{','.join(ROW)}\r\n{cells}\r\n"
    body = base64.b64encode(text.encode()).decode()
    event = change(kind, "POST", "/predict/batch", body) | {"isBase64Encoded": True}
    for part in ("headers", "multiValueHeaders"):
        for name in event.get(part) or {}:
            if name.lower() == "content-type":
                event[part][name] = "text/csv" if part == "headers" else ["text/csv"]
    answer = handler(event, CONTEXT)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["body"].startswith("row,line,label,probability,")


@pytest.mark.parametrize("kind", KINDS)
def test_binary_file_is_sent_as_base64(model: Model, tmp_path: Path, kind: str) -> None:
    content = bytes(range(256))
    (tmp_path / "icon.png").write_bytes(content)
    answer = Handler(create_app(model, tmp_path))(change(kind, "GET", "/icon.png"), CONTEXT)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(answer["body"]) == content
    assert headers_of(answer)["content-type"] == "image/png"
    assert headers_of(answer)["content-length"] == "256"


@pytest.mark.parametrize("kind", KINDS)
def test_page_and_documents_are_served(handler: Handle, model: Model, kind: str) -> None:
    for path, start in {"/": "<!doctype html>", "/icon.svg": "<svg", "/report": "<!doctype html>"}.items():
        answer = handler(change(kind, "GET", path), CONTEXT)
        assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False), path
        assert answer["body"].lower().startswith(start)
    docs = handler(change(kind, "GET", "/docs"), CONTEXT)["body"]
    assert "'openapi.json'" in docs
    document = json.loads(handler(change(kind, "GET", "/openapi.json"), CONTEXT)["body"])
    host = headers_of_event(EVENTS[kind])["host"]
    prefix = "/prod" if kind in STAGED else ""
    samples = document["paths"]["/predict"]["post"]["x-codeSamples"]
    assert len(samples) == 3
    for sample in samples:
        assert f"https://{host}{prefix}/predict" in sample["source"]


def test_stage_without_a_slash_leads_to_the_page(handler: Handle) -> None:
    """The page names its files relatively, so that its own address has to end in a slash."""
    for kind in STAGED:
        event = change(kind, "GET", "/")
        context = event["requestContext"]
        if kind == "rest-api":
            context["path"] = "/prod"
        else:
            event["rawPath"] = context["http"]["path"] = "/prod"
        answer = handler(event, CONTEXT)
        assert answer["statusCode"] in (301, 302, 307, 308)
        assert headers_of(answer)["location"].endswith("/prod/")


def test_stage_may_have_a_routes_name(handler: Handle) -> None:
    event = copy.deepcopy(EVENTS["http-api-stage"])
    event["requestContext"]["stage"] = "predict"
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/predict/predict"
    assert handler(event, CONTEXT) == handler(EVENTS["http-api"], CONTEXT)


def test_stage_behind_a_domain_of_its_own_is_not_in_the_path(handler: Handle) -> None:
    event = copy.deepcopy(EVENTS["http-api-stage"])
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/predict"
    assert handler(event, CONTEXT) == handler(EVENTS["http-api"], CONTEXT)


@pytest.mark.parametrize("kind", KINDS)
def test_prefix_that_a_proxy_keeps_is_taken_off(trained: Trained, handler: Handle, kind: str) -> None:
    body = EVENTS[kind]["body"]
    expected = handler(EVENTS["http-api"], CONTEXT)["body"]
    with load(trained, BASE_PATH="/api") as prefixed:
        answer = prefixed(change(kind, "POST", "/api/predict", body), CONTEXT)
        assert (answer["statusCode"], answer["body"]) == (200, expected)
        page, docs, described = (
            prefixed(change(kind, "GET", f"/api{path}"), CONTEXT) for path in ("/", "/docs", "/openapi.json")
        )
        assert page["body"].startswith("<!doctype html>")
        assert "'openapi.json'" in docs["body"]
        document = json.loads(described["body"])
        host = headers_of_event(EVENTS[kind])["host"]
        prefix = "/prod/api" if kind in STAGED else "/api"
        for sample in document["paths"]["/explain"]["post"]["x-codeSamples"]:
            assert f"https://{host}{prefix}/explain" in sample["source"]
    assert handler(change(kind, "POST", "/api/predict", body), CONTEXT)["statusCode"] in (404, 405)


def test_health_check_of_a_load_balancer_is_answered(handler: Handle) -> None:
    event = {**change("alb", "GET", "/health", ""), "headers": {"user-agent": "ELB-HealthChecker/2.0"}}
    assert handler(event, CONTEXT)["statusCode"] == 200


@pytest.mark.parametrize("host", ["a b:xx", "[::1", "a:b:c"])
def test_host_that_is_none_is_refused(handler: Handle, capsys: pytest.CaptureFixture[str], host: str) -> None:
    """A load balancer passes on whatever a client sends."""
    event = {**EVENTS["alb"], "headers": {**EVENTS["alb"]["headers"], "host": host}}
    answer = handler(event, None)
    assert (answer["statusCode"], answer["headers"]) == (400, {"content-type": "application/problem+json"})
    assert json.loads(answer["body"]) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The request cannot be read: its headers or its body are not HTTP's.",
    }
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["message"], line["reason"]) == ("WARNING", "unreadable request", "ValueError")


def test_request_without_headers_is_refused_for_what_it_lacks(handler: Handle) -> None:
    """As the console of a REST API sends it."""
    event = EVENTS["rest-api"] | {"headers": None, "multiValueHeaders": None}
    answer = handler(event, CONTEXT)
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (415, 415)


@pytest.mark.parametrize("name", OTHER)
def test_other_event_is_refused_with_a_line_that_names_its_keys(
    handler: Handle, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    event = EVENTS[name]
    with pytest.raises(UnknownEventError) as refusal:
        handler(event, CONTEXT)
    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert (line["level"], line["request_id"]) == ("ERROR", CONTEXT.aws_request_id)
    assert sorted(event) in line.values()
    assert [key for key in event if key not in str(refusal.value)] == []


@pytest.mark.parametrize("event", [{}, [], None, "text", 3, {"requestContext": {}}, {"requestContext": None}])
def test_what_is_no_event_is_refused(handler: Handle, capsys: pytest.CaptureFixture[str], event: object) -> None:
    with pytest.raises(UnknownEventError):
        handler(event, None)
    (text,) = capsys.readouterr().out.splitlines()
    assert json.loads(text)["level"] == "ERROR"


@pytest.mark.parametrize("method", [[], {"a": 1}, None, 7, "\ud800", "PO\u00e9"])
@pytest.mark.parametrize("kind", KINDS)
def test_event_whose_method_is_no_text_of_http_is_refused(handler: Handle, kind: str, method: object) -> None:
    event = json.loads(json.dumps(EVENTS[kind]))
    context = event["requestContext"]
    context.get("http", event)["method" if "http" in context else "httpMethod"] = method
    with pytest.raises(UnknownEventError):
        handler(event, None)


@pytest.mark.parametrize("kind", KINDS)
def test_event_without_a_path_is_refused(handler: Handle, kind: str) -> None:
    event = {name: value for name, value in EVENTS[kind].items() if name not in ("path", "rawPath")}
    with pytest.raises(UnknownEventError):
        handler(event, None)
