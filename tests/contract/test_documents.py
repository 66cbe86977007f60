"""What is read with GET and HEAD: documents that a cache may keep, once it asks, and the page with its files."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

import httpx
import jsonschema
import pytest

from tests.contract.answers import media_type_of, refused
from tests.documents import make_mixed_document

DOCUMENTS = {
    "/schema": "application/schema+json",
    "/model": "application/json",
    "/openapi.json": "application/json",
    "/docs": "text/html",
    "/": "text/html",
    "/config.json": "application/json",
}


@pytest.fixture(scope="session")
def documents(client: httpx.Client) -> dict[str, str]:
    """The media type of each document, with the files that the page names, and what not every model has."""
    page = client.get("/").raise_for_status().text
    names = re.findall(r'(?:href|src)="([\w./-]+\.(?:css|js|svg|png|ico))"', page)
    assert {name.rpartition(".")[2] for name in names} >= {"css", "js"}
    files = {f"/{name}": media_type_of(client.get(name)) for name in names}
    perhaps = {"/report": "text/html", "/model.json": "application/json"}
    return {
        **DOCUMENTS,
        **files,
        **{path: kind for path, kind in perhaps.items() if client.get(path).status_code == 200},
    }


def test_schema_is_json_schema_that_its_own_examples_keep_to(schema: dict[str, Any], row: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    for example in (row, *(example["row"] for example in schema["x-examples"])):
        jsonschema.validate(example, schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert [value["x-order"] for value in schema["properties"].values()] == list(range(len(schema["properties"])))
    assert set(schema["x-limits"]) == {"max_body_bytes", "max_batch_rows", "max_answer_bytes"}
    assert min(schema["x-limits"].values()) > 0


def test_model_card_is_served_without_the_fitted_numbers(card: dict[str, Any], row: dict[str, Any]) -> None:
    assert card["typical_row"] == row
    assert card["metrics"]["held_out"]["rows"] > 0
    assert card["metrics"]["held_out"]["model"]
    assert card["provenance"]["data"]["content_sha256"]
    assert all(isinstance(caveat, str) for caveat in card["caveats"])
    assert not {"estimator", "schema"} & set(card)


def test_whole_model_is_served_or_told_to_be_too_large(
    client: httpx.Client, card: dict[str, Any], schema: dict[str, Any]
) -> None:
    response = client.get("/model.json")
    if response.status_code != 200:
        assert "at most 6,250,000 can be sent; ask /predict instead." in refused(response, 413)["detail"]
        return
    whole = response.json()
    assert set(whole.pop("estimator")) >= {"inputs", "model"}
    assert {**whole.pop("schema"), "x-limits": schema["x-limits"]} == schema
    assert whole == card


def test_health_names_the_model_and_is_never_kept(client: httpx.Client, card: dict[str, Any]) -> None:
    response, head = client.get("/health"), client.head("/health")
    health = response.json()
    assert health.pop("source", "live") == "live"  # where MODEL_URI is in S3
    assert health == {"status": "ok", "name": card["name"], "model_version": card["version"]}
    for answer in (response, head):
        assert answer.status_code == 200
        assert media_type_of(answer) == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_document_may_be_kept_and_is_asked_for_each_time(client: httpx.Client, documents: dict[str, str]) -> None:
    for path, media_type in documents.items():
        response, head = client.get(path), client.head(path)
        assert (response.status_code, head.status_code) == (200, 200), path
        assert response.content
        for answer in (response, head):
            assert media_type_of(answer) == media_type, path
            assert answer.headers["cache-control"] == "no-cache", path
            assert re.fullmatch(r'(W/)?"[^"\s]+"', answer.headers["etag"]), path
        assert head.headers["etag"] == response.headers["etag"], path


def test_document_that_the_client_has_is_not_sent_again(client: httpx.Client, documents: dict[str, str]) -> None:
    for path in documents:
        tag = client.get(path).headers["etag"]
        list_with_it, weak = f'"other", {tag}', "W/" + tag.removeprefix("W/")
        for method, known in (("GET", tag), ("HEAD", tag), ("GET", list_with_it), ("GET", weak), ("GET", "*")):
            response = client.request(method, path, headers={"If-None-Match": known})
            assert (response.status_code, response.content) == (304, b""), (path, known)
            assert response.headers["etag"] == tag
        other = client.get(path, headers={"If-None-Match": '"other"'})
        assert (other.status_code, other.headers["etag"]) == (200, tag)


def test_documents_are_not_taken_for_another_type_nor_tell_where_the_reader_was(
    client: httpx.Client, documents: dict[str, str]
) -> None:
    for path in documents:
        headers = client.get(path).headers
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer"), path


def test_no_page_can_be_framed(client: httpx.Client, documents: dict[str, str]) -> None:
    found = {path: client.get(path).headers.get("content-security-policy") for path in documents}
    framed = "frame-ancestors 'none'"
    assert found["/"] == framed
    assert found.pop("/report", framed).endswith(framed)
    assert found["/docs"].endswith(framed)


def test_etags_differ(client: httpx.Client, documents: dict[str, str]) -> None:
    tags = [client.get(path).headers["etag"] for path in documents]
    assert len(set(tags)) == len(tags)


def test_prediction_is_not_answered_with_304(client: httpx.Client, row: dict[str, Any]) -> None:
    response = client.post("/predict", json=row, headers={"If-None-Match": "*"})
    assert response.status_code == 200


def test_report_is_served_or_told_to_be_missing(client: httpx.Client) -> None:
    head, report = client.head("/report"), client.get("/report")
    assert head.status_code == report.status_code
    if report.status_code == 200:
        assert report.headers["content-type"] == head.headers["content-type"] == "text/html; charset=utf-8"
        assert report.text.lower().startswith("<!doctype html>")
    else:
        refused(report, 404)


def test_page_asks_for_its_own_files_relatively(client: httpx.Client) -> None:
    """So that it works under any prefix."""
    page = client.get("/").text
    assert page.lower().startswith("<!doctype html>")
    assert re.findall(r'(?:href|src|action)="/', page) == []


def test_api_page_reads_the_document_beside_it(client: httpx.Client, url: str, openapi: dict[str, Any]) -> None:
    page = client.get("/docs").text
    assert "swagger-ui" in page
    (address,) = re.findall(r"""url: *['"]([^'"]+)['"]""", page)
    assert not address.startswith(("/", "http"))
    assert client.get(urljoin(f"{url}/docs", address)).json() == openapi


def test_suite_has_a_model_with_fields_of_every_kind() -> None:
    """Tests of a kind try nothing where a deployment has no such field; one of those on this machine has."""
    fields = make_mixed_document("multiclass")["schema"]["properties"].values()
    assert {field["x-kind"] for field in fields} == {"number", "category", "boolean", "date"}
    assert any("x-other" in field for field in fields)
    assert any("x-format" in field for field in fields)
    assert any("integer" in field["type"] for field in fields)
    assert any("null" in field["type"] for field in fields)
