"""Documents: a cache may keep them, and is told when they have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from predict.documents import page_folder
from tests.apps import send, strange_model
from training import ROOT

DOCUMENTS = ["/schema", "/model", "/openapi.json", "/docs", "/report", "/", "/app.js"]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    for name in ("report.html", "index.html"):
        (tmp_path / name).write_text("<!doctype html><p>Grün</p>", encoding="utf-8")
    (tmp_path / "app.js").write_text("1", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", DOCUMENTS)
def test_document_is_sent_once(page: Path, path: str) -> None:
    first = send(strange_model(), "GET", path, page)
    tag = first.headers["etag"]
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    assert first.content
    for known in (tag, f'"other", W/{tag}', "*"):
        again = send(strange_model(), "GET", path, page, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "no-cache"
        assert again.headers["x-model-version"] == "0123456789ab"
    assert send(strange_model(), "GET", path, page, headers={"If-None-Match": '"other"'}).status_code == 200


def test_changed_file_has_another_tag_though_size_and_date_are_the_same(page: Path) -> None:
    """All files of a package have the same date."""
    first, dates = send(strange_model(), "GET", "/app.js", page), (page / "app.js").stat()
    (page / "app.js").write_text("2", encoding="utf-8")
    import os

    os.utime(page / "app.js", ns=(dates.st_atime_ns, dates.st_mtime_ns))
    second = send(strange_model(), "GET", "/app.js", page, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.text) == (200, "2")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_head_is_get_without_the_body(page: Path, path: str) -> None:
    whole, head = (send(strange_model(), method, path, page) for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "cache-control", "x-model-version"):
        assert head.headers[name] == whole.headers[name]
    assert whole.headers["content-length"] == str(len(whole.content))


def test_files_have_their_types(page: Path) -> None:
    found = {path: send(strange_model(), "GET", path, page).headers["content-type"] for path in DOCUMENTS}
    assert found == {
        "/schema": "application/schema+json",
        "/model": "application/json",
        "/openapi.json": "application/json",
        "/docs": "text/html; charset=utf-8",
        "/report": "text/html; charset=utf-8",
        "/": "text/html; charset=utf-8",
        "/app.js": "text/javascript; charset=utf-8",
    }


def test_health_is_not_kept() -> None:
    assert send(strange_model(), "GET", "/health").headers["cache-control"] == "no-store"


def test_page_of_the_repository_is_served_where_no_packaged_one_is() -> None:
    assert page_folder() == ROOT / "frontend" / "static"
    assert (page_folder() / "index.html").is_file()
