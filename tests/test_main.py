"""The Lambda handler answers a function URL's events as the app answers HTTP."""

from __future__ import annotations

import base64
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from predict.model import Model
from tests.conftest import Trained
from training import ROOT

EVENT = json.loads((ROOT / "tests" / "events" / "http-api.json").read_text(encoding="utf-8"))
CONTEXT = SimpleNamespace(function_name="predict", aws_request_id=EVENT["requestContext"]["requestId"])
Handler = Callable[[dict[str, Any], object], dict[str, Any]]


@pytest.fixture(scope="module")
def handler(trained: Trained) -> Iterator[Handler]:
    """The handler as Lambda loads it: from the root module of the package, with the births model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_URI", str(trained.path))
        patch.delitem(sys.modules, "predict.main", raising=False)
        patch.delitem(sys.modules, "main", raising=False)
        yield importlib.import_module("main").handler


def request(method: str, path: str, body: str | None = None, **changes: Any) -> dict[str, Any]:
    http = {**EVENT["requestContext"]["http"], "method": method, "path": path}
    context = {**EVENT["requestContext"], "http": http}
    return {**EVENT, "rawPath": path, "requestContext": context, "body": body, **changes}


def test_event_is_answered_with_the_models_prediction(handler: Handler, model: Model) -> None:
    answer = handler(EVENT, CONTEXT)
    body = answer.pop("body")
    assert json.loads(body) == model.predict(json.loads(EVENT["body"]))
    assert answer == {
        "statusCode": 200,
        "headers": {
            "content-length": str(len(body)),
            "content-type": "application/json",
            "x-model-version": model.version,
            "x-request-id": EVENT["requestContext"]["requestId"],
        },
        "isBase64Encoded": False,
    }


def test_base64_body_is_read(handler: Handler) -> None:
    body = base64.b64encode(EVENT["body"].encode()).decode()
    assert handler({**EVENT, "body": body, "isBase64Encoded": True}, CONTEXT)["body"] == handler(EVENT, CONTEXT)["body"]


def test_bad_row_is_refused(handler: Handler) -> None:
    answer = handler({**EVENT, "body": "{}"}, CONTEXT)
    assert answer["statusCode"] == 422
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert answer["isBase64Encoded"] is False
    assert len(json.loads(answer["body"])["errors"]) == 5


def test_page_and_schema_are_served(handler: Handler, model: Model) -> None:
    page = handler(request("GET", "/"), CONTEXT)
    assert (page["statusCode"], page["isBase64Encoded"]) == (200, False)
    assert page["body"].startswith("<!doctype html>")
    schema = handler(request("GET", "/schema"), CONTEXT)
    limits = {"max_body_bytes": 4_000_000, "max_batch_rows": 10_000, "max_answer_bytes": 6_250_000}
    assert json.loads(schema["body"]) == {**model.document["schema"], "x-limits": limits}


def test_report_beside_the_model_is_served(handler: Handler, trained: Trained) -> None:
    answer = handler(request("GET", "/report"), CONTEXT)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert answer["body"] == trained.path.with_name("report.html").read_text(encoding="utf-8")


def test_call_after_call_is_answered_without_a_lifespan(handler: Any) -> None:
    """Mangum would enter it again at every invocation."""
    assert handler.mangum.lifespan == "off"
    assert len({handler(EVENT, CONTEXT)["body"] for _ in range(20)}) == 1
