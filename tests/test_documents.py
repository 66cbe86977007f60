"""Documents: a cache may keep them, and is told when they have changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from predict.documents import page_folder
from tests.apps import send, strange_model
from training import ROOT

DOCUMENTS = ["/schema", "/model", "/model.json", "/openapi.json", "/docs", "/report", "/", "/app.js"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("report.html", "index.html"):
        (tmp_path / name).write_text("<!doctype html><p>Grün</p>", encoding="utf-8")
    (tmp_path / "app.js").write_text("1", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", DOCUMENTS)
def test_document_is_sent_once(folder: Path, path: str) -> None:
    first = send(strange_model(), "GET", path, folder)
    tag = first.headers["etag"]
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    assert first.content
    for known in (tag, f'"other", W/{tag}', "*"):
        again = send(strange_model(), "GET", path, folder, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "no-cache"
        assert again.headers["x-model-version"] == "0123456789ab"
    assert send(strange_model(), "GET", path, folder, headers={"If-None-Match": '"other"'}).status_code == 200


def test_changed_file_has_another_tag_though_size_and_date_are_the_same(folder: Path) -> None:
    """All files of a package have the same date."""
    first, dates = send(strange_model(), "GET", "/app.js", folder), (folder / "app.js").stat()
    (folder / "app.js").write_text("2", encoding="utf-8")
    import os

    os.utime(folder / "app.js", ns=(dates.st_atime_ns, dates.st_mtime_ns))
    second = send(strange_model(), "GET", "/app.js", folder, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.text) == (200, "2")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_head_is_get_without_the_body(folder: Path, path: str) -> None:
    whole, head = (send(strange_model(), method, path, folder) for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "cache-control", "x-model-version"):
        assert head.headers[name] == whole.headers[name]
    assert whole.headers["content-length"] == str(len(whole.content))


def test_files_have_their_types(folder: Path) -> None:
    found = {path: send(strange_model(), "GET", path, folder).headers["content-type"] for path in DOCUMENTS}
    assert found == {
        "/schema": "application/schema+json",
        "/model": "application/json",
        "/model.json": "application/json",
        "/openapi.json": "application/json",
        "/docs": "text/html; charset=utf-8",
        "/report": "text/html; charset=utf-8",
        "/": "text/html; charset=utf-8",
        "/app.js": "text/javascript; charset=utf-8",
    }


def test_every_document_has_the_headers_of_safety(folder: Path) -> None:
    policies = {}
    for path in DOCUMENTS:
        headers = send(strange_model(), "GET", path, folder).headers
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer"), path
        policies[path] = headers.get("content-security-policy")
    assert policies == {
        **dict.fromkeys(DOCUMENTS),
        "/": "frame-ancestors 'none'",
        "/docs": policies["/docs"],
        "/report": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
    }


def test_report_is_drawn_under_its_policy(page: Page, function_url: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    response = page.goto(f"{function_url}/report")
    assert response is not None
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 250, 248)"
    assert page.evaluate("getComputedStyle(document.querySelector('svg path[style*=stroke]')).stroke") != "none"
    assert complaints == []


def test_whole_model_is_the_baked_document() -> None:
    response = send(strange_model(), "GET", "/model.json")
    assert response.json() == strange_model().document
    assert "\n" not in response.text


def test_whole_model_that_cannot_be_sent_is_refused() -> None:
    model = strange_model()
    model.document["caveats"] = ["é" * 1_100_000]  # six bytes each in the JSON text that Lambda passes on
    for _time in range(2):
        response = send(model, "GET", "/model.json")
        assert response.json() == {
            "type": "about:blank",
            "title": "Content Too Large",
            "status": 413,
            "detail": response.json()["detail"],
        }
    assert re.fullmatch(
        r"The answer has 6,60\d,\d{3} bytes as JSON, at most 6,250,000 can be sent; ask /predict instead\.",
        response.json()["detail"],
    )
    model.document["caveats"] = ["e" * 1_100_000]
    assert send(model, "GET", "/model.json").status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
@pytest.mark.parametrize("path", ["/%00", "/a%00b", "/..%00", "/" + "a" * 5_000])
def test_path_that_no_file_can_have_is_not_found(folder: Path, method: str, path: str) -> None:
    assert send(strange_model(), method, path, folder).status_code == 404


def test_health_is_not_kept() -> None:
    assert send(strange_model(), "GET", "/health").headers["cache-control"] == "no-store"


def test_page_of_the_repository_is_served_where_no_packaged_one_is() -> None:
    assert page_folder() == ROOT / "frontend" / "static"
    assert (page_folder() / "index.html").is_file()
