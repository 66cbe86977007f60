"""The envelope: the headers of every answer, what a failure says, and the line of the log."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest

from predict.settings import Settings
from tests.apps import post, send, strange_model

ROW = strange_model().document["typical_row"]


def read_log(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the one line of the log."""
    (line,) = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_request_is_one_line_of_the_log_without_the_rows_values(capsys: pytest.CaptureFixture[str]) -> None:
    response = post(strange_model(), {**ROW, "class": "it's"})
    text = capsys.readouterr().out
    assert "it's" not in text
    line = json.loads(text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert 0 < line.pop("duration_ms") < 10_000
    assert str(UUID(line["request_id"])) == response.headers["x-request-id"]
    assert line == {
        "level": "INFO",
        "message": "request",
        "request_id": response.headers["x-request-id"],
        "method": "POST",
        "path": "/predict",
        "status": 200,
        "model_version": "0123456789ab",
    }


@pytest.mark.parametrize("row", [{**ROW, "class": "secret"}, {**ROW, "secret": 1}, ["secret"]])
def test_refused_values_are_not_logged(capsys: pytest.CaptureFixture[str], row: object) -> None:
    assert post(strange_model(), row).status_code == 422
    text = capsys.readouterr().out
    assert json.loads(text)["status"] == 422
    assert "secret" not in text


def test_inputs_are_logged_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    send(strange_model(), "POST", "/predict", settings=Settings(log_inputs=True), json=ROW)
    assert json.loads(read_log(capsys)["input"]) == ROW
    send(strange_model(), "POST", "/predict", settings=Settings(log_inputs=True), content=b"\xff" * 20_000)
    assert read_log(capsys)["input"] == "\ufffd" * 10_000


def test_failure_leaks_nothing_and_is_logged_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    model = strange_model()
    del model.document["baseline"]
    response = post(model, ROW)
    request_id = response.headers["x-request-id"]
    assert response.headers["x-model-version"] == "0123456789ab"
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()) == (
        500,
        {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": f"The function failed; its log has the cause under the request id {request_id}.",
        },
    )
    line = read_log(capsys)
    assert (line["level"], line["status"], line["request_id"]) == ("ERROR", 500, request_id)
    assert line["traceback"].startswith("Traceback (most recent call last):")
    assert line["traceback"].endswith("KeyError: 'baseline'\n")


def test_head_is_logged_as_what_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    send(strange_model(), "HEAD", "/health")
    line = read_log(capsys)
    assert (line["method"], line["path"], line["status"]) == ("HEAD", "/health", 200)
