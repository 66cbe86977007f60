"""Requests that no route answers: paths, methods, and answers that the client would not accept."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.contract.answers import PROBLEM, TIMEOUT_S, media_type_of, refused

POSTED = ["/predict", "/predict/batch", "/explain"]
READ = ["/schema", "/model", "/health", "/docs", "/openapi.json", "/report", "/"]


def test_every_answer_has_an_id_of_its_own(client: httpx.Client) -> None:
    """That it has one is checked with every answer."""
    answers = [client.get("/health"), client.get("/health"), client.get("/no-such-page"), client.post("/predict")]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


@pytest.mark.parametrize(
    "path",
    [
        "/no-such-page",
        "/predict/",
        "/predict/no-such",
        "/Predict",
        "/schema/x",
        "/%C3%BC",
        pytest.param("/" + "a" * 2_000, id="long"),
    ],
)
def test_unknown_path_is_refused(client: httpx.Client, path: str) -> None:
    refused(client.get(path), 404)
    assert client.head(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/..%2f..%2fpyproject.toml",
        "/%2e%2e/%2e%2e/pyproject.toml",
        "/..%5c..%5cpyproject.toml",
        "/%2fetc%2fpasswd",
        "/%00",
        "/index.html%00",
        "/%ff%fe",
        "/%0a",
        "/%",
        "/style.css/x",
    ],
)
def test_path_that_leads_out_of_the_page_or_nowhere_is_refused(url: str, path: str) -> None:
    """By the function, or by what is in front of it."""
    response = httpx.get(url + path, timeout=TIMEOUT_S)
    assert 400 <= response.status_code < 500
    if media_type_of(response) == PROBLEM:
        refused(response, 404)


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_route_that_is_posted_to_refuses_other_methods(client: httpx.Client, path: str, method: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert allowed(response) == {"POST"}


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_document_refuses_to_be_written(client: httpx.Client, path: str, method: str) -> None:
    response = client.request(method, path, json={})
    refused(response, 405)
    assert allowed(response) == {"GET", "HEAD"}


def allowed(response: httpx.Response) -> set[str]:
    return {method.strip() for method in response.headers["allow"].split(",")}


@pytest.mark.parametrize(
    "accept", ["text/html", "image/*", "application/json;q=0", "text/html, application/xml;q=0.9", "*/*;q=0", "x", ";"]
)
@pytest.mark.parametrize("path", POSTED)
def test_answer_that_is_not_accepted_is_refused(
    client: httpx.Client, row: dict[str, Any], path: str, accept: str
) -> None:
    body = [row] if path == "/predict/batch" else row
    refusal = refused(client.post(path, json=body, headers={"Accept": accept}), 406)
    assert "application/json" in refusal["detail"]


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "text/html, application/json;q=0.1",
        "text/html;q=0.9, */*;q=0.1",
        "text/html;q=0,*/*",
        "",
    ],
)
@pytest.mark.parametrize("path", POSTED)
def test_json_is_answered_where_it_is_accepted(
    client: httpx.Client, row: dict[str, Any], path: str, accept: str
) -> None:
    body = [row] if path == "/predict/batch" else row
    response = client.post(path, json=body, headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")


def test_header_that_is_sent_twice_is_read_whole(client: httpx.Client, row: dict[str, Any]) -> None:
    """As one with commas (RFC 9110, section 5.3), whether or not what is in front of the function joins them."""
    for path, accept in (("/predict", "application/json"), ("/predict/batch", "text/csv")):
        body = [row] if path == "/predict/batch" else row
        response = client.post(path, json=body, headers=[("Accept", "text/html"), ("Accept", accept)])
        assert (response.status_code, media_type_of(response)) == (200, accept)


def test_csv_is_no_answer_to_one_row(client: httpx.Client, row: dict[str, Any]) -> None:
    refused(client.post("/predict", json=row, headers={"Accept": "text/csv"}), 406)


@pytest.mark.parametrize("size", [10, 100_000])
def test_refusal_repeats_little_of_what_was_sent(client: httpx.Client, size: int) -> None:
    secret = "s3cret" * size
    for content in (json.dumps(secret), json.dumps({secret: secret}), json.dumps([secret]), f'{{"{secret}": 1, '):
        response = client.post("/predict", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code in (400, 422)
        assert response.text.count("s3cret") <= 4 * 100 // len("s3cret")
