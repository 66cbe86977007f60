"""The body of a request is read strictly; what is wrong with it is said in a sentence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from predict.settings import Settings
from tests.apps import send, strange_model

ROW = strange_model().document["typical_row"]
JSON = {"Content-Type": "application/json"}


def refused(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Return the status and the detail of what is answered to a body."""
    response = send(strange_model(), "POST", "/predict", content=body, headers=headers)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["detail"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/x+json;charset="US-ASCII"',
    ],
)
def test_json_is_read_by_any_of_its_names(content_type: str) -> None:
    headers = {"Content-Type": content_type, "Content-Encoding": "identity"}
    response = send(strange_model(), "POST", "/predict", content=json.dumps(ROW).encode(), headers=headers)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is empty; expected is JSON that keeps to /schema."),
        (b" \n", "The body is empty; expected is JSON that keeps to /schema."),
        (b"\xff{}", "The body is not UTF-8: byte 1 cannot be read (invalid start byte)."),
        (b'{"a": "\xed\xa0\x80"}', "The body is not UTF-8: byte 8 cannot be read (invalid continuation byte)."),
        (b"\xef\xbb\xbf{}", "The body begins with a byte order mark, which JSON may not have; send it without."),
        (b"[" * 100_000, "The body is nested too deeply; a row holds no lists and no objects."),
        (b'{"a": 1,\n "a": 2}', 'The body cannot be used: it names "a" twice in one object.'),
        (b'{"\\ud800": 1, "\\ud800": 2}', 'The body cannot be used: it names "\\ud800" twice in one object.'),
    ],
)
def test_body_that_is_no_json_is_told_why(body: bytes, detail: str) -> None:
    assert refused(body, JSON) == (400, detail)


def test_place_of_an_error_is_told() -> None:
    status, detail = refused(b'{"a": 1,\n "b" 2}', JSON)
    assert status == 400
    assert detail.startswith("The body is not valid JSON: ")
    assert detail.endswith(" at line 2, column 6.")


def test_number_of_too_many_digits_is_refused() -> None:
    found = refused(b'{"a": ' + b"1" * 5_000 + b"}", JSON)
    assert found == (400, "The body cannot be read: a number in it has too many digits.")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/csv", "json", "application/x-www-form-urlencoded", "/"]
)
def test_other_media_type_is_refused(content_type: str) -> None:
    found = refused(b"{}", {"Content-Type": content_type} if content_type else {})
    assert found == (415, "The body must be sent with the header Content-Type: application/json.")


@pytest.mark.parametrize("parameter", ["x*" + "1" * 5_000 + "=1", "charset*=idna''%00", "charset=", ";;"])
def test_strange_parameters_of_the_media_type_do_no_harm(parameter: str) -> None:
    headers = {"Content-Type": f"application/json; {parameter}"}
    response = send(strange_model(), "POST", "/predict", content=json.dumps(ROW).encode(), headers=headers)
    assert response.status_code == 200


def test_other_charset_is_refused() -> None:
    found = refused(b"{}", {"Content-Type": "application/json; charset=latin-1"})
    assert found == (415, "The body is said to be in the charset latin-1; send it in UTF-8.")


def test_compressed_body_is_refused_with_what_is_read() -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    response = send(strange_model(), "POST", "/predict", content=b"\x1f\x8b", headers=headers)
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "identity")
    assert response.json()["detail"] == "The body is sent with Content-Encoding: gzip; send it uncompressed."


@pytest.mark.parametrize("is_declared", [True, False])
def test_body_that_is_too_large_is_refused(is_declared: bool) -> None:
    settings = Settings(max_body_bytes=100)

    async def chunks(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 30):
            yield body[start : start + 30]

    def ask(size: int) -> httpx.Response:
        body = json.dumps(ROW).encode().ljust(size)
        content = body if is_declared else chunks(body)
        return send(strange_model(), "POST", "/predict", settings=settings, content=content, headers=JSON)

    assert ask(100).status_code == 200
    response = ask(101)
    assert (response.status_code, response.json()["title"]) == (413, "Content Too Large")
    assert response.json()["detail"] == "The body is larger than 100 bytes; send it in parts."


def test_size_is_checked_before_anything_else() -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    for size, status in ((101, 413), (100, 415)):
        settings, body = Settings(max_body_bytes=100), b"\xff" * size
        response = send(strange_model(), "POST", "/predict", settings=settings, content=body, headers=headers)
        assert response.status_code == status


def test_name_given_twice_among_very_many_is_found_at_once() -> None:
    names = [*range(200_000), 199_999]
    body = "{" + ",".join(f'"{name}":1' for name in names) + "}"
    assert refused(body.encode(), JSON) == (400, 'The body cannot be used: it names "199999" twice in one object.')
